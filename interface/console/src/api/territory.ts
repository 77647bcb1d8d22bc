// Leased space of an owner as the chain records it, and the transactions that buy, expand and renew it. Prices follow from the unit
// price on the chain, as the calls compute them.
import { type ChainClient, query, tx } from '@cess/client';
import { utf8 } from '@cess/primitives';
import { getBalance } from '@cess/sdk/chain';
import { listTerritories, type Territory } from '@cess/sdk/territory';

const GiB = 2n ** 30n;
const dayMs = 86_400_000;

/** What of the chain a price and a date depend on. */
export interface LeaseTerms {
  /** Finalized. */
  readonly block: number;
  /** Unix milliseconds. */
  readonly blockTimeMs: number;
  readonly slotMs: number;
  /** Price of one GiB for one day, in the smallest unit. */
  readonly unitPrice: bigint;
}

export interface LeasedSpace extends LeaseTerms {
  /** What the owner can spend, in the smallest unit. */
  readonly balance: bigint;
  /** More is sold than the providers have declared: nothing can be bought or expanded. */
  readonly isOversold: boolean;
  readonly territories: readonly Territory[];
}

export async function readLeasedSpace(client: ChainClient, owner: Uint8Array): Promise<LeasedSpace> {
  const at = await client.finalizedHash();
  const { number: block } = await client.header(at);
  const { free, frozen } = await getBalance(client, owner);
  return {
    block,
    blockTimeMs: Number(await client.value(query.Timestamp.Now, at)),
    slotMs: Number(await client.value(query.Timestamp.SlotDuration, at)),
    unitPrice: await client.value(query.StorageHandler.UnitPrice, at),
    balance: free > frozen ? free - frozen : 0n,
    isOversold: (await client.value(query.StorageHandler.OversoldSince, at)) !== undefined,
    territories: await listTerritories(client, owner),
  };
}

export type LeaseOrder =
  | { readonly kind: 'buy'; readonly name: string; readonly gib: number; readonly days: number }
  | { readonly kind: 'expand'; readonly territory: Territory; readonly gib: number }
  | { readonly kind: 'renew'; readonly territory: Territory; readonly days: number };

export interface Quote {
  readonly gib: number;
  readonly days: number;
  /** In the smallest unit, without the fee. */
  readonly price: bigint;
  /** Block at which the lease ends then. */
  readonly deadline: number;
}

/** What an order costs at these terms; the chain decides by those of the block that includes it. */
export function quoteOf(order: LeaseOrder, terms: LeaseTerms): Quote {
  const perDay = Math.floor(dayMs / terms.slotMs);
  const quote = (gib: number, days: number, deadline: number): Quote => ({
    ...{ gib, days, deadline },
    price: BigInt(gib) * BigInt(days) * terms.unitPrice,
  });
  if (order.kind === 'buy') return quote(order.gib, order.days, terms.block + order.days * perDay);
  const { deadline, state, totalBytes } = order.territory;
  // A started day counts, as in the call.
  if (order.kind === 'expand')
    return quote(order.gib, Math.max(1, Math.ceil((deadline - terms.block) / perDay)), deadline);
  const from = state === 'Active' ? deadline : terms.block;
  return quote(Number(totalBytes / GiB), order.days, from + order.days * perDay);
}

/** When a block is due, in Unix milliseconds: later where slots stay empty. */
export function timeOfBlock(number: number, { block, blockTimeMs, slotMs }: LeaseTerms): number {
  return blockTimeMs + (number - block) * slotMs;
}

/** The transaction of an order. */
export function callOf(order: LeaseOrder): Uint8Array {
  const { mint_territory, expanding_territory, renewal_territory } = tx.StorageHandler;
  if (order.kind === 'buy')
    return mint_territory({ gib_count: order.gib, territory_name: utf8(order.name), days: order.days });
  const territory_name = utf8(order.territory.name);
  return order.kind === 'expand'
    ? expanding_territory({ territory_name, gib_count: order.gib })
    : renewal_territory({ territory_name, days: order.days });
}

/** The same for a terminal. */
export function commandOf(order: LeaseOrder): string {
  if (order.kind === 'buy') return `cess territory mint ${shellWord(order.name)} ${order.gib} ${order.days}`;
  const name = shellWord(order.territory.name);
  return order.kind === 'expand'
    ? `cess territory expand ${name} ${order.gib}`
    : `cess territory renew ${name} ${order.days}`;
}

/** Names are free text; a shell must not read anything into them. */
function shellWord(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
