// cess gateway authorize: an owner lets a gateway act for the owner's buckets.
import { tx } from '@cess/client';
import type { CliContext } from '../context.js';
import { print } from '../output.js';
import { parseAddress, submitAsOwner } from './account.js';

export async function authorizeGateway(context: CliContext, gateway: string): Promise<void> {
  const operator = parseAddress(gateway);
  await submitAsOwner(context, async () => tx.Oss.authorize({ operator }));
  print(`${gateway} may act for the owner's buckets.`);
}
