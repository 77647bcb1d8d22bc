// Checks of the home folder: it can be written, the disk has room, secrets are private, and files can be read.
import { accessSync, constants, existsSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatBytes, GiB, jsonProblem, MiB, messageOf } from '@cess/primitives';
import { readGatewayCredentials } from '../signed-request.js';
import { type Finding, ok, problem, skipped, warning } from './finding.js';

/** Below, the embedded network does not start with its default settings. */
const leastDisk = 2 * GiB;
/** Below, databases of a running network may fail to grow. */
const fullDisk = 256 * MiB;
const groupAndOthers = 0o077;

/** The folder itself, or the nearest one above it that exists. */
function nearestFolder(folder: string): string {
  let nearest = folder;
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  return nearest;
}

export function checkHome(home: string): Finding {
  const folder = nearestFolder(home);
  try {
    if (!statSync(folder).isDirectory())
      return problem('home', `${folder} is no folder`, 'Choose another home with --home or CESS_HOME.');
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    return problem(
      'home',
      `${folder} cannot be written: ${messageOf(cause)}`,
      'Give it to your user, or choose another home with --home or CESS_HOME.',
    );
  }
  return ok('home', folder === home ? home : `${home} does not exist yet; npm start makes it`);
}

export function checkDisk(home: string, least = leastDisk): Finding {
  const { bavail, bsize } = statfsSync(nearestFolder(home));
  const free = bavail * bsize;
  const found = `${formatBytes(free)} free`;
  if (free < fullDisk)
    return problem('disk', found, 'Free some space now: uploads are refused, and databases may fail to grow.');
  return free < least
    ? warning(
        'disk',
        found,
        `Free some space: every stored byte takes three, and ${formatBytes(least)} must stay free.`,
      )
    : ok('disk', found);
}

/** Beside the keys lie the place of a voter and its lock, which are no secrets. */
const isKeyFile = (name: string): boolean => name.endsWith('.json');

/** Files with secrets that other users of the machine may read. */
export function checkSecrets(home: string): Finding {
  const folder = join(home, 'keys');
  const files = [
    join(home, 'credentials.json'),
    join(home, 'admin.json'),
    ...(existsSync(folder)
      ? readdirSync(folder)
          .filter(isKeyFile)
          .map((name) => join(folder, name))
      : []),
  ].filter((file) => existsSync(file));
  if (files.length === 0) return skipped('secrets', 'there are none yet');
  const open = files.filter((file) => (statSync(file).mode & groupAndOthers) !== 0);
  return open.length === 0
    ? ok('secrets', `${files.length} files, readable by their owner only`)
    : problem('secrets', `other users can read ${open.join(', ')}`, `chmod 600 ${open.join(' ')}`);
}

export function checkCredentials(home: string): Finding {
  if (!existsSync(join(home, 'credentials.json'))) return skipped('credentials', 'there are none yet');
  try {
    const { accessKeyId, endpoint } = readGatewayCredentials(home);
    return ok('credentials', `${accessKeyId} at ${endpoint}`);
  } catch (error) {
    return problem(
      'credentials',
      messageOf(error),
      'Delete the file while the network is stopped; npm start writes it again.',
    );
  }
}

export function checkChainSpec(home: string): Finding {
  const file = join(home, 'chain-spec.json');
  if (!existsSync(file)) return skipped('chain specification', 'there is none yet');
  try {
    const { name, authorities } = JSON.parse(readFileSync(file, 'utf8')) as { name: string; authorities: unknown[] };
    return ok('chain specification', `"${name}", ${authorities.length} authorities at its start`);
  } catch (error) {
    return problem(
      'chain specification',
      `${file} cannot be used: ${jsonProblem(error)}`,
      'Restore it from another machine of the network; without it nothing can be verified.',
    );
  }
}
