// Delays of the event loops of all processes of a network, from the probe that is preloaded into each.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repository } from './network.js';

/** Milliseconds. */
interface Figures {
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

interface Report {
  /** Arguments of the process. */
  readonly command: readonly string[];
  readonly count: number;
  /** The longest delay of the first 5 s, in milliseconds. */
  readonly start: number;
  readonly all: Figures;
  /** Of these, the part in which the thread of the loop computed. */
  readonly own: Figures;
}

const ms = (value: number) => `${value.toFixed(0)} ms`;
const figures = ({ p99, p999, max }: Figures) => `p99 ${ms(p99)}, p99.9 ${ms(p999)}, longest ${ms(max)}`;

export class LoopDelays {
  readonly #dir = mkdtempSync(join(tmpdir(), 'cess-loops-'));

  get environment(): Readonly<Record<string, string>> {
    const probe = pathToFileURL(join(repository, 'conformance', 'faults', 'event-loop-probe.mjs'));
    return { CESS_LOOP_DELAYS: this.#dir, NODE_OPTIONS: `--import=${probe}` };
  }

  /**
   * One line for each kind of role: its process with the largest 99.9th percentile of own delays, of those with at least
   * 1,000 samples.
   */
  summary(): string[] {
    const worst = new Map<string, Report>();
    for (const report of this.#reports()) {
      const role = report.command[0] ?? 'supervisor';
      const known = worst.get(role);
      if (report.count >= 1_000 && (known === undefined || report.own.p999 > known.own.p999)) worst.set(role, report);
    }
    return [...worst].map(
      ([role, { all, own, start }]) =>
        `event loop of ${role}: own ${figures(own)}; with the machine's ${figures(all)}; longest at start ${ms(start)}`,
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
