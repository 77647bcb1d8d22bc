// cess reset: deletes a network that is not running.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CessError } from '@cess/primitives';
import { lockDirectory } from '@cess/store';
import type { CliContext } from '../context.js';
import { printDone } from '../output.js';

/** Deletes the home with all objects, keys and the chain. Throws `KV_LOCKED` while the network runs. */
export function resetNetwork(context: CliContext, confirmed: boolean): void {
  const { home } = context;
  if (!existsSync(join(home, 'chain-spec.json')))
    throw new CessError('HOME_NOT_A_NETWORK', `${home} holds no network.`);
  lockDirectory(home).release();
  if (!confirmed) {
    throw new CessError(
      'RESET_UNCONFIRMED',
      `This deletes ${home} with all objects, keys and the chain, permanently. Repeat the command with --yes.`,
    );
  }
  rmSync(home, { recursive: true, force: true });
  printDone(context, { deleted: home }, `${home} is deleted.`);
}
