// What an RPC method is: a function of checked parameters; subscriptions push to the connection that asked.
import { fromHex } from '@cess/primitives';
import type { ChainSpec } from '../chain-spec.js';
import type { ChainView } from '../chain-view.js';
import type { EngineHost } from '../engine/engine-host.js';
import type { VersionEra } from '../engine/runtime-registry.js';
import type { PoolService } from '../pool/pool-service.js';
import { invalidParams } from './rpc-error.js';

/** What methods work with. */
export interface RpcContext {
  readonly view: ChainView;
  readonly engine: Pick<EngineHost, 'run'>;
  readonly pool: PoolService;
  readonly spec: ChainSpec;
  readonly versions: readonly VersionEra[];
  readonly peerId: string;
  readonly isAuthority: boolean;
}

export type Params = readonly unknown[];
export type Method = (params: Params, context: RpcContext) => unknown;

/** Pushes notifications of one subscription. */
interface Push {
  send(result: unknown): void;
  /** Ends the subscription from the server's side. */
  end(): void;
}

export interface Subscription {
  /** `method` of the notifications. */
  readonly notification: string;
  /** Names of the calls that end it. */
  readonly unsubscribe: readonly string[];
  /** Begins it; what it returns ends it. Notifications reach the client after the id. */
  start(params: Params, context: RpcContext, push: Push): (() => void) | Promise<() => void>;
}

/** Hex parameter. */
export function hexParam(params: Params, index: number, name: string): Uint8Array {
  const value = params[index];
  if (typeof value !== 'string' || !value.startsWith('0x')) throw invalidParams(`"${name}" must be 0x-prefixed hex.`);
  return fromHex(value);
}

/** 32-byte block hash, by default that of the best block. */
export function hashParam(params: Params, index: number, context: RpcContext): Uint8Array {
  if (params[index] === undefined || params[index] === null) return context.view.best.hash;
  const hash = hexParam(params, index, 'hash');
  if (hash.length !== 32) throw invalidParams('A block hash has 32 bytes.');
  return hash;
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
