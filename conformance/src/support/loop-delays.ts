// Delays of the event loops of all processes of a network, from the probe that is preloaded into each.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repository } from './network.js';

interface Report {
  /** Arguments of the process. */
  readonly command: readonly string[];
  readonly count: number;
  /** Milliseconds. */
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

export class LoopDelays {
  readonly #dir = mkdtempSync(join(tmpdir(), 'cess-loops-'));

  get environment(): Readonly<Record<string, string>> {
    const probe = pathToFileURL(join(repository, 'conformance', 'faults', 'event-loop-probe.mjs'));
    return { CESS_LOOP_DELAYS: this.#dir, NODE_OPTIONS: `--import=${probe}` };
  }

  /** One line for each kind of role: its process with the largest 99.9th percentile of those with at least 1,000 samples. */
  summary(): string[] {
    const worst = new Map<string, Report>();
    for (const report of this.#reports()) {
      const role = report.command[0] ?? 'supervisor';
      const known = worst.get(role);
      if (report.count >= 1_000 && (known === undefined || report.p999 > known.p999)) worst.set(role, report);
    }
    const ms = (value: number) => `${value.toFixed(0)} ms`;
    return [...worst].map(
      ([role, { p99, p999, max }]) => `event loop of ${role}: p99 ${ms(p99)}, p99.9 ${ms(p999)}, longest ${ms(max)}`,
    );
  }

  destroy(): void {
    rmSync(this.#dir, { recursive: true, force: true });
  }

  #reports(): Report[] {
    return readdirSync(this.#dir).flatMap((name) => {
      try {
        return [JSON.parse(readFileSync(join(this.#dir, name), 'utf8')) as Report];
      } catch {
        // The process was killed while it wrote.
        return [];
      }
    });
  }
}
