// What the exporter counts about itself.
import type { Counter, Metrics } from '@cess/primitives';

/** `full`: the queue was full. `rejected`: the receiver refused them. `unavailable`: it could not be reached, or asked to wait. */
export type DropReason = 'full' | 'rejected' | 'unavailable';

export interface TelemetryCounters {
  readonly droppedSpans: Counter<'reason'>;
  readonly exports: Counter<'signal' | 'result'>;
}

export function declareTelemetryCounters(metrics: Metrics): TelemetryCounters {
  return {
    droppedSpans: metrics.counter({
      name: 'cess_telemetry_dropped_spans_total',
      help: 'Spans that were not delivered, by reason: full, rejected, unavailable',
      labels: ['reason'],
    }),
    exports: metrics.counter({
      name: 'cess_telemetry_exports_total',
      help: 'Messages to the OpenTelemetry receiver, by signal and result: delivered, rejected, unavailable',
      labels: ['signal', 'result'],
    }),
  };
}
