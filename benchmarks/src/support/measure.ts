// CPU time and its medians. CPU time instead of wall time, because the machine may be busy with other programs.
import { readFileSync } from 'node:fs';

/** CPU seconds of this process, all threads, user and system. */
export function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export interface MeasureOptions {
  readonly rounds?: number;
  /** A round repeats the work until it has used at least this much CPU time. */
  readonly minCpuSeconds?: number;
}

/** Median CPU seconds of one call of `work`, after a warm-up round. */
export function cpuSecondsOf(work: () => void, { rounds = 7, minCpuSeconds = 0.2 }: MeasureOptions = {}): number {
  const round = (): number => {
    const start = ownCpuSeconds();
    for (let calls = 1; ; calls++) {
      work();
      const spent = ownCpuSeconds() - start;
      if (spent >= minCpuSeconds) return spent / calls;
    }
  };
  round();
  return median(Array.from({ length: rounds }, round));
}

/** Proportional set size (PSS) of a process in bytes: shared pages count proportionally. */
export function pssBytes(pid: number): number {
  return rolledUp(pid, 'Pss');
}

/** The part of it that is no file, such as the pages of a database. */
export function anonymousBytes(pid: number): number {
  return rolledUp(pid, 'Pss_Anon');
}

function rolledUp(pid: number, field: string): number {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'));
  return Number(match![1]) * 1024;
}
