import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { InvariantError, type Metrics, noMetrics } from '@cess/primitives';
import { readStrictly, sumOf } from './compliance.js';
import { addProcessMetrics, MetricsRegistry } from './index.js';

interface ForeignFamily {
  readonly name: string;
  readonly type: string;
  readonly metrics: readonly { readonly value?: string; readonly labels?: Readonly<Record<string, string>> }[];
}
/** An independent parser of the format, which has no types. */
const foreignParse = createRequire(import.meta.url)('parse-prometheus-text-format') as (
  text: string,
) => ForeignFamily[];

function declareAll(metrics: Metrics) {
  return {
    counter: metrics.counter({ name: 'cess_test_things_total', help: 'Things', labels: ['kind'] }),
    gauge: metrics.gauge({ name: 'cess_test_level_bytes', help: 'A level' }),
    histogram: metrics.histogram({ name: 'cess_test_work_seconds', help: 'Work', labels: ['step'], buckets: [0.1, 1] }),
  };
}

const of = async (registry: MetricsRegistry) => readStrictly(await registry.text());

describe('the registry of metrics', () => {
  it('counts, sets and observes, as a strict and a foreign reader of the format see', async () => {
    const registry = new MetricsRegistry();
    const { counter, gauge, histogram } = declareAll(registry);
    counter.add(2, { kind: 'a "quoted" \\ value' });
    counter.add(1, { kind: 'b' });
    gauge.set(-1.5);
    for (const seconds of [0.05, 0.5, 5]) histogram.observe(seconds, { step: 'x' });
    const series = await of(registry);
    assert.equal(sumOf(series, 'cess_test_things_total'), 3);
    assert.equal(series.get('cess_test_level_bytes'), -1.5);
    assert.equal(series.get('cess_test_work_seconds_bucket{le="1",step="x"}'), 2);
    assert.equal(series.get('cess_test_work_seconds_sum{step="x"}'), 5.55);
    const foreign = foreignParse(await registry.text());
    assert.deepEqual(
      foreign.map(({ name, type }) => [name, type]),
      [
        ['cess_test_things_total', 'COUNTER'],
        ['cess_test_level_bytes', 'GAUGE'],
        ['cess_test_work_seconds', 'HISTOGRAM'],
      ],
    );
    assert.deepEqual(
      foreign[0]!.metrics.map(({ value, labels }) => [value, labels?.['kind']]),
      [
        ['2', 'a "quoted" \\ value'],
        ['1', 'b'],
      ],
    );
  });

  it('reads callbacks at a scrape only, each time anew', async () => {
    const registry = new MetricsRegistry();
    let asked = 0;
    registry.counter({ name: 'cess_test_asked_total', help: 'Asked' }, async () => ++asked);
    registry.gauge({ name: 'cess_test_states', help: 'By state', labels: ['state'] }, () => [
      [{ state: 'on' }, 3],
      [{ state: 'off' }, -4],
    ]);
    assert.equal(asked, 0);
    await of(registry);
    const series = await of(registry);
    assert.equal(series.get('cess_test_asked_total'), 2);
    assert.equal(series.get('cess_test_states{state="off"}'), -4);
  });

  it('concurrent scrapes each get the full value', async () => {
    const registry = new MetricsRegistry();
    registry.gauge({ name: 'cess_test_level', help: 'Level' }, async () => 7);
    const texts = await Promise.all([registry.text(), registry.text(), registry.text()]);
    for (const text of texts) assert.equal(readStrictly(text).get('cess_test_level'), 7);
  });

  it('leaves out what cannot be read, and gives the rest', async () => {
    const registry = new MetricsRegistry();
    registry.gauge({ name: 'cess_test_broken', help: 'Broken' }, () => {
      throw new Error('closed');
    });
    registry.gauge({ name: 'cess_test_absent', help: 'Absent' }, () => undefined);
    registry.gauge({ name: 'cess_test_none', help: 'None', labels: ['kind'] }, () => undefined);
    registry.gauge({ name: 'cess_test_odd', help: 'Odd' }, () => Number.NaN);
    registry.gauge({ name: 'cess_test_fine', help: 'Fine' }, () => 1);
    const series = await of(registry);
    assert.deepEqual([...series.keys()].sort(), ['cess_test_fine']);
  });

  it('keeps counts when a role declares again, and asks the newer callback', async () => {
    const registry = new MetricsRegistry();
    for (const value of [1, 2]) {
      declareAll(registry).counter.add(1, { kind: 'a' });
      registry.gauge({ name: 'cess_test_source', help: 'Source' }, () => value);
    }
    const series = await of(registry);
    assert.equal(series.get('cess_test_things_total{kind="a"}'), 2);
    assert.equal(series.get('cess_test_source'), 2);
  });

  it('does not grow without bound when labels come from somewhere they should not', async () => {
    const registry = new MetricsRegistry();
    const { counter } = declareAll(registry);
    for (let i = 0; i < 2_000; i++) counter.add(1, { kind: `k${i}` });
    assert.equal((await of(registry)).size, 513);
  });

  it('refuses names that break the conventions, and one name for two metrics', () => {
    const registry = new MetricsRegistry();
    declareAll(registry);
    assert.throws(() => registry.counter({ name: 'cess_test_things', help: 'x' }), InvariantError);
    assert.throws(() => registry.gauge({ name: 'things', help: 'x' }), InvariantError);
    assert.throws(() => registry.gauge({ name: 'cess_test_x', help: 'x', labels: ['Bad'] }), InvariantError);
    assert.throws(() => registry.gauge({ name: 'cess_test_work_seconds', help: 'x' }), InvariantError);
  });

  it('reports process metrics under their standard names', async () => {
    const registry = new MetricsRegistry();
    addProcessMetrics(registry);
    const series = await of(registry);
    assert.ok(series.get('process_resident_memory_bytes')! > 10_000_000);
    assert.ok(series.get('process_cpu_seconds_total')! > 0);
    assert.ok(Math.abs(series.get('process_start_time_seconds')! - Date.now() / 1000) < 3_600);
    assert.equal(sumOf(series, 'nodejs_version_info'), 1);
  });
});

it('counting nothing takes everything', () => {
  const { counter, gauge, histogram } = declareAll(noMetrics);
  counter.add(1, { kind: 'a' });
  gauge.set(1);
  histogram.observe(1, { step: 'x' });
});
