// cess provider check, cess provider repair: the data folder of a stopped provider. The exit code is 1 when something needs a repair
// or a person.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CessError } from '@cess/primitives';
import { chainHoldings, checkProvider, isSound, type ProviderCheck, repairProvider } from '@cess/provider';
import { withChain } from '../chain-access.js';
import type { CliContext } from '../context.js';
import { fields, print, type Row } from '../output.js';

const listedRoots = 20;

export async function checkProviderFolder(context: CliContext, folder: string): Promise<void> {
  const dir = providerFolder(context, folder);
  const check =
    context.rpc === undefined
      ? await checkProvider(dir)
      : await withChain(context, (client) => checkProvider(dir, chainHoldings(client)));
  const sound = isSound(check);
  if (!sound) process.exitCode = 1;
  if (context.json) return print(JSON.stringify({ dir, sound, ...check }, null, 2));
  print(fields({ folder: dir, ...readable(check) }));
  for (const root of check.corrupt.slice(0, listedRoots)) print(`corrupt fragment 0x${root}`);
  if (check.corrupt.length > listedRoots) print(`and ${check.corrupt.length - listedRoots} more (--json lists all)`);
  print(
    sound
      ? '\nNothing to repair.'
      : '\nStart the provider to rebuild corrupt and missing fragments from other providers.',
  );
  if (!sound && check.quarantine.good > 0) print('Before that, cess provider repair takes good files from quarantine.');
}

export async function repairProviderFolder(context: CliContext, folder: string): Promise<void> {
  const dir = providerFolder(context, folder);
  const repair = await withChain(context, (client) => repairProvider(dir, chainHoldings(client)));
  if (repair.missing > 0) process.exitCode = 1;
  if (context.json) return print(JSON.stringify({ dir, ...repair }, null, 2));
  print(
    fields({
      folder: dir,
      'index on chain': repair.index,
      'files moved to quarantine': repair.quarantined,
      'stored again from quarantine': repair.readopted,
      'still missing': repair.missing,
    }),
  );
  if (repair.missing > 0) print('\nThe running provider rebuilds missing fragments from other providers.');
}

/** A path, or the name of a provider of the embedded network. */
function providerFolder({ home }: CliContext, folder: string): string {
  const candidates = [resolve(folder), join(home, 'providers', folder)];
  const dir = candidates.find((candidate) => existsSync(join(candidate, 'store')));
  if (dir === undefined) throw new CessError('FOLDER_NOT_FOUND', `${candidates[0]} is no folder of a provider.`);
  return dir;
}

function readable({ corrupt, quarantine, log, tags, chain, ...check }: ProviderCheck): Row {
  return {
    'index on chain': check.index,
    fragments: check.fragments,
    undeclared: check.undeclared,
    corrupt: corrupt.length,
    'records without a file': check.recordsWithoutFile,
    'files without a record': check.filesWithoutRecord,
    quarantine: `${quarantine.good} good, ${quarantine.bad} bad`,
    'interrupted uploads': check.temporaryFiles,
    log: `${log.damagedRegions} damaged regions, ${log.tornBytes} torn bytes`,
    tags: tags === null ? 'none' : (tags.error ?? `${tags.records}, ${tags.withoutFragment} without a fragment`),
    chain:
      chain === null
        ? 'not compared'
        : `${chain.held} held, ${chain.missing} missing (${chain.inQuarantine} of them in quarantine), ${chain.unknown} unknown to the chain`,
  };
}
