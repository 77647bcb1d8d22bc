// The numbers of a gateway move when clients store and read, and when providers fail it.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { MetricsRegistry } from '@cess/metrics';
import { readStrictly, sumOf } from '@cess/metrics/compliance';
import { eventually } from '@cess/primitives/testing';
import { startTestGateway, testCredentials, testRegion } from './test-support/test-gateway.js';

const Bucket = 'observed';

test('OBS: requests, bytes, placements, decoding and the backlog are counted', async () => {
  const metrics = new MetricsRegistry();
  const series = async () => readStrictly(await metrics.text());
  const running = await startTestGateway({ metrics, quotaBytes: 1_000_000_000 });
  const client = new S3Client({
    endpoint: running.gateway.s3Endpoint,
    region: testRegion,
    credentials: testCredentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
  try {
    running.chain.stalled = true;
    await client.send(new CreateBucketCommand({ Bucket }));
    // One provider of sixteen refuses: whoever is drawn with it gets another.
    running.providers[3]!.fault = (kind) => (kind === 'put' ? 'refuse' : 'none');
    const Body = randomBytes(300_000);
    for (const Key of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'])
      await client.send(new PutObjectCommand({ Bucket, Key, Body }));
    const stored = await series();
    assert.equal(stored.get('cess_gateway_s3_requests_total{operation="PutObject",status="2xx"}'), 8);
    assert.equal(stored.get('cess_gateway_s3_request_seconds_count{operation="PutObject"}'), 8);
    assert.ok(stored.get('cess_gateway_s3_received_bytes_total')! > 8 * Body.length);
    assert.ok(stored.get('cess_gateway_placed_fragments_total')! >= 8 * 10);
    assert.ok(stored.get('cess_gateway_replaced_placements_total')! >= 1);
    assert.equal(stored.get('cess_gateway_providers{state="suspect"}'), 1);
    assert.equal(stored.get('cess_gateway_undeclared_files'), 8);
    assert.ok(stored.get('cess_gateway_oldest_undeclared_seconds')! >= 0);
    assert.ok(stored.get('cess_gateway_quota_available_bytes')! < 1_000_000_000);
    assert.equal(
      stored.get('cess_gateway_quota_least_available_bytes'),
      stored.get('cess_gateway_quota_available_bytes'),
    );

    // Nobody gives data shards any more but by chance: they are computed.
    const [extent] = (await running.gateway.index.getObject({ bucket: Bucket, key: 'a' }))!.extents;
    const { holder } = (await running.gateway.index.getSegment(extent!.fileId, 0))!.fragments[0]!;
    running.providers[holder!]!.fault = (kind) => (kind === 'get' ? 'refuse' : 'none');
    const answer = await client.send(new GetObjectCommand({ Bucket, Key: 'a' }));
    assert.deepEqual(Buffer.from(await answer.Body!.transformToByteArray()), Body);
    await assert.rejects(client.send(new GetObjectCommand({ Bucket, Key: 'nothing' })));
    const read = await series();
    assert.equal(read.get('cess_gateway_decoded_stripes_total'), 1);
    assert.ok(read.get('cess_gateway_s3_sent_bytes_total')! > Body.length);
    assert.equal(read.get('cess_gateway_s3_requests_total{operation="GetObject",status="4xx"}'), 1);
    assert.equal(read.get('cess_gateway_memory_used_bytes'), 0);
    assert.equal(read.get('cess_gateway_spilled_bytes'), 0);
    assert.equal(sumOf(read, 'cess_gateway_s3_active_requests'), 0);

    running.chain.refusedHolders.add(7);
    running.chain.stalled = false;
    await eventually(async () => (await running.gateway.backlog()) === 0, 'all files are declared');
    const declared = await series();
    assert.equal(declared.get('cess_gateway_declared_files_total'), 8);
    assert.ok(declared.get('cess_gateway_refused_holders_total')! > 0);
    assert.equal(declared.get('cess_gateway_oldest_undeclared_seconds'), 0);
  } finally {
    client.destroy();
    await running.stop();
  }
});

test('OBS: no label comes from what clients send', async () => {
  const metrics = new MetricsRegistry();
  const running = await startTestGateway({ metrics });
  try {
    for (const path of ['/secret-bucket/secret-key', '/?secret=1', '/secret%20name']) {
      await fetch(running.gateway.s3Endpoint + path, { method: 'GET', headers: { authorization: 'secret' } });
    }
    const text = await metrics.text();
    assert.doesNotMatch(text, /secret|TESTKEY/);
    assert.equal(readStrictly(text).get('cess_gateway_s3_requests_total{operation="none",status="4xx"}'), 3);
  } finally {
    await running.stop();
  }
});
