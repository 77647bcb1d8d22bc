// cess metrics: a summary of the metrics that the running network serves (docs/operations/observability.md).
import { get } from 'node:http';
import { type MetricFamily, parseExposition } from '@cess/metrics';
import { AdminClient } from '@cess/node-api';
import { CessError, formatBytes, messageOf } from '@cess/primitives';
import type { CliContext } from '../context.js';
import { type Cell, fields, print, type Row } from '../output.js';

const timeoutMs = 10_000;
const maxTextBytes = 32 * 1024 * 1024;

export interface MetricsOptions {
  /** URL of other metrics than those of the running network. */
  readonly url?: string;
}

export async function showMetrics(context: CliContext, options: MetricsOptions): Promise<void> {
  const url = options.url ?? (await new AdminClient(context.home).status()).metrics;
  const summary = summarize(new Readings(parseExposition(await fetchText(url))));
  if (context.json) return print(JSON.stringify({ metrics: url, ...summary }, null, 2));
  const sections = Object.entries(summary).map(([title, values]) => `${title}\n${indent(fields(readable(values)))}`);
  print([`metrics of ${url}`, ...sections].join('\n\n'));
}

/** Sums over samples, by name and labels. */
class Readings {
  readonly #families: ReadonlyMap<string, MetricFamily>;

  constructor(families: readonly MetricFamily[]) {
    this.#families = new Map(families.map((family) => [family.name, family]));
  }

  /** Null when no role reports it. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number | null {
    const fitting = this.#families
      .get(name)
      ?.samples.filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value));
    return fitting?.reduce((sum, { value }) => sum + value, 0) ?? null;
  }

  max(name: string): number | null {
    const values = (this.#families.get(name)?.samples ?? []).map(({ value }) => value);
    return values.length === 0 ? null : Math.max(...values);
  }

  count(name: string): number | null {
    return this.#families.get(name)?.samples.length ?? null;
  }
}

function summarize(of: Readings) {
  const provider = (what: string, labels?: Readonly<Record<string, string>>) => of.sum(`cess_provider_${what}`, labels);
  const gateway = (what: string, labels?: Readonly<Record<string, string>>) => of.sum(`cess_gateway_${what}`, labels);
  const rounds = (outcome: string) => provider('rounds_total', { outcome });
  return {
    network: {
      roles: of.count('cess_up'),
      rolesUp: of.sum('cess_up'),
      bestBlock: of.max('cess_node_best_block'),
      finalizedBlock: of.max('cess_node_finalized_block'),
      poolTransactions: of.sum('cess_node_pool_transactions'),
    },
    tags: {
      fragments: provider('fragments'),
      toTag: provider('fragments_to_tag'),
      tagged: provider('fragments_tagged'),
      reported: provider('fragments_reported'),
      failures: provider('tag_failures_total'),
      enclaveTaggedBytes: of.sum('cess_tee_tagged_bytes_total'),
    },
    proofs: {
      challenges: provider('challenges_total'),
      submitted: provider('proofs_submitted_total'),
      passed: rounds('passed'),
      invalid: rounds('invalid'),
      conceded: rounds('conceded'),
      late: rounds('late'),
      verdictsDue: of.sum('cess_tee_verdicts_due'),
      verdictsChecked: of.sum('cess_node_verdicts_checked_total'),
      verdictsDisputed: of.sum('cess_node_verdicts_disputed_total'),
    },
    repair: {
      claims: provider('restoral_claims_total'),
      restored: provider('restored_fragments_total'),
      readBytes: provider('rebuild_read_bytes_total'),
      rebuiltBytes: provider('rebuilt_bytes_total'),
      scrubbedBytes: provider('scrubbed_bytes_total'),
      rotten: provider('rotten_fragments_total'),
      repaired: provider('repaired_fragments_total'),
    },
    gateway: {
      requests: gateway('s3_requests_total'),
      failedRequests: gateway('s3_requests_total', { status: '5xx' }),
      activeRequests: gateway('s3_active_requests'),
      receivedBytes: gateway('s3_received_bytes_total'),
      sentBytes: gateway('s3_sent_bytes_total'),
      declaredFiles: gateway('declared_files_total'),
      undeclared: gateway('undeclared_files'),
      oldestUndeclaredSeconds: of.max('cess_gateway_oldest_undeclared_seconds'),
      segmentsWithHoles: gateway('segments_with_holes'),
      usableProviders: gateway('providers', { state: 'usable' }),
      suspectProviders: gateway('providers', { state: 'suspect' }),
      quotaAvailableBytes: gateway('quota_available_bytes'),
      memoryUsedBytes: gateway('memory_used_bytes'),
    },
    storage: {
      usedBytes: provider('used_bytes'),
      freeBytes: provider('free_bytes'),
      storedBytes: provider('uploaded_bytes_total'),
      servedBytes: provider('read_bytes_total'),
      receipts: provider('receipts_total'),
      refusals: provider('refusals_total'),
    },
  } satisfies Readonly<Record<string, Readonly<Record<string, number | null>>>>;
}

/** Formats names as words and byte counts with units. */
function readable(values: Readonly<Record<string, number | null>>): Row {
  const entries = Object.entries(values).map(([name, value]): [string, Cell] => {
    const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    if (value !== null && words.endsWith(' bytes')) return [words.replace(/ bytes$/, ''), formatBytes(value)];
    return [words, value === null || Number.isInteger(value) ? value : Number(value.toFixed(1))];
  });
  return Object.fromEntries(entries);
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}

/** Throws `METRICS_UNREACHABLE`. */
function fetchText(url: string): Promise<string> {
  const failed = (reason: string, cause?: unknown) =>
    new CessError('METRICS_UNREACHABLE', `Reading metrics from ${url} failed: ${reason}.`, { url }, { cause });
  return new Promise((resolve, reject) => {
    if (!/^http:\/\//.test(url)) {
      reject(failed('it must begin with http://'));
      return;
    }
    const outgoing = get(url, { timeout: timeoutMs }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxTextBytes) outgoing.destroy(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      response.on('error', (cause) => reject(failed(messageOf(cause), cause)));
      response.on('end', () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString('utf8'));
        else reject(failed(`status ${response.statusCode}`));
      });
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('the request timed out')));
    outgoing.on('error', (cause) => reject(failed(messageOf(cause), cause)));
  });
}
