// The metrics of a gateway (docs/operations/observability.md). Existing counters are read at scrape time; S3 requests are
// counted here because nothing else counts them.
import type { SealedCache } from '@cess/data-path';
import type { HoldReason } from '@cess/object-index';
import type { Counter, Histogram, MetricInit, Metrics } from '@cess/primitives';
import type { AuditTrail } from './audit/audit-trail.js';
import type { IndexExport } from './gateway-index-export.js';
import type { KeyRotator } from './keys/key-rotator.js';
import type { Packer } from './packing/packer.js';
import type { Certificates } from './transport/certificates.js';

/** Values that a scrape reads from a gateway. */
export interface GatewayReadings {
  activeRequests(): number;
  /** Of all connections since the start, headers included. */
  traffic(): { readonly receivedBytes: number; readonly sentBytes: number };
  memory(): { readonly usedBytes: number; readonly budgetBytes: number };
  /** Disk space in use for bytes of slow clients. */
  spilledBytes(): number;
  /** Declarations and deletions not yet submitted to the chain. */
  undeclared(): Promise<number>;
  /** Age of the oldest undeclared file. */
  oldestUndeclaredSeconds(): Promise<number>;
  declaredFiles(): number;
  /** Named holders that the chain did not record. */
  refusedHolders(): number;
  /** Files that the chain does not record until their owners act, by reason. */
  unrecorded(): Promise<Readonly<Partial<Record<HoldReason, number>>>>;
  /** Fragments of undeclared files that got another holder. */
  replacedHolders(): number;
  /** Segments with fragments that no provider holds. */
  segmentsWithHoles(): Promise<number>;
  /** Holes filled since the start. */
  filledHoles(): number;
  packing(): Packer['counts'];
  smallCache(): SealedCache['counts'];
  keyRotations(): Pick<KeyRotator, 'running' | 'rewrapped'>;
  /** Number of records set aside, by background loop. */
  setAside(): readonly (readonly [loop: string, count: number])[];
  providers(): { readonly usable: number; readonly suspect: number };
  placements(): { readonly placed: number; readonly replaced: number };
  reads(): { readonly hedged: number; readonly decoded: number };
  /** Requests refused because their account exceeded its rate. */
  rateLimited(): number;
  /** Requests with credentials that are not valid, by reason. */
  refusedCredentials(): readonly (readonly [reason: string, count: number])[];
  /** Of every territory in use. */
  quotaAvailableBytes(): readonly number[];
  /** None without TLS. */
  certificates(): Pick<Certificates, 'expiresAtMs' | 'failures'> | undefined;
  indexExport(): Pick<IndexExport, 'oldestSeconds' | 'incomplete'>;
  audit(): Pick<AuditTrail, 'entries' | 'anchored' | 'omitted' | 'failures' | 'isBehind'>;
}

export class GatewayMetrics {
  readonly #requests: Counter<'operation' | 'status'>;
  readonly #seconds: Histogram<'operation'>;

  constructor(metrics: Metrics, readings: GatewayReadings) {
    this.#requests = metrics.counter({
      ...named('s3_requests_total', 'S3 requests answered, by operation and status class; 501 counts as 4xx'),
      labels: ['operation', 'status'],
    });
    this.#seconds = metrics.histogram({
      ...named('s3_request_seconds', 'Duration of S3 requests from request head to end of response, by operation'),
      labels: ['operation'],
    });
    declareReadings(metrics, readings);
    declareAudit(metrics, () => readings.audit());
    declareIndexExport(metrics, () => readings.indexExport());
    declareCertificates(metrics, () => readings.certificates());
  }

  /** Counts a finished request; `operation` is Amazon's name, `status` undefined if the client disconnected. */
  answered(operation: string, status: number | undefined, seconds: number): void {
    const statusClass = classOf(status);
    this.#requests.add(1, { operation, status: statusClass });
    this.#seconds.observe(seconds, { operation });
  }
}

/** 501 says what the gateway does not offer. It is an error of the request: an alert on 5xx must not count it. */
function classOf(status: number | undefined): string {
  if (status === undefined) return 'none';
  return status === 501 ? '4xx' : `${Math.floor(status / 100)}xx`;
}

