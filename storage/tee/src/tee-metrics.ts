// The series of a TEE worker (docs/operations/observability.md). Existing counters are read at scrape time. Tag requests are
// counted here, because nothing else counts them.
import type { Counter, Histogram, MetricInit, Metrics } from '@cess/primitives';
import type { VerdictCounts } from './duty/verification-duty.js';
import type { Enclave } from './enclave/enclave.js';

/** What a running worker reports at a scrape. */
export interface TeeReadings {
  /** Tag requests in progress, and the bytes that they hold. */
  readonly waiting: { readonly requests: number; readonly bytes: number };
  /** Undefined before the worker is registered. */
  readonly verdicts: VerdictCounts | undefined;
  readonly enclaveRestarts: number;
}

export class TeeMetrics {
  readonly served: Counter;
  readonly refusals: Counter<'code'>;
  readonly taggedBytes: Counter;
  readonly tagSeconds: Histogram;

  /** `read` returns undefined while the worker is stopped. */
  constructor(metrics: Metrics, read: () => TeeReadings | undefined) {
    this.served = metrics.counter(named('tag_requests_served_total', 'Tagged fragments'));
    this.refusals = metrics.counter({ ...named('refusals_total', 'Rejected requests, by code'), labels: ['code'] });
    this.taggedBytes = metrics.counter(named('tagged_bytes_total', 'Bytes of tagged fragments'));
    this.tagSeconds = metrics.histogram(
      named('tag_seconds', 'Duration of tagging one fragment in the enclave, including the wait in the queue'),
    );
    declareReadings(metrics, read);
  }

  /** Tags of the enclave, counted and timed. */
  timed(enclave: Enclave): Pick<Enclave, 'describe' | 'tag'> {
    return {
      describe: () => enclave.describe(),
      tag: async (request, signal) => {
        const begun = performance.now();
        const length = request.bytes.length;
        const tags = await enclave.tag(request, signal);
        this.tagSeconds.observe((performance.now() - begun) / 1000);
        this.taggedBytes.add(length);
        this.served.add(1);
        return tags;
      },
    };
  }
}

function declareReadings(metrics: Metrics, read: () => TeeReadings | undefined): void {
  const gauge = (init: MetricInit, of: (readings: TeeReadings) => number | undefined) => {
    metrics.gauge(init, () => {
      const readings = read();
      return readings === undefined ? undefined : of(readings);
    });
  };
  gauge(named('tag_requests_waiting', 'Tag requests in progress'), (at) => at.waiting.requests);
  gauge(named('waiting_bytes', 'Bytes of fragments in tag requests in progress'), (at) => at.waiting.bytes);
  gauge(named('verdicts_due', 'Proofs that wait for a verdict of this worker'), (at) => at.verdicts?.due);
  metrics.counter({ ...named('verdicts_total', 'Submitted verdicts, by result'), labels: ['result'] }, () => {
    const verdicts = read()?.verdicts;
    if (verdicts === undefined) return undefined;
    return [
      [{ result: 'passed' }, verdicts.passed],
      [{ result: 'failed' }, verdicts.failed],
    ];
  });
  metrics.counter(named('enclave_restarts_total', 'Restarts of the enclave process'), () => read()?.enclaveRestarts);
}

function named(what: string, help: string): { readonly name: string; readonly help: string } {
  return { name: `cess_tee_${what}`, help };
}
