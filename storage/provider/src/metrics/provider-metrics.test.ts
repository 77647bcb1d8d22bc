// The numbers of a provider move when it does something, and only then.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MetricsRegistry } from '@cess/metrics';
import { readStrictly, sumOf } from '@cess/metrics/compliance';
import { CessError } from '@cess/primitives';
import { fragmentRootOf } from '@cess/sealing';
import type { FileFragment } from '../holdings/place.js';
import type { TagMaking } from '../tagging/tag-maker.js';
import { placeOf, rawRequest, readFrom, startProvider, testBytes } from '../test-support/provider-fixture.js';
import { observedTagMaker } from './observed-tag-maker.js';
import { ProviderMetrics } from './provider-metrics.js';

test('OBS: stores, reads, deletions and refusals are counted with their bytes', async () => {
  const metrics = new MetricsRegistry();
  const fixture = await startProvider({}, { metrics });
  const series = async () => readStrictly(await metrics.text());
  try {
    const before = await series();
    assert.equal(before.get('cess_provider_fragments'), 0);
    assert.equal(before.get('cess_provider_declared_bytes'), 50_000_000);
    const bytes = testBytes(100_000);
    const root = fragmentRootOf(bytes);
    await fixture.client.putFragment(fixture.address, placeOf(1), root, [bytes]);
    await readFrom(fixture, root, 40_000, 10_000);
    await rawRequest(fixture.provider.port, { method: 'GET', path: '/nothing' });
    // Served bytes are counted after the last one was sent; the reader may have it before.
    let now = await series();
    while (now.get('cess_provider_read_bytes_total') === 0) now = await series();
    assert.equal(now.get('cess_provider_fragments'), 1);
    assert.equal(now.get('cess_provider_uploaded_bytes_total'), 100_000);
    assert.equal(now.get('cess_provider_read_bytes_total'), 40_000);
    assert.equal(now.get('cess_provider_receipts_total'), 1);
    assert.equal(now.get('cess_provider_refusals_total{code="ROUTE_UNKNOWN"}'), 1);
    assert.equal(now.get('cess_provider_request_seconds_count{operation="upload"}'), 1);
    assert.equal(now.get('cess_provider_request_seconds_count{operation="read"}'), 1);
    assert.ok(now.get('cess_provider_used_bytes')! >= 100_000);
    assert.ok(now.get('cess_provider_free_bytes')! < 50_000_000);
    await fixture.client.deleteFragment(fixture.address, placeOf(1));
    const after = await series();
    assert.equal(after.get('cess_provider_fragments'), 0);
    assert.equal(after.get('cess_provider_request_seconds_count{operation="delete"}'), 1);
  } finally {
    await fixture.stop();
  }
  const stopped = await series();
  assert.equal(stopped.has('cess_provider_fragments'), false, 'a stopped provider tells nothing of its present');
  assert.equal(stopped.get('cess_provider_uploaded_bytes_total'), 100_000);
});

test('OBS: rounds of this provider are counted by outcome, those of others are not', async () => {
  const metrics = new MetricsRegistry();
  const fixture = await startProvider({}, { metrics });
  try {
    const keyId = new Uint8Array(32).fill(9);
    const round = { keyId, round: 1 };
    await fixture.chain.finalize(
      { type: 'challenged', ...round, provider: 5 },
      { type: 'challenged', ...round, provider: 6 },
    );
    await fixture.chain.finalize(
      { type: 'closed', ...round, provider: 5, outcome: 'Passed' },
      { type: 'closed', ...round, provider: 6, outcome: 'Invalid' },
    );
    await fixture.chain.finalize({ type: 'closed', ...round, provider: 5, outcome: 'Late' });
    const series = readStrictly(await metrics.text());
    assert.equal(series.get('cess_provider_challenges_total'), 1);
    assert.equal(series.get('cess_provider_rounds_total{outcome="passed"}'), 1);
    assert.equal(series.get('cess_provider_rounds_total{outcome="late"}'), 1);
    assert.equal(sumOf(series, 'cess_provider_rounds_total'), 2);
    assert.equal(series.get('cess_provider_last_passed_block'), 2);
    fixture.clock.ms += 12_500;
    assert.equal(readStrictly(await metrics.text()).get('cess_provider_chain_lag_seconds'), 12.5);
  } finally {
    await fixture.stop();
  }
});

test('OBS: failures of tagging are told apart by codes of ours, whatever a worker says', async () => {
  const registry = new MetricsRegistry();
  const metrics = new ProviderMetrics(registry, () => undefined);
  const { signal } = new AbortController();
  const held = {} as FileFragment;
  const make = (work: () => Promise<void>) => {
    const maker: TagMaking = { make: work, keyWithSrs: () => Promise.reject(new Error('not used')) };
    return observedTagMaker(maker, metrics).make(held, 5, undefined, signal);
  };
  const fail = (error: unknown) =>
    assert.rejects(
      make(() => Promise.reject(error)),
      (thrown) => thrown === error,
    );
  await make(async () => {});
  await fail(new CessError('TEE_REFUSED', 'no', { teeCode: 'TEE_BUSY' }));
  await fail(new CessError('TEE_REFUSED', 'no', { teeCode: 'made-up-by-a-worker' }));
  await fail(new Error('a surprise'));
  const series = readStrictly(await registry.text());
  assert.equal(series.get('cess_provider_tag_seconds_count'), 1);
  for (const reason of ['TEE_BUSY', 'TEE_REFUSED', 'UNEXPECTED']) {
    assert.equal(series.get(`cess_provider_tag_failures_total{reason="${reason}"}`), 1, reason);
  }
});
