// The metrics of a gateway (docs/operations/observability.md). Existing counters are read at scrape time; S3 requests are
// counted here because nothing else counts them.
import type { Counter, Histogram, MetricInit, Metrics } from '@cess/primitives';

/** What a gateway is asked for at a scrape. */
export interface GatewayReadings {
  activeRequests(): number;
  /** Of all connections since the start, headers included. */
  traffic(): { readonly receivedBytes: number; readonly sentBytes: number };
  memory(): { readonly usedBytes: number; readonly budgetBytes: number };
  /** Declarations and deletions that the chain has still to be told of. */
  undeclared(): number;
  /** Age of the oldest file to declare. */
  oldestUndeclaredSeconds(): number;
  declaredFiles(): number;
  /** Segments with fragments that no provider holds. */
  segmentsWithHoles(): number;
  /** Fragments that have found a holder since the start. */
  filledHoles(): number;
  /** Records that are set aside, by the work that cannot process them. */
  setAside(): readonly (readonly [loop: string, count: number])[];
  providers(): { readonly usable: number; readonly suspect: number };
  placements(): { readonly placed: number; readonly replaced: number };
  reads(): { readonly hedged: number; readonly decoded: number };
  /** Of every territory in use. */
  quotaAvailableBytes(): readonly number[];
}

export class GatewayMetrics {
  readonly #requests: Counter<'operation' | 'status'>;
  readonly #seconds: Histogram<'operation'>;

  constructor(metrics: Metrics, readings: GatewayReadings) {
    this.#requests = metrics.counter({
      ...named('s3_requests_total', 'S3 requests answered, by operation and class of the status'),
      labels: ['operation', 'status'],
    });
    this.#seconds = metrics.histogram({
      ...named('s3_request_seconds', 'S3 requests from head to end of the answer, by operation'),
      labels: ['operation'],
    });
    declareReadings(metrics, readings);
  }

  /** Counts a finished request; `operation` is Amazon's name of it, `status` undefined if the client left before an answer. */
  answered(operation: string, status: number | undefined, seconds: number): void {
    const statusClass = status === undefined ? 'none' : `${Math.floor(status / 100)}xx`;
    this.#requests.add(1, { operation, status: statusClass });
    this.#seconds.observe(seconds, { operation });
  }
}

function declareReadings(metrics: Metrics, at: GatewayReadings): void {
  const gauge = (what: string, help: string, read: () => number) => metrics.gauge(named(what, help), read);
  const counter = (what: string, help: string, read: () => number) => metrics.counter(named(what, help), read);
  gauge('s3_active_requests', 'S3 requests at work', () => at.activeRequests());
  counter('s3_received_bytes_total', 'Bytes received from S3 clients', () => at.traffic().receivedBytes);
  counter('s3_sent_bytes_total', 'Bytes sent to S3 clients', () => at.traffic().sentBytes);
  gauge('memory_used_bytes', 'Memory in use for bodies', () => at.memory().usedBytes);
  gauge('memory_budget_bytes', 'Memory for bodies, all requests together', () => at.memory().budgetBytes);
  gauge('undeclared_files', 'Declarations and deletions the chain has still to be told of; counts to 10000', () =>
    at.undeclared(),
  );
  gauge('oldest_undeclared_seconds', 'Age of the oldest file to declare', () => at.oldestUndeclaredSeconds());
  counter('declared_files_total', 'Files declared on chain', () => at.declaredFiles());
  gauge('segments_with_holes', 'Segments with a fragment that nobody holds; counts to 10000', () =>
    at.segmentsWithHoles(),
  );
  counter('filled_holes_total', 'Fragments without holder that found one', () => at.filledHoles());
  metrics.gauge(
    { ...named('set_aside_records', 'Records that background work cannot process, by loop'), labels: ['loop'] },
    () => at.setAside().map(([loop, count]) => [{ loop }, count] as const),
  );
  metrics.gauge({ ...named('providers', 'Providers that may be drawn, by state'), labels: ['state'] }, () => {
    const { usable, suspect } = at.providers();
    return [
      [{ state: 'usable' }, usable],
      [{ state: 'suspect' }, suspect],
    ];
  });
  counter('placed_fragments_total', 'Fragments placed on providers', () => at.placements().placed);
  counter('replaced_placements_total', 'Uploads given to another provider', () => at.placements().replaced);
  counter('hedged_reads_total', 'Slow reads for which a second holder was asked', () => at.reads().hedged);
  counter(
    'decoded_stripes_total',
    'Stripes decoded from parity because data shards could not be read',
    () => at.reads().decoded,
  );
  gauge('quota_available_bytes', 'Space that may still be acknowledged, all territories', () =>
    at.quotaAvailableBytes().reduce((sum, bytes) => sum + bytes, 0),
  );
  metrics.gauge(named('quota_least_available_bytes', 'The same, for the territory with the least'), () => {
    const all = at.quotaAvailableBytes();
    return all.length === 0 ? undefined : Math.min(...all);
  });
}

function named(what: string, help: string): MetricInit {
  return { name: `cess_gateway_${what}`, help };
}
