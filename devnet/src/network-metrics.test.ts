import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import '@cess/metrics';
import { readStrictly, sumOf } from '@cess/metrics/compliance';
import { isCessError, silentLogger } from '@cess/primitives';
import { NetworkMetrics } from './network-metrics.js';

const textOf = (value: number) => `# HELP cess_x_things Things\n# TYPE cess_x_things gauge\ncess_x_things ${value}\n`;

describe('the metrics of all roles on one port', () => {
  const metrics = new NetworkMetrics({ host: '127.0.0.1', port: 0, logger: silentLogger, timeoutMs: 50 });
  const alive = new Map([
    ['p1', textOf(1)],
    ['p2', textOf(2)],
  ]);
  before(() => metrics.start());
  after(() => metrics.stop());
  const scrape = async () => readStrictly(await (await fetch(metrics.endpoint)).text());

  it('OBS: tells roles apart by labels, and has the process once', async () => {
    metrics.registry('node', 'node').gauge({ name: 'cess_x_things', help: 'Things' }).set(4);
    metrics.add({ role: 'provider', names: ['p1', 'p2'], texts: async () => alive });
    const series = await scrape();
    assert.equal(sumOf(series, 'cess_x_things'), 7);
    assert.equal(sumOf(series, 'cess_x_things', { role: 'provider' }), 3);
    assert.equal(series.get('cess_up{name="p2",role="provider"}'), 1);
    assert.equal([...series.keys()].filter((key) => key.startsWith('process_cpu_seconds_total')).length, 1);
  });

  it('OBS: who is gone is absent and down; the others are there', async () => {
    alive.delete('p1');
    metrics.add({ role: 'gateway', names: ['gateway'], texts: async () => Promise.reject(new Error('gone')) });
    const series = await scrape();
    assert.equal(series.get('cess_up{name="p1",role="provider"}'), 0);
    assert.equal(series.get('cess_up{name="gateway",role="gateway"}'), 0);
    assert.equal(series.has('cess_x_things{name="p1",role="provider"}'), false);
    assert.equal(sumOf(series, 'cess_x_things'), 6);
  });

  it('OBS: who does not answer in time keeps nobody waiting', async () => {
    metrics.add({ role: 'tee', names: ['tee-01'], texts: () => new Promise(() => {}) });
    const series = await scrape();
    assert.equal(series.get('cess_up{name="tee-01",role="tee"}'), 0);
    assert.equal(series.get('cess_up{name="node",role="node"}'), 1);
  });

  it('OBS: a port in use is told as such', async () => {
    const { port } = new URL(metrics.endpoint);
    const second = new NetworkMetrics({ host: '127.0.0.1', port: Number(port), logger: silentLogger });
    await assert.rejects(second.start(), (error) => isCessError(error, 'METRICS_PORT_IN_USE'));
    await second.stop();
  });
});
