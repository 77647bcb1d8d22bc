// Limits of an account over real sockets.
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { CreateBucketCommand, ListBucketsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { query } from '../test-support/query-client.js';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { foreignCredentials, startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

/** So low that no bucket refills during a test. */
const never = 1e-6;

describe('the limits of an account', () => {
  let test: TestGateway;
  afterEach(() => test.stop());

  it('answer SlowDown to its requests, and leave other accounts alone', async () => {
    test = await startTestGateway({ limits: { requestsPerSecond: never }, hasForeignAccount: true });
    const client = sdkClient(test);
    await client.send(new ListBucketsCommand({}));
    await refuses('SlowDown', 503, client.send(new ListBucketsCommand({})));
    const throttled = await query(test, { Action: 'ListUsers' });
    assert.deepEqual([throttled.status, throttled.code], [400, 'Throttling']);
    const other = sdkClient(test, { credentials: foreignCredentials });
    await other.send(new ListBucketsCommand({}));
    await other.send(new ListBucketsCommand({}));
  });

  it('say when to come again', async () => {
    test = await startTestGateway({ limits: { requestsPerSecond: never } });
    const client = sdkClient(test);
    await client.send(new ListBucketsCommand({}));
    await assert.rejects(client.send(new ListBucketsCommand({})), (error: { $response?: { headers?: object } }) => {
      assert.match(JSON.stringify(error.$response?.headers), /"retry-after":"[1-9]\d*"/);
      return true;
    });
  });

  it('let a transfer end that exceeds them, and refuse the next request', async () => {
    test = await startTestGateway({ limits: { bytesPerSecond: 50_000 } });
    const client = sdkClient(test);
    await client.send(new CreateBucketCommand({ Bucket: 'limited' }));
    await client.send(new PutObjectCommand({ Bucket: 'limited', Key: 'k', Body: new Uint8Array(3_000_000) }));
    await refuses('SlowDown', 503, client.send(new ListBucketsCommand({})));
  });
});
