// Checks of what the owner has on the chain: leases that end, space that runs out.
import { existsSync } from 'node:fs';
import { query } from '@cess/client';
import { formatBytes, fromUtf8, messageOf } from '@cess/primitives';
import { withChain } from '../chain-access.js';
import { accountOf } from '../commands/account.js';
import type { CliContext } from '../context.js';
import { ownerKeyFile } from '../owner-key.js';
import { type Finding, ok, problem, skipped, warning } from './finding.js';

const dayMs = 86_400_000;
const soonDays = 7;
/** Share of a territory below which uploads will soon be refused. */
const littleLeft = 0.1;

export async function checkOwner(context: CliContext): Promise<Finding[]> {
  if (!existsSync(ownerKeyFile(context.home))) return [skipped('territories', 'this home has no owner')];
  try {
    const owner = await accountOf(context, undefined);
    return await withChain(context, async (client) => {
      const at = await client.finalizedHash();
      const now = (await client.header(at)).number;
      const slotMs = Number(await client.value(query.Timestamp.SlotDuration, at));
      const findings: Finding[] = [];
      for await (const [[, name], info] of client.entries(query.StorageHandler.Territory, [owner], at)) {
        findings.push(checkTerritory(fromUtf8(name), info, ((info.deadline - now) * slotMs) / dayMs));
      }
      return findings.length > 0
        ? findings
        : [
            warning(
              'territories',
              'the owner has none: uploads are refused',
              'cess territory mint default <GiB> <days>',
            ),
          ];
    });
  } catch (error) {
    return [skipped('territories', messageOf(error))];
  }
}

interface Space {
  readonly state: string;
  readonly total_space: bigint;
  readonly locked_space: bigint;
  readonly remaining_space: bigint;
}

/** `daysLeft`: until the lease ends. */
export function checkTerritory(name: string, { state, ...space }: Space, daysLeft: number): Finding {
  const check = `territory ${name}`;
  const left = `${daysLeft.toFixed(daysLeft < 10 ? 1 : 0)} days`;
  if (state !== 'Active')
    return problem(
      check,
      `the lease has ended (${state}); its files are deleted when it expires`,
      `cess territory renew ${name} <days>`,
    );
  if (daysLeft < soonDays) return warning(check, `the lease ends in ${left}`, `cess territory renew ${name} <days>`);
  const free = space.remaining_space + space.locked_space;
  const found = `${formatBytes(free)} of ${formatBytes(space.total_space)} left, for ${left}`;
  return Number(free) < littleLeft * Number(space.total_space)
    ? warning(check, found, `cess territory expand ${name} <GiB>`)
    : ok(check, found);
}