function declareReadings(metrics: Metrics, at: GatewayReadings): void {
  const gauge = (what: string, help: string, read: () => number | Promise<number>) =>
    metrics.gauge(named(what, help), read);
  const counter = (what: string, help: string, read: () => number) => metrics.counter(named(what, help), read);
  gauge('s3_active_requests', 'S3 requests in progress', () => at.activeRequests());
  counter('s3_received_bytes_total', 'Bytes received from S3 clients', () => at.traffic().receivedBytes);
  counter('s3_sent_bytes_total', 'Bytes sent to S3 clients', () => at.traffic().sentBytes);
  gauge('memory_used_bytes', 'Memory in use for request and response bodies', () => at.memory().usedBytes);
  gauge('memory_budget_bytes', 'Memory budget for bodies of all requests', () => at.memory().budgetBytes);
  gauge('spilled_bytes', 'Disk space in use for bytes of slow clients', () => at.spilledBytes());
  gauge('undeclared_files', 'Declarations and deletions not yet submitted to the chain; capped at 10000', () =>
    at.undeclared(),
  );
  gauge('oldest_undeclared_seconds', 'Age of the oldest undeclared file', () => at.oldestUndeclaredSeconds());
  counter('declared_files_total', 'Files declared on chain', () => at.declaredFiles());
  counter('refused_holders_total', 'Holders that the chain refused at a declaration; their fragments are holes', () =>
    at.refusedHolders(),
  );
  metrics.gauge(
    {
      ...named(
        'unrecorded_files',
        'Stored files that wait for their owners to make the chain accept them; capped at 10000',
      ),
      labels: ['reason'],
    },
    async () => Object.entries(await at.unrecorded()).map(([reason, count]) => [{ reason }, count] as const),
  );
  counter('replaced_holders_total', 'Fragments of undeclared files moved to a holder that the chain accepts', () =>
    at.replacedHolders(),
  );
  gauge('segments_with_holes', 'Segments with a fragment that has no holder; capped at 10000', () =>
    at.segmentsWithHoles(),
  );
  counter('filled_holes_total', 'Holes filled with a new or confirmed holder', () => at.filledHoles());
  counter('packs_total', 'Packs of small objects made since the start', () => at.packing().packs);
  counter('packed_files_total', 'Small files moved to packs since the start', () => at.packing().files);
  gauge('unpacked_bytes', 'Ciphertext of small objects that waits to be packed', () => at.packing().waitingBytes);
  counter('small_cache_hits_total', 'Small objects read from memory since the start', () => at.smallCache().hits);
  counter(
    'small_cache_misses_total',
    'Small objects not found in memory since the start',
    () => at.smallCache().misses,
  );
  gauge('small_cache_bytes', 'Sealed small objects in memory', () => at.smallCache().bytes);
  gauge('key_rotations', 'Buckets whose key is being rotated', () => at.keyRotations().running);
  counter(
    'rewrapped_keys_total',
    'Stream keys moved to the new key of their bucket by rotations',
    () => at.keyRotations().rewrapped,
  );
  metrics.gauge(
    { ...named('set_aside_records', 'Records set aside by background work, by loop'), labels: ['loop'] },
    () => at.setAside().map(([loop, count]) => [{ loop }, count] as const),
  );
  metrics.gauge({ ...named('providers', 'Providers eligible for placement, by state'), labels: ['state'] }, () => {
    const { usable, suspect } = at.providers();
    return [
      [{ state: 'usable' }, usable],
      [{ state: 'suspect' }, suspect],
    ];
  });
  counter('placed_fragments_total', 'Fragments placed on providers', () => at.placements().placed);
  counter('replaced_placements_total', 'Fragment uploads moved to another provider', () => at.placements().replaced);
  counter('hedged_reads_total', 'Slow reads hedged with a request to a second holder', () => at.reads().hedged);
  counter(
    'decoded_stripes_total',
    'Stripes decoded from parity because data shards could not be read',
    () => at.reads().decoded,
  );
  counter('rate_limited_requests_total', 'Requests refused because their account exceeded its rate', () =>
    at.rateLimited(),
  );
  metrics.counter(
    {
      ...named(
        'refused_credentials_total',
        'Requests with an unknown access key or an invalid session token, by reason',
      ),
      labels: ['reason'],
    },
    () => at.refusedCredentials().map(([reason, count]) => [{ reason }, count] as const),
  );
  gauge('quota_available_bytes', 'Space still available for uploads, all territories', () =>
    at.quotaAvailableBytes().reduce((sum, bytes) => sum + bytes, 0),
  );
  metrics.gauge(
    named('quota_least_available_bytes', 'Space still available for uploads in the territory with the least'),
    () => {
      const all = at.quotaAvailableBytes();
      return all.length === 0 ? undefined : Math.min(...all);
    },
  );
}

function declareAudit(metrics: Metrics, at: () => ReturnType<GatewayReadings['audit']>): void {
  metrics.counter(named('audit_entries_total', 'Entries of the audit log'), () => at().entries);
  metrics.gauge(
    named('audit_anchored_entries', 'Entries of the audit log up to its newest anchor'),
    () => at().anchored,
  );
  metrics.counter(
    named(
      'audit_omitted_requests_total',
      'Refused requests without a verified caller that share an entry of the audit log',
    ),
    () => at().omitted,
  );
  metrics.counter(named('audit_failed_writes_total', 'Entries that the audit log could not take'), () => at().failures);
  metrics.gauge(
    named('audit_log_behind', '1 when the chain has a later anchor than the audit log, or another one'),
    () => (at().isBehind ? 1 : 0),
  );
}

function declareIndexExport(metrics: Metrics, at: GatewayReadings['indexExport']): void {
  metrics.gauge(
    named(
      'index_unexported_seconds',
      'Age of the oldest change of the index that no anchored export has; absent if the index is not exported',
    ),
    () => at().oldestSeconds(),
  );
  metrics.gauge(named('index_exports_incomplete', 'Owners whose index the network does not have as a whole yet'), () =>
    at().incomplete(),
  );
}

function declareCertificates(metrics: Metrics, at: GatewayReadings['certificates']): void {
  metrics.gauge(
    named('tls_certificate_expiry_seconds', 'Unix time at which the first TLS certificate ends; absent without TLS'),
    () => {
      const certificates = at();
      return certificates === undefined ? undefined : certificates.expiresAtMs / 1000;
    },
  );
  metrics.counter(
    named('tls_reload_failures_total', 'Changes of the TLS files after which they could not be used'),
    () => at()?.failures ?? 0,
  );
}

function named(what: string, help: string): MetricInit {
  return { name: `cess_gateway_${what}`, help };
}
