// The fault kit: a library that is preloaded into a process and makes its calls of the C library fail for chosen files
// (faults/shim.c). Faults begin and end while the process runs.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repository } from './network.js';

export type FaultCall = 'write' | 'write-sync' | 'fsync' | 'rename' | 'truncate' | 'open' | 'space';
/** `SHORT`: a write takes half of its bytes, as that of a disk which becomes full. */
export type FaultError = 'EIO' | 'ENOSPC' | 'SHORT';

export interface FaultRule {
  readonly call: FaultCall;
  /** Pattern of paths; `*` also matches `/`. */
  readonly files: string;
  readonly error: FaultError;
  /** The first call that fails, from 1. Default 1. */
  readonly first?: number;
  /** How many calls fail. Default: all further ones. */
  readonly count?: number;
}

/** The clock of the processes whose command line matches is wrong by this much. */
export interface ClockRule {
  readonly call: 'clock';
  /** Pattern of command lines; `*` also matches `/`. No spaces. */
  readonly processes: string;
  readonly skewMs: number;
}

/** Why the fault kit cannot run here; false if it can. */
export const noFaultKit: string | false =
  process.platform !== 'linux'
    ? 'the fault kit needs Linux'
    : spawnSync('cc', ['--version']).status !== 0 && 'a C compiler (cc) is not installed';

/** Control of the faults of all processes that run with its environment. */
export class Faults {
  readonly #dir = mkdtempSync(join(tmpdir(), 'cess-faults-'));
  readonly #control = join(this.#dir, 'rules');

  constructor() {
    const source = join(repository, 'conformance', 'faults', 'shim.c');
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', join(this.#dir, 'shim.so'), source, '-ldl'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    this.clear();
  }

  get environment(): Readonly<Record<string, string>> {
    return { CESS_FAULTS: this.#control, LD_PRELOAD: join(this.#dir, 'shim.so') };
  }

  set(...rules: readonly (FaultRule | ClockRule)[]): void {
    writeRules(this.#control, rules);
  }

  clear(): void {
    this.set();
  }

  /** One line for each injected fault. */
  hits(): string[] {
    return readHits(this.#control);
  }

  destroy(): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** Replaces the rules. For processes that inject faults into themselves, too. */
export function writeRules(control: string, rules: readonly (FaultRule | ClockRule)[]): void {
  const lines = rules.map((rule) => {
    if (rule.call === 'clock') return `clock ${rule.processes} ${rule.skewMs} 0 0\n`;
    const { call, files, error, first = 1, count = 0 } = rule;
    return `${call} ${files} ${error} ${first} ${count}\n`;
  });
  writeFileSync(`${control}.new`, lines.join(''));
  renameSync(`${control}.new`, control);
}

export function readHits(control: string): string[] {
  const file = `${control}.hits`;
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').filter(Boolean) : [];
}
