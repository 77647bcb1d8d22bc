// cess gateway authorize, cess gateway revoke: which gateways act for the owner's buckets.
import { type ChainClient, query, tx } from '@cess/client';
import { CessError, equalBytes, formatBytes, fromUtf8, isCessError } from '@cess/primitives';
import type { CliContext } from '../context.js';
import { print, printDone } from '../output.js';
import { actAsOwner, parseAddress, submitAsOwner } from './account.js';

export async function authorizeGateway(context: CliContext, gateway: string): Promise<void> {
  const operator = parseAddress(gateway);
  await submitAsOwner(context, async () => tx.Oss.authorize({ operator }));
  printDone(context, { gateway, authorized: true }, `${gateway} may act for the owner's buckets.`);
}

/** Space locked for a gateway in a territory of the owner. */
interface LockedSpace {
  readonly territory: Uint8Array;
  readonly bytes: bigint;
}

/**
 * Ends the authorization of a gateway, then releases the space locked for it. Without the authorization the gateway cannot use the
 * space, so its amount stays as it was read. After an interruption the command continues where it stopped. Throws
 * `GATEWAY_NOTHING_TO_REVOKE` when there is neither an authorization nor locked space.
 */
export async function revokeGateway(context: CliContext, gateway: string): Promise<void> {
  const operator = parseAddress(gateway);
  const { isRevoked, released } = await actAsOwner(context, async ({ client, owner, submit }) => {
    const authorized = await client.entry(query.Oss.AuthorityList, [owner]);
    const isAuthorized = authorized.some((entry) => equalBytes(entry, operator));
    if (isAuthorized) await submit(tx.Oss.cancel_authorize({ oss: operator }));
    const done: LockedSpace[] = [];
    for (const locked of await spaceLockedFor(client, owner, operator)) {
      const { territory, bytes } = locked;
      const call = tx.StorageHandler.release_quota({ owner, territory_name: territory, gateway: operator, bytes });
      if (await isReleased(submit(call))) done.push(locked);
    }
    return { isRevoked: isAuthorized, released: done };
  });
  if (!isRevoked && released.length === 0) {
    throw new CessError(
      'GATEWAY_NOTHING_TO_REVOKE',
      `${gateway} has neither an authorization nor space of this owner.`,
    );
  }
  const rows = released.map(({ territory, bytes }) => ({ territory: fromUtf8(territory), bytes: Number(bytes) }));
  if (context.json) return print(JSON.stringify({ gateway, revoked: isRevoked, released: rows }, null, 2));
  if (isRevoked) print(`${gateway} may no longer act for the owner's buckets.`);
  for (const { territory, bytes } of rows) print(`${formatBytes(bytes)} locked in "${territory}" are released.`);
  print(
    'Files that the gateway has stored and not yet recorded stay unrecorded until it is authorized again. It keeps the bucket keys that it has: to make stored objects unreadable for it, delete them.',
  );
}

async function spaceLockedFor(client: ChainClient, owner: Uint8Array, gateway: Uint8Array): Promise<LockedSpace[]> {
  const at = await client.finalizedHash();
  const found: LockedSpace[] = [];
  for await (const [[, territory], { token }] of client.entries(query.StorageHandler.Territory, [owner], at)) {
    const quota = await client.entry(query.StorageHandler.Quota, [owner, territory, gateway], at);
    // A quota of another token belongs to a former territory of this name.
    if (quota === undefined || !equalBytes(quota.token, token) || quota.locked === 0n) continue;
    found.push({ territory, bytes: quota.locked });
  }
  return found;
}

/** False when the lease has ended, and all quotas with it. */
async function isReleased(submitted: Promise<void>): Promise<boolean> {
  try {
    await submitted;
    return true;
  } catch (thrown) {
    if (isCessError(thrown, 'CHAIN_DISPATCH_FAILED') && thrown.data['name'] === 'NotActive') return false;
    throw thrown;
  }
}
