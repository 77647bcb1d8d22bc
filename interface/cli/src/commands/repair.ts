// cess repair list: fragments that are to be restored, losses before holes, the most urgent first, then those of segments that
// cannot be rebuilt (docs/protocol/audit.md §6).
import { type ChainClient, query, type RestoralOrder } from '@cess/client';
import { toHex0x } from '@cess/primitives';
import { withChain } from '../chain-access.js';
import type { CliContext } from '../context.js';
import { type Listed, printListing } from '../listing.js';

interface ListedOrder {
  readonly file: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
  readonly order: RestoralOrder;
  /** Holders beyond k; negative when the segment cannot be rebuilt. */
  readonly margin: number;
}

/** Part of `FileBank.RepairQueue` with the segments that have holes. */
const holesPart = 1;

export async function listRepairs(context: CliContext, limit: number | undefined): Promise<void> {
  await withChain(context, (client) => printListing(listedOrders(client), { json: context.json, limit }));
}

async function* listedOrders(client: ChainClient): AsyncGenerator<Listed> {
  for await (const { file, segment, fragment, order, margin } of ordersInTurn(client)) {
    const place = { file: toHex0x(file), segment, fragment, reason: order.reason, margin };
    const { opened_at: openedAt, claim } = order;
    yield {
      row: { ...place, 'open since': openedAt, 'claimed by': claim?.miner ?? null, until: claim?.until ?? null },
      json: { ...place, openedAt, claim: claim === undefined ? null : { provider: claim.miner, until: claim.until } },
    };
  }
}

/** A segment with losses and holes is in both parts of the queue, and each part gives its own orders. */
async function* ordersInTurn(client: ChainClient): AsyncGenerator<ListedOrder> {
  const at = await client.finalizedHash();
  const { RepairQueue, Unrepairable } = query.FileBank;
  for await (const [[part, margin, , file, segment]] of client.entries(RepairQueue, [], at)) {
    for await (const listed of ordersOf(client, at, { file, segment, margin })) {
      if ((listed.order.reason === 'Hole') === (part === holesPart)) yield listed;
    }
  }
  for await (const [[file, segment], { k, holders }] of client.entries(Unrepairable, [], at)) {
    yield* ordersOf(client, at, { file, segment, margin: holders - k });
  }
}

async function* ordersOf(
  client: ChainClient,
  at: Uint8Array,
  { file, segment, margin }: Pick<ListedOrder, 'file' | 'segment' | 'margin'>,
): AsyncGenerator<ListedOrder> {
  for await (const [[, , fragment], order] of client.entries(query.FileBank.RestoralOrders, [file, segment], at)) {
    yield { file, segment, fragment, order, margin };
  }
}
