// A file system of its own whose power can be cut: an ext4 in a file. What was not synchronised when the power was cut is lost, as
// after a crash of the machine; killing processes alone loses nothing that they wrote. Needs root, loop devices and a compiler.
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GiB } from './files.js';
import { repository } from './network.js';

/** `keep`: the journal of the file system is written before the cut. `drop`: what of it was in memory is lost as well. */
export type PowerCut = 'keep' | 'drop';

/** The image is sparse. */
const imageBytes = 4 * GiB;

const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' }).trim();

/** Why power cannot be cut here; false if it can. */
export function noPower(): string | false {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'power cuts need root on Linux';
  for (const command of ['mkfs.ext4', 'losetup', 'cc'])
    if (spawnSync(command, ['--version']).error !== undefined) return `${command} is not installed`;
  try {
    new PowerSupply().destroy();
    return false;
  } catch (error) {
    return `no file system can be mounted: ${error instanceof Error ? error.message : error}`;
  }
}

export class PowerSupply {
  readonly #dir = mkdtempSync(join(tmpdir(), 'cess-power-'));
  readonly #image = join(this.#dir, 'image');
  readonly #cutter = join(this.#dir, 'shutdown');
  /** The mount point. */
  readonly folder = join(this.#dir, 'disk');
  #isMounted = false;

  /** Creates and mounts the file system. */
  constructor() {
    try {
      const source = join(repository, 'conformance', 'faults', 'shutdown.c');
      run('cc', '-O1', '-o', this.#cutter, source);
      const image = openSync(this.#image, 'w');
      ftruncateSync(image, imageBytes);
      closeSync(image);
      run('mkfs.ext4', '-q', '-F', this.#image);
      mkdirSync(this.folder);
      this.#mount();
    } catch (error) {
      this.destroy();
      throw error;
    }
  }

  /** From here on every write and sync fails, until `restore`. */
  cut(mode: PowerCut): void {
    run(this.#cutter, this.folder, mode);
  }

  /** Mounts the file system as the cut left it. No process may use it. */
  restore(): void {
    this.#unmount();
    this.#mount();
  }

  /** Processes that end just now may still use the file system; it disappears with the last of them. */
  destroy(): void {
    if (this.#isMounted) run('umount', '--lazy', this.folder);
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #mount(): void {
    run('mount', '-o', 'loop', this.#image, this.folder);
    this.#isMounted = true;
  }

  #unmount(): void {
    run('umount', this.folder);
    this.#isMounted = false;
  }
}
