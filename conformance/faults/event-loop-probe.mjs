// Preloaded into a process (NODE_OPTIONS=--import=…): writes the delays of its event loop to a file of CESS_LOOP_DELAYS, so that they
// are known of killed processes, too. Of each delay, `own` holds the part in which the thread of the loop computed; in the rest it waited for
// a processor or a disk.
// Delays of the start are reported apart, and a process that was stopped (SIGSTOP) is not late.
import { readFileSync, writeFileSync } from 'node:fs';
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
  /** Milliseconds for which the main thread had a processor. */
  const computedMs = () =>
    Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ')[0]) / 1e6;
  let lastComputed = computedMs();
  /** The delay before the current one: the signal that explains it comes after it. */
  let pending;
  setInterval(() => {
    const now = performance.now();
    const computed = computedMs();
    const delay = Math.max(0, now - last - intervalMs);
    if (pending !== undefined && !wasStopped) {
      all.record(1 + Math.round(pending.delay * 1000));
      own.record(1 + Math.round(Math.min(pending.delay, pending.computed) * 1000));
    }
    if (now - begun > startMs) pending = { delay, computed: computed - lastComputed };
    else longestAtStart = Math.max(longestAtStart, delay);
    wasStopped = false;
    last = now;
    lastComputed = computed;
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
