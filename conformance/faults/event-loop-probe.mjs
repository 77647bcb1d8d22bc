// Preloaded into a process (NODE_OPTIONS=--import=…): writes the delays of its event loop to a file of CESS_LOOP_DELAYS, so that they
// are known of killed processes, too. Of each delay, what the process did not compute itself is the machine's: `own` holds the rest.
// Delays of the start are reported apart, and a process that was stopped (SIGSTOP) is not late.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createHistogram } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const folder = process.env.CESS_LOOP_DELAYS;
const intervalMs = 10;
const writeEveryMs = 2_000;
const startMs = 5_000;

if (isMainThread && folder !== undefined) {
  const all = createHistogram();
  const own = createHistogram();
  const begun = performance.now();
  let longestAtStart = 0;
  let wasStopped = false;
  process.on('SIGCONT', () => {
    wasStopped = true;
  });
  let last = performance.now();
  let lastCpu = process.cpuUsage();
  /** The delay before the current one: the signal that explains it comes after it. */
  let pending;
  setInterval(() => {
    const now = performance.now();
    const { user, system } = process.cpuUsage(lastCpu);
    const delay = Math.max(0, now - last - intervalMs);
    if (pending !== undefined && !wasStopped) {
      all.record(1 + Math.round(pending.delay * 1000));
      own.record(1 + Math.round(Math.min(pending.delay, pending.cpu) * 1000));
    }
    if (now - begun > startMs) pending = { delay, cpu: (user + system) / 1000 };
    else longestAtStart = Math.max(longestAtStart, delay);
    wasStopped = false;
    last = now;
    lastCpu = process.cpuUsage();
  }, intervalMs).unref();
  const figures = (histogram) => {
    const [p99, p999, max] = [histogram.percentile(99), histogram.percentile(99.9), histogram.max].map(
      (us) => us / 1000,
    );
    return { p99, p999, max };
  };
  setInterval(() => {
    const report = { command: process.argv.slice(2), count: all.count, start: longestAtStart };
    if (all.count === 0) return;
    writeFileSync(
      join(folder, `${process.pid}.json`),
      JSON.stringify({ ...report, all: figures(all), own: figures(own) }),
    );
  }, writeEveryMs).unref();
}
