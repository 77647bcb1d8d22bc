// cess repair list: fragments that are to be restored, the most urgent first (docs/protocol/audit.md §6).
import { query, type RestoralOrder } from '@cess/client';
import { toHex0x } from '@cess/primitives';
import { withChain } from '../chain-access.js';
import type { CliContext } from '../context.js';
import { print, table } from '../output.js';

export async function listRepairs(context: CliContext, limit: number): Promise<void> {
  const orders = await withChain(context, async (client) => {
    const at = await client.finalizedHash();
    const found: { file: Uint8Array; segment: number; fragment: number; order: RestoralOrder }[] = [];
    for await (const [[, file, segment, fragment]] of client.entries(query.FileBank.RestoralQueue, [], at)) {
      if (found.length >= limit) break;
      const order = await client.entry(query.FileBank.RestoralOrders, [file, segment, fragment], at);
      if (order !== undefined) found.push({ file, segment, fragment, order });
    }
    return found;
  });
  const rows = orders.map(({ file, segment, fragment, order }) => ({
    file: toHex0x(file),
    segment,
    fragment,
    reason: order.reason,
    margin: order.margin,
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
