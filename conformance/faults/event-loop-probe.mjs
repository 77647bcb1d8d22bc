// Preloaded into a process (NODE_OPTIONS=--import=…): writes the delays of its event loop to a file of CESS_LOOP_DELAYS, so that they
// are known of killed processes, too.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const folder = process.env.CESS_LOOP_DELAYS;
const resolution = 10;
const writeEveryMs = 2_000;

if (isMainThread && folder !== undefined) {
  const histogram = monitorEventLoopDelay({ resolution });
  histogram.enable();
  const delayMs = (ns) => Math.max(0, ns / 1e6 - resolution);
  setInterval(() => {
    const { count } = histogram;
    const [p99, p999] = [99, 99.9].map((percentile) => delayMs(histogram.percentile(percentile)));
    const report = { command: process.argv.slice(2), count, p99, p999, max: delayMs(histogram.max) };
    writeFileSync(join(folder, `${process.pid}.json`), JSON.stringify(report));
  }, writeEveryMs).unref();
}
