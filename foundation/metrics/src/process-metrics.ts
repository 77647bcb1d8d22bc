// Process metrics of every role, under the standard names of Prometheus clients. Read when asked: prom-client's own
// set keeps a timer that fires a hundred times a second to measure the event loop, in each of many processes (ADR 16).
import { readdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { Metrics } from '@cess/primitives';

export function addProcessMetrics(metrics: Metrics): void {
  metrics.counter({ name: 'process_cpu_seconds_total', help: 'Processor time of this process, all threads' }, () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  metrics.gauge({ name: 'process_resident_memory_bytes', help: 'Memory of this process in RAM' }, () =>
    process.memoryUsage.rss(),
  );
  metrics.gauge({ name: 'process_start_time_seconds', help: 'Start of this process, Unix time' }, () =>
    Math.round(performance.timeOrigin / 1000),
  );
  metrics.gauge({ name: 'process_open_fds', help: 'Open file descriptors of this process (Linux)' }, openDescriptors);
  metrics.gauge(
    { name: 'nodejs_heap_size_bytes', help: 'JavaScript heap of the main thread', labels: ['state'] },
    () => {
      const { heapUsed, heapTotal } = process.memoryUsage();
      return [
        [{ state: 'used' }, heapUsed],
        [{ state: 'total' }, heapTotal],
      ];
    },
  );
  metrics.counter(
    {
      name: 'nodejs_eventloop_active_seconds_total',
      help: 'Time in which the event loop of the main thread was busy',
    },
    () => performance.eventLoopUtilization().active / 1000,
  );
  metrics.gauge({ name: 'nodejs_version_info', help: 'Version of Node.js; always 1', labels: ['version'] }, () => [
    [{ version: process.version }, 1],
  ]);
}

function openDescriptors(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}
