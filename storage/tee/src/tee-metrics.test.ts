// The numbers of a TEE worker move when it tags, refuses and judges.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MetricsRegistry } from '@cess/metrics';
import { readStrictly } from '@cess/metrics/compliance';
import { createDeferred } from '@cess/primitives';
import { description, fragmentBytes } from './test-support/enclave-fixture.js';
import { rawRequest, signedTags, startWorker } from './test-support/worker-fixture.js';

test('OBS: requests for tags are counted as served, refused or waiting, with their bytes', async () => {
  const metrics = new MetricsRegistry();
  const series = async () => readStrictly(await metrics.text());
  const fixture = await startWorker({}, { metrics });
  try {
    const keyId = new Uint8Array(32).fill(1);
    assert.equal((await rawRequest(fixture.port, signedTags(fixture, { keyId }))).status, 404);
    fixture.enclave.held = createDeferred();
    const answer = rawRequest(fixture.port, signedTags(fixture));
    while (fixture.enclave.waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    const waiting = await series();
    assert.equal(waiting.get('cess_tee_tag_requests_waiting'), 1);
    assert.equal(waiting.get('cess_tee_waiting_bytes'), fragmentBytes.length);
    assert.equal(waiting.get('cess_tee_tag_requests_served_total'), 0);
    fixture.enclave.held.resolve();
    assert.equal((await answer).status, 200);
    const now = await series();
    assert.equal(now.get('cess_tee_tag_requests_waiting'), 0);
    assert.equal(now.get('cess_tee_tag_requests_served_total'), 1);
    assert.equal(now.get('cess_tee_tagged_bytes_total'), fragmentBytes.length);
    assert.equal(now.get('cess_tee_tag_seconds_count'), 1);
    assert.equal(now.get('cess_tee_refusals_total{code="KEY_UNKNOWN"}'), 1);
    assert.equal(now.get('cess_tee_enclave_restarts_total'), 0);
    assert.deepEqual([now.get('cess_tee_verdicts_due'), now.get('cess_tee_verdicts_total{result="passed"}')], [0, 0]);
    assert.equal(description.kind, 'software');
  } finally {
    await fixture.stop();
  }
  assert.equal((await series()).has('cess_tee_verdicts_due'), false);
});
