// The series of a provider (docs/operations/observability.md). Existing counters are read at scrape time. The series that
// nothing else counts (requests, tags, proofs, rounds) are written by the decorators beside this file.
import type { Counter, Gauge, Histogram, MetricInit, Metrics } from '@cess/primitives';
import type { ProviderEvent } from '../chain/chain-port.js';
import type { DutyProgress } from './duty-progress.js';

/** What a running provider reports at a scrape. */
export interface ProviderReadings {
  readonly declaredBytes: number;
  usage(): { readonly fragments: number; readonly usedBytes: number };
  freeBytes(): Promise<number>;
  progress(): DutyProgress;
  /** Seconds since the last finalized block arrived. */
  chainLagSeconds(): number | undefined;
}

export class ProviderMetrics {
  readonly requestSeconds: Histogram<'operation'>;
  readonly uploadedBytes: Counter;
  readonly readBytes: Counter;
  readonly receipts: Counter;
  readonly refusals: Counter<'code'>;
  readonly tagSeconds: Histogram;
  readonly tagFailures: Counter<'reason'>;
  readonly proofSeconds: Histogram;
  readonly #challenges: Counter;
  readonly #rounds: Counter<'outcome'>;
  readonly #lastPassedBlock: Gauge;

  /** `read` returns undefined while the provider is stopped. */
  constructor(metrics: Metrics, read: () => ProviderReadings | undefined) {
    this.requestSeconds = metrics.histogram({
      ...named('request_seconds', 'Handled requests, by operation'),
      labels: ['operation'],
    });
    this.uploadedBytes = metrics.counter(named('uploaded_bytes_total', 'Bytes of stored fragments'));
    this.readBytes = metrics.counter(named('read_bytes_total', 'Bytes of fragments sent to readers'));
    this.receipts = metrics.counter(named('receipts_total', 'Signed receipts'));
    this.refusals = metrics.counter({ ...named('refusals_total', 'Rejected requests, by code'), labels: ['code'] });
    this.tagSeconds = metrics.histogram(
      named('tag_seconds', 'Duration of tagging one fragment, from reading it to storing its tags'),
    );
    this.tagFailures = metrics.counter({
      ...named('tag_failures_total', 'Failed attempts to tag a fragment, by error code'),
      labels: ['reason'],
    });
    this.proofSeconds = metrics.histogram(
      named('proof_seconds', 'Duration of one proof, including the wait in the queue'),
    );
    this.#challenges = metrics.counter(named('challenges_total', 'Audit rounds opened for this provider'));
    this.#rounds = metrics.counter({
      ...named('rounds_total', 'Closed audit rounds, by outcome'),
      labels: ['outcome'],
    });
    this.#lastPassedBlock = metrics.gauge(
      named('last_passed_block', 'Number of the finalized block with the last passed round'),
    );
    declareReadings(metrics, read);
  }

  /** Takes the events of a finalized block. */
  observe(events: readonly ProviderEvent[], own: number | undefined, block: number | undefined): void {
    if (own === undefined) return;
    for (const event of events) {
      if (event.type === 'challenged' && event.provider === own) this.#challenges.add(1);
      if (event.type !== 'closed' || event.provider !== own) continue;
      this.#rounds.add(1, { outcome: event.outcome.toLowerCase() });
      if (event.outcome === 'Passed' && block !== undefined) this.#lastPassedBlock.set(block);
    }
  }
}

function declareReadings(metrics: Metrics, read: () => ProviderReadings | undefined): void {
  const gauge = (init: MetricInit, of: (readings: ProviderReadings) => number | undefined | Promise<number>) => {
    metrics.gauge(init, async () => {
      const readings = read();
      return readings === undefined ? undefined : of(readings);
    });
  };
  const counter = (init: MetricInit, of: (progress: DutyProgress) => number) => {
    metrics.counter(init, () => {
      const readings = read();
      return readings === undefined ? undefined : of(readings.progress());
    });
  };
  gauge(named('fragments', 'Held fragments'), (at) => at.usage().fragments);
  gauge(named('used_bytes', 'Disk space used by fragments'), (at) => at.usage().usedBytes);
  gauge(named('free_bytes', 'Free space, limited by the declared space and by the disk'), (at) => at.freeBytes());
  gauge(named('declared_bytes', 'Declared space on chain'), (at) => at.declaredBytes);
  gauge(named('chain_lag_seconds', 'Time since the arrival of the last finalized block'), (at) => at.chainLagSeconds());
  gauge(named('fragments_to_tag', 'Fragments that wait for tags'), (at) => at.progress().toTag);
  gauge(named('fragments_tagged', 'Fragments with stored tags'), (at) => at.progress().tagged);
  gauge(named('fragments_reported', 'Fragments whose tags are on chain'), (at) => at.progress().reported);
  counter(named('proofs_submitted_total', 'Submitted and finalized proofs'), (is) => is.proofs.submitted);
  counter(named('restoral_claims_total', 'Claimed restoral orders'), (is) => is.claimed);
  counter(named('restored_fragments_total', 'Restored fragments'), (is) => is.restored);
  counter(
    named('rebuild_read_bytes_total', 'Bytes read from other providers to rebuild fragments'),
    (is) => is.bytesRead,
  );
  counter(named('rebuilt_bytes_total', 'Bytes of rebuilt fragments'), (is) => is.bytesRebuilt);
  counter(named('scrubbed_bytes_total', 'Bytes read by the scrubber'), (is) => is.scrubbedBytes);
  counter(named('rotten_fragments_total', 'Corrupt or missing fragments found by the scrubber'), (is) => is.rotten);
  counter(named('repaired_fragments_total', 'Fragments repaired in place'), (is) => is.repaired);
}

function named(what: string, help: string): { readonly name: string; readonly help: string } {
  return { name: `cess_provider_${what}`, help };
}
