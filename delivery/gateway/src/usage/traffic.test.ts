// Requests and traffic of accounts over real sockets: which account a request counts for, and how many bytes.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { LocalBackend, UsageTable } from '@cess/object-index';
import { admin } from '../test-support/admin-client.js';
import { query } from '../test-support/query-client.js';
import { type RawAnswer, RawConnection, signedHead } from '../test-support/raw-s3.js';
import { anonymous, assertAnswer, foreign, sender } from '../test-support/requests.js';
import { foreignOwner, startTestGateway, type TestGateway, testOwner } from '../test-support/test-gateway.js';

let test: TestGateway;
const send = sender(() => test);
beforeEach(async () => {
  test = await startTestGateway({ hasForeignAccount: true });
  test.chain.stalled = true;
});

/** What the index has after a clean stop. */
async function trafficAfterStop(owner: Uint8Array) {
  const table = new UsageTable(new LocalBackend(test.kv));
  await table.add(owner, { timeMs: Date.now(), objects: 0, versions: 0, bytes: 0 });
  const sum = { requests: 0, receivedBytes: 0, sentBytes: 0 };
  for (const { requests, receivedBytes, sentBytes } of await table.list(owner, 'hour', 0)) {
    sum.requests += requests;
    sum.receivedBytes += receivedBytes;
    sum.sentBytes += sentBytes;
  }
  return sum;
}

const lengthOf = ({ head, body }: RawAnswer) => head.length + 4 + Buffer.byteLength(body);

describe('requests and traffic of an account', () => {
  it('are every byte of its requests and their answers, over connections that go on', async () => {
    const connection = new RawConnection(test.gateway.s3Endpoint);
    let [receivedBytes, sentBytes] = [0, 0];
    const exchange = async (method: string, path: string, body = '') => {
      const headers = body === '' ? {} : { 'content-length': String(body.length) };
      const sent = (await signedHead({ method, path, headers })) + body;
      connection.write(sent);
      const answer = await connection.answer();
      assert.equal(answer?.status, 200, answer?.body);
      receivedBytes += sent.length;
      sentBytes += lengthOf(answer);
    };
    await exchange('PUT', '/counted');
    // With the head in one packet, and in many.
    await exchange('PUT', '/counted/small', 'abc');
    await exchange('PUT', '/counted/large', 'x'.repeat(300_000));
    await exchange('GET', '/counted/large');
    connection.close();
    await test.stop();
    assert.deepEqual(await trafficAfterStop(testOwner), { requests: 4, receivedBytes, sentBytes });
    assert.deepEqual((await trafficAfterStop(foreignOwner)).requests, 0);
  });

  it('of requests that are sent before the answer to the one before them are counted once', async () => {
    const connection = new RawConnection(test.gateway.s3Endpoint);
    let [receivedBytes, sentBytes, requests] = [0, 0, 0];
    const send = async (method: string, path: string, body = '') => {
      const headers = body === '' ? {} : { 'content-length': String(body.length) };
      const sent = (await signedHead({ method, path, headers })) + body;
      connection.write(sent);
      receivedBytes += sent.length;
      requests++;
    };
    const answered = async () => {
      const answer = await connection.answer();
      assert.equal(answer?.status, 200, answer?.body);
      sentBytes += lengthOf(answer);
    };
    await send('PUT', '/counted');
    await answered();
    await send('PUT', '/counted/large', 'x'.repeat(300_000));
    await answered();
    for (let i = 0; i < 4; i++) await send('GET', '/counted/large');
    for (let i = 0; i < 4; i++) await answered();
    connection.close();
    await test.stop();
    assert.deepEqual(await trafficAfterStop(testOwner), { requests, receivedBytes, sentBytes });
  });

  it('are those of the caller, anonymous ones those of the owner of the bucket, and nobody has those with a wrong signature', async () => {
    assertAnswer(await send('PUT', '/counted'), 200);
    assertAnswer(await send('GET', '/counted/none', anonymous), 403, 'AccessDenied');
    assertAnswer(await send('GET', '/counted/none', foreign), 403, 'AccessDenied');
    const credentials = { accessKeyId: 'TESTKEY', secretAccessKey: 'wrong' };
    assertAnswer(await send('GET', '/counted/none', { credentials }), 403, 'SignatureDoesNotMatch');
    assertAnswer(await send('GET', '/no-such-bucket', anonymous), 404, 'NoSuchBucket');
    await test.stop();
    assert.equal((await trafficAfterStop(testOwner)).requests, 2);
    assert.equal((await trafficAfterStop(foreignOwner)).requests, 1);
  });

  it('are not those of the admin API and of IAM', async () => {
    assert.equal((await admin(test, 'GET', '/account')).status, 200);
    assert.equal((await query(test, { Action: 'ListUsers' })).status, 200);
    await test.stop();
    assert.equal((await trafficAfterStop(testOwner)).requests, 0);
  });
});
