// cess events: events of finalized blocks, one per line; --follow continues with new blocks.
import { type ChainClient, type EventRecord, isPruned, SS58_PREFIX } from '@cess/client';
import { encodeSs58 } from '@cess/crypto';
import { createDeferred, toHex0x } from '@cess/primitives';
import { withChain } from '../chain-access.js';
import type { CliContext } from '../context.js';
import { note, print } from '../output.js';

export interface EventsOptions {
  readonly follow?: boolean;
  /** Number of past finalized blocks to include. */
  readonly blocks: number;
  /** Only events of this pallet. */
  readonly pallet?: string;
}

/** Events that every transaction emits; shown only when their pallet is selected. */
const quiet = new Set(['System', 'TransactionPayment', 'Balances']);
const accountFields = new Set([
  'who',
  'account',
  'owner',
  'gateway',
  'from',
  'to',
  'acc',
  'controller',
  'disputer',
  'new',
]);

export async function showEvents(context: CliContext, options: EventsOptions): Promise<void> {
  const wanted = options.pallet?.toLowerCase();
  const show = (number: number, records: readonly EventRecord[]): void => {
    for (const { event } of records) {
      const isWanted = wanted === undefined ? !quiet.has(event.type) : event.type.toLowerCase() === wanted;
      if (isWanted) print(format(context, number, event));
    }
  };
  await withChain(context, async (client) => {
    const { number } = await client.header(await client.finalizedHash());
    const first = Math.max(1, number - options.blocks + 1);
    if (options.follow === true) return follow(client, first, show);
    let missing = 0;
    for (let at = first; at <= number; at++) {
      const hash = await client.blockHash(at);
      const events = hash === undefined ? undefined : await eventsIfKept(client, hash);
      if (events === undefined) missing++;
      else show(at, events);
    }
    if (missing > 0) note(`The node has pruned the events of ${missing} of the ${number - first + 1} blocks.`);
  });
}

/** Undefined when the node has pruned the state of the block. */
async function eventsIfKept(client: ChainClient, hash: Uint8Array): Promise<readonly EventRecord[] | undefined> {
  try {
    return await client.events(hash);
  } catch (thrown) {
    if (isPruned(thrown)) return undefined;
    throw thrown;
  }
}

/** Runs until the process is interrupted. */
async function follow(
  client: ChainClient,
  from: number,
  show: (number: number, records: readonly EventRecord[]) => void,
): Promise<void> {
  const interrupted = createDeferred<void>();
  process.once('SIGINT', () => interrupted.resolve());
  const end = client.followFinalized(
    async (header, hash) => {
      const events = await eventsIfKept(client, hash);
      if (events === undefined) note(`The node has pruned the events of block ${header.number}.`);
      else show(header.number, events);
    },
    { from },
  );
  await interrupted.promise;
  await end();
}

function format(context: CliContext, block: number, event: EventRecord['event']): string {
  const { type: name, value } = event.value as { readonly type: string; readonly value: unknown };
  const fields = Object.entries((value ?? {}) as Record<string, unknown>).map(
    ([field, content]) => [field, plain(field, content)] as const,
  );
  if (context.json) return JSON.stringify({ block, pallet: event.type, event: name, ...Object.fromEntries(fields) });
  const text = fields.map(
    ([field, content]) => `${field}=${typeof content === 'string' ? content : JSON.stringify(content)}`,
  );
  return `${block}  ${event.type}.${name}  ${text.join(' ')}`.trimEnd();
}

function plain(field: string, value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return accountFields.has(field) && value.length === 32 ? encodeSs58(value, SS58_PREFIX) : toHex0x(value);
  }
  if (typeof value === 'bigint') return String(value);
  if (Array.isArray(value)) return value.map((entry) => plain(field, entry));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, plain(name, entry)]));
  }
  return value ?? null;
}
