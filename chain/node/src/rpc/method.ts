// What an RPC method is: a function of checked parameters; subscriptions push to the connection that asked.
import type { NetworkHost } from '@cess/network';
import { fromHex } from '@cess/primitives';
import type { ChainEvents } from '../chain-feed.js';
import type { ChainSpec } from '../chain-spec.js';
import type { ChainView } from '../chain-view.js';
import type { ReaderHost } from '../engine/reader-host.js';
import type { VersionEra } from '../engine/runtime-registry.js';
import type { ReportedRounds } from '../finality/rounds-report.js';
import type { PoolService } from '../pool/pool-service.js';
import type { PoolRefusal } from '../pool/pool-types.js';
import type { NetworkRecords } from './network-records.js';
import { invalidParams, responseTooLarge } from './rpc-error.js';
import type { Turn } from './turns.js';

const maxBlockNumber = 0xffff_ffff;

/** The context of RPC methods. */
export interface RpcContext {
  readonly view: ChainView;
  readonly runtime: Pick<ReaderHost, 'run'>;
  readonly pool: PoolService;
  readonly spec: ChainSpec;
  readonly versions: readonly VersionEra[];
  readonly peerId: string;
  /** Undefined for a node without a network. */
  readonly host?: Pick<NetworkHost, 'peers' | 'addresses'>;
  /** Undefined for a node without a network. */
  readonly records?: NetworkRecords;
  /** Whether blocks that others have are being imported. */
  readonly isSyncing: () => boolean;
  readonly isAuthority: boolean;
  /** What the voter of this node knows of its rounds; undefined where it has none. */
  readonly rounds: () => ReportedRounds | undefined;
  /** Maximum characters of a response. */
  readonly maxResponseBytes: number;
  /** Counts a submitted transaction that the pool refused. */
  noteRefused(refusal: PoolRefusal): void;
  /** Turns of the client that asks. */
  readonly turn: Turn;
}

export type Params = readonly unknown[];
export type Method = (params: Params, context: RpcContext) => unknown;

/** Pushes notifications of one subscription. */
export interface Push {
  send(result: unknown): void;
  /** Ends the subscription from the server's side. */
  end(): void;
  /** Ends the subscription and sends the reason to the client. */
  fail(thrown: unknown): void;
  /** Whether the subscription has ended. */
  readonly isEnded: boolean;
  /** Counts keys to the connection's bound until the subscription ends. Throws `RPC_SUBSCRIPTION_LIMIT`. */
  reserveKeys(count: number): void;
}

export interface Subscription {
  /** `method` of the notifications. */
  readonly notification: string;
  /** Names of the calls that end it. */
  readonly unsubscribe: readonly string[];
  /** Starts the subscription and returns a function that ends it. Notifications reach the client after the id. */
  start(params: Params, context: RpcContext, push: Push): (() => void) | Promise<() => void>;
}

/** Subscribes to chain events and returns the unsubscribe function. A handler that throws ends the subscription. */
export function listen<E extends keyof ChainEvents>(
  view: ChainView,
  event: E,
  push: Push,
  handle: (...args: ChainEvents[E]) => void | Promise<void>,
): () => void {
  const run = async (args: ChainEvents[E]): Promise<void> => {
    try {
      await handle(...args);
    } catch (thrown) {
      push.fail(thrown);
    }
  };
  const listener = (...args: ChainEvents[E]) => void run(args);
  view.events.on(event, listener);
  return () => view.events.off(event, listener);
}

export const maxKeysPerQuery = 4096;
/** Reads of a portion: a few milliseconds with a cold cache. */
const readsPerTurn = 64;

/** Iterates over the items in portions, each in a turn of the client. The first runs at once. */
export async function* inTurns<T>(items: Iterable<T>, turn: Turn): AsyncGenerator<T> {
  let count = 0;
  for (const item of items) {
    if (count++ % readsPerTurn === 0 && count > 1) await turn();
    yield item;
  }
}

/** Collects parts of a response; throws as soon as their hexadecimal form exceeds the bound. */
export function collector<T>({ maxResponseBytes }: Pick<RpcContext, 'maxResponseBytes'>) {
  const items: T[] = [];
  let size = 0;
  return {
    items,
    /** `bytes`: what the item holds, before it is written in hexadecimal. */
    add: (item: T, bytes: number): void => {
      size += 2 * bytes;
      if (size > maxResponseBytes) throw responseTooLarge(maxResponseBytes);
      items.push(item);
    },
  };
}

/** Hex parameter in the forms that Substrate reads: the prefix and a leading zero may be missing, and so may all digits. */
export function hexParam(params: Params, index: number, name: string): Uint8Array {
  const value = params[index];
  if (typeof value !== 'string') throw invalidParams(`"${name}" must be a hexadecimal text.`);
  const digits = value.startsWith('0x') ? value.slice(2) : value;
  return fromHex(digits.length % 2 === 0 ? digits : `0${digits}`);
}

/** 32-byte block hash, by default that of the best block. */
export function hashParam(params: Params, index: number, context: RpcContext): Uint8Array {
  if (params[index] === undefined || params[index] === null) return context.view.best.hash;
  const hash = hexParam(params, index, 'hash');
  if (hash.length !== 32) throw invalidParams('A block hash has 32 bytes.');
  return hash;
}

/** A block number. */
export function blockNumberParam(value: unknown): number {
  const number = numberParam(value, 'number');
  if (number > maxBlockNumber) throw invalidParams(`"number" may be at most ${maxBlockNumber}.`);
  return number;
}

export function numberParam(value: unknown, name: string): number {
  const number = typeof value === 'string' && /^0x[0-9a-fA-F]{1,8}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
    throw invalidParams(`"${name}" must be a non-negative integer.`);
  }
  return number;
}

/** List of hex strings. */
export function hexListParam(params: Params, index: number, name: string, max: number): Uint8Array[] {
  const value = params[index];
  if (!Array.isArray(value)) throw invalidParams(`"${name}" must be a list.`);
  if (value.length > max) throw invalidParams(`"${name}" may have at most ${max} entries.`);
  return value.map((_, i) => hexParam(value as unknown[], i, name));
}
