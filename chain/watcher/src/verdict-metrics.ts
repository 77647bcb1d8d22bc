// Metrics of the check of verdicts (docs/operations/observability.md).
import type { Metrics } from '@cess/primitives';
import type { VerdictCheckerCounts } from './verdict-checker.js';

/** Declares the counters; `read` gives nothing while no checker runs. */
export function declareVerdictMetrics(metrics: Metrics, read: () => VerdictCheckerCounts | undefined): void {
  metrics.counter(
    { name: 'cess_node_verdicts_checked_total', help: 'Verdicts of TEE workers that this authority verified' },
    () => read()?.checked,
  );
  metrics.counter(
    { name: 'cess_node_verdicts_disputed_total', help: 'Verdicts found wrong and disputed' },
    () => read()?.disputed,
  );
}
