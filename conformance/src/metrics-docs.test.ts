// docs/operations/observability.md against the code: the tables of metrics are what roles declare, and the rules and queries
// name nothing else.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  DeliveryCounters,
  declareAccessLogCounter,
  declareAlertCounter,
  declareFleetMetrics,
  declareInventoryCounter,
  declareLifecycleCounter,
  GatewayMetrics,
  type GatewayReadings,
} from '@cess/gateway';
import { addProcessMetrics } from '@cess/metrics';
import { declareNetworkMetrics } from '@cess/network';
import { NodeMetrics } from '@cess/node';
import { declareDatabaseMetrics } from '@cess/object-index/postgres';
import { declareFailureCounter, type MetricInit, type Metrics, noMetrics } from '@cess/primitives';
import { ProviderMetrics } from '@cess/provider';
import { TeeMetrics } from '@cess/tee';
import { declareTelemetryCounters } from '@cess/telemetry';
import { declareVerdictMetrics } from '@cess/watcher';
import { repository } from './support/network.js';

const page = readFileSync(join(repository, 'docs/operations/observability.md'), 'utf8');

function declared(): Map<string, string> {
  const rows = new Map<string, string>();
  const note =
    (type: 'counter' | 'gauge' | 'histogram') =>
    ({ name, help, labels = [] }: MetricInit<string>) => {
      assert.ok(!rows.has(name), `${name} is declared once`);
      rows.set(name, `${type} | ${labels.join(', ')} | ${help}`.replace('|  |', '| |'));
      return noMetrics[type]({ name, help });
    };
  const recorder = { counter: note('counter'), gauge: note('gauge'), histogram: note('histogram') } as Metrics;
  const nothing = () => undefined;
  new NodeMetrics(recorder, nothing);
  declareVerdictMetrics(recorder, nothing);
  new ProviderMetrics(recorder, nothing);
  new TeeMetrics(recorder, nothing);
  new GatewayMetrics(recorder, {} as GatewayReadings);
  declareAccessLogCounter(recorder);
  declareAlertCounter(recorder);
  declareInventoryCounter(recorder);
  declareLifecycleCounter(recorder);
  declareFleetMetrics(recorder, { members: () => 0, hasLease: () => false });
  declareDatabaseMetrics(recorder);
  new DeliveryCounters(recorder, () => []);
  declareTelemetryCounters(recorder);
  addProcessMetrics(recorder);
  declareFailureCounter(recorder);
  declareNetworkMetrics(recorder, { peers: () => 0, bans: () => 0, storedRecords: () => 0 });
  rows.set('cess_up', 'gauge | role, name | 1 when the role answered this scrape, else 0');
  return rows;
}

test('OBS: every metric stands in the table with type, labels and meaning, and the table names no other', () => {
  const inDocs = [...page.matchAll(/^\| `(\w+)` \| (counter|gauge|histogram) \| (.*) \|$/gm)].map(
    ([, name, type, rest]) => [name!, `${type} | ${rest!.trim()}`] as const,
  );
  assert.ok(inDocs.length > 60);
  assert.deepEqual(Object.fromEntries(inDocs), Object.fromEntries(declared()));
});

test('OBS: eight alerts, and rules and queries use metrics that exist', () => {
  assert.equal(page.match(/- alert: /g)?.length, 8);
  const known = declared();
  const used = new Set([...page.matchAll(/\b(cess_[a-z0-9_]+[a-z0-9])/g)].map(([, name]) => name!));
  const isKnown = (name: string) => known.has(name) || known.has(name.replace(/_(bucket|sum|count)$/, ''));
  assert.deepEqual(
    [...used].filter((name) => !isKnown(name)),
    [],
  );
});

test('OBS: the queries of the Grafana dashboard use metrics that exist, and group by labels that they have', () => {
  const text = readFileSync(join(repository, 'docs/operations/grafana-gateway.json'), 'utf8');
  const dashboard = JSON.parse(text) as {
    panels: { title: string; targets?: { expr: string; legendFormat: string }[] }[];
  };
  const known = declared();
  const queries = dashboard.panels.flatMap(({ targets = [] }) => targets);
  assert.ok(queries.length > 20);
  for (const { expr, legendFormat } of queries) {
    const names = [...expr.matchAll(/\b(cess_[a-z0-9_]+[a-z0-9])/g)].map(([, name]) => name!);
    assert.ok(names.length > 0, expr);
    const rows = names.map((name) => known.get(name) ?? known.get(name.replace(/_(bucket|sum|count)$/, '')));
    assert.ok(
      rows.every((row) => row !== undefined),
      `${expr} names a metric that no role declares`,
    );
    const labels = new Set(['le', ...rows.flatMap((row) => row!.split(' | ')[1]!.split(', '))]);
    const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list]) => list!.split(', '));
    const filtered = [...expr.matchAll(/[{,]\s*(\w+)\s*=/g)].map(([, name]) => name!);
    const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name!);
    for (const label of [...grouped, ...filtered]) assert.ok(labels.has(label), `${expr}: ${label}`);
    for (const label of shown) assert.ok(grouped.includes(label), `${legendFormat} of ${expr}`);
  }
});
