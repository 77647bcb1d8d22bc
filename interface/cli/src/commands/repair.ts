// cess repair list: fragments that are to be restored, losses before holes, the most urgent first, then those of segments that
// cannot be rebuilt (docs/protocol/audit.md §6).
import { type ChainClient, query, type RestoralOrder } from '@cess/client';
import { toHex0x } from '@cess/primitives';
import { withChain } from '../chain-access.js';
import type { CliContext } from '../context.js';
import { print, table } from '../output.js';

interface ListedOrder {
  readonly file: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
  readonly order: RestoralOrder;
  /** Holders beyond k; negative when the segment cannot be rebuilt. */
  readonly margin: number;
}

export async function listRepairs(context: CliContext, limit: number): Promise<void> {
  const orders = await withChain(context, async (client) => {
    const found = new Map<string, ListedOrder>();
    for await (const listed of ordersInTurn(client)) {
      if (found.size >= limit) break;
      // A segment with losses and holes stands in both parts of the queue.
      found.set(`${toHex0x(listed.file)}/${listed.segment}/${listed.fragment}`, listed);
    }
    return [...found.values()];
  });
  const rows = orders.map(({ file, segment, fragment, order, margin }) => ({
    file: toHex0x(file),
    segment,
    fragment,
    reason: order.reason,
    margin,
    'open since': order.opened_at,
    'claimed by': order.claim?.miner ?? null,
    until: order.claim?.until ?? null,
  }));
  if (context.json) {
    const plain = rows.map(({ 'open since': openedAt, 'claimed by': claimant, until, ...rest }) => ({
      ...rest,
      openedAt,
      claim: claimant === null ? null : { provider: claimant, until },
    }));
    return print(JSON.stringify(plain, null, 2));
  }
  print(table(rows));
}

async function* ordersInTurn(client: ChainClient): AsyncGenerator<ListedOrder> {
  const at = await client.finalizedHash();
  const { RepairQueue, Unrepairable } = query.FileBank;
  for await (const [[, margin, , file, segment]] of client.entries(RepairQueue, [], at)) {
    yield* ordersOf(client, at, { file, segment, margin });
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
