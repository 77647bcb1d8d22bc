// cess territory: the owner's leased space.
import { query, SS58_PREFIX, tx } from '@cess/client';
import { encodeSs58 } from '@cess/crypto';
import { formatBytes, fromUtf8, utf8 } from '@cess/primitives';
import { withChain } from '../chain-access.js';
import type { CliContext } from '../context.js';
import { print, printDone, table } from '../output.js';
import { accountOf, parseAddress, submitAsOwner } from './account.js';

export async function listTerritories(context: CliContext, address: string | undefined): Promise<void> {
  const owner = await accountOf(context, address);
  const { found, oversoldSince } = await withChain(context, async (client) => {
    const at = await client.finalizedHash();
    const territories = [];
    for await (const [[, name], info] of client.entries(query.StorageHandler.Territory, [owner], at)) {
      const quotas = [];
      for await (const [[, , gateway], quota] of client.entries(query.StorageHandler.Quota, [owner, name], at)) {
        quotas.push({ gateway: encodeSs58(gateway, SS58_PREFIX), locked: Number(quota.locked) });
      }
      territories.push({ name: fromUtf8(name), info, quotas });
    }
    return { found: territories, oversoldSince: await client.value(query.StorageHandler.OversoldSince, at) };
  });
  const rows = found.map(({ name, info, quotas }) => ({
    name,
    state: info.state,
    total: Number(info.total_space),
    used: Number(info.used_space),
    locked: Number(info.locked_space),
    remaining: Number(info.remaining_space),
    deadlineBlock: info.deadline,
    quotas,
  }));
  if (context.json) return print(JSON.stringify(rows, null, 2));
  print(
    table(
      rows.map(({ quotas, total, used, locked, remaining, ...row }) => ({
        ...row,
        total: formatBytes(total),
        used: formatBytes(used),
        'locked for gateways': formatBytes(locked),
        remaining: formatBytes(remaining),
        gateways: quotas.length,
      })),
    ),
  );
  if (oversoldSince !== undefined)
    print(
      `\nSince block ${oversoldSince} the network has sold more space than the providers that stay have declared. No territory can be bought or expanded until leases end or providers declare more.`,
    );
  print('\nSpace counts stored bytes: an object takes three times its size at the default 4 + 8 code.');
}

export async function mintTerritory(context: CliContext, name: string, gib: number, days: number): Promise<void> {
  await submitAsOwner(context, async () =>
    tx.StorageHandler.mint_territory({ gib_count: gib, territory_name: utf8(name), days }),
  );
  printDone(context, { territory: name, gib, days }, `Territory "${name}" of ${gib} GiB for ${days} days is yours.`);
}

export async function expandTerritory(context: CliContext, name: string, gib: number): Promise<void> {
  await submitAsOwner(context, async () =>
    tx.StorageHandler.expanding_territory({ territory_name: utf8(name), gib_count: gib }),
  );
  printDone(context, { territory: name, addedGib: gib }, `Territory "${name}" has ${gib} GiB more.`);
}

export async function renewTerritory(context: CliContext, name: string, days: number): Promise<void> {
  await submitAsOwner(context, async () => tx.StorageHandler.renewal_territory({ territory_name: utf8(name), days }));
  printDone(context, { territory: name, addedDays: days }, `Territory "${name}" is leased for ${days} days more.`);
}

export async function lockSpace(context: CliContext, name: string, gateway: string, gib: number): Promise<void> {
  const owner = await accountOf(context, undefined);
  const call = tx.StorageHandler.lock_quota({
    owner,
    territory_name: utf8(name),
    gateway: parseAddress(gateway),
    bytes: BigInt(gib) * 2n ** 30n,
  });
  await submitAsOwner(context, async () => call);
  printDone(
    context,
    { territory: name, gateway, lockedGib: gib },
    `${gib} GiB of "${name}" are locked for ${gateway}.`,
  );
}
