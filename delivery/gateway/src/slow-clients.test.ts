// STORE-15: slow clients cost the gateway little of the memory that all requests share, over real sockets.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { MiB } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { bucket, put } from './test-support/raw-exchange.js';
import { RawConnection, signedHead } from './test-support/raw-s3.js';
import { startTestGateway, type TestGateway } from './test-support/test-gateway.js';

/** One segment, and a little more than what socket buffers hold. */
const size = 33_000_000;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('slow clients', () => {
  let test: TestGateway;
  const body = randomBytes(size);
  const open: RawConnection[] = [];

  const connection = () => {
    const one = new RawConnection(test.gateway.s3Endpoint);
    open.push(one);
    return one;
  };
  const store = async (key: string, bytes: Uint8Array) => {
    const client = connection();
    client.write(await signedHead(put(key, bytes.length)));
    client.write(bytes);
    assert.equal((await client.answer(60_000))?.status, 200);
    client.close();
  };
  /** Asks for an object and does not read the answer. */
  const slowGet = async (key: string) => {
    const one = connection();
    one.socket.pause();
    one.write(await signedHead({ method: 'GET', path: `/${bucket}/${key}` }));
    return one;
  };
  /** Fetches an object with the platform's client, which neither stalls nor limits its rate. */
  const fetched = async (key: string) => {
    const head = await signedHead({
      method: 'GET',
      path: `/${bucket}/${key}`,
      host: new URL(test.gateway.s3Endpoint).host,
    });
    const lines = head
      .split('\r\n')
      .slice(1)
      .filter((line) => line !== '' && !/^host:/i.test(line));
    const headers = lines.map((line): [string, string] => [
      line.slice(0, line.indexOf(':')),
      line.slice(line.indexOf(':') + 2),
    ]);
    const answer = await fetch(`${test.gateway.s3Endpoint}/${bucket}/${key}`, { headers });
    assert.equal(answer.status, 200);
    return new Uint8Array(await answer.arrayBuffer());
  };
  const closeAll = async () => {
    for (const one of open.splice(0)) one.close();
    await eventually(
      () => test.gateway.usage().requests === 0 && test.gateway.usage().memoryBytes === 0,
      () => JSON.stringify(test.gateway.usage()),
    );
  };

  before(async () => {
    // The smallest memory: one segment, or twelve stripes of readers.
    test = await startTestGateway({ memoryBudgetBytes: 96 * MiB });
    const created = connection();
    created.write(await signedHead({ method: 'PUT', path: `/${bucket}` }));
    assert.equal((await created.answer())?.status, 200);
    await store('large', body);
  });
  after(async () => {
    await closeAll();
    await test.stop();
  });

  it('downloads that stand still delay no other download and no upload', async () => {
    for (let i = 0; i < 24; i++) await slowGet('large');
    await eventually(
      () => test.gateway.usage().requests === 24,
      () => 'all slow downloads are at work',
    );
    assert.equal(sha256(await fetched('large')), sha256(body));
    await store('beside-downloads', body.subarray(0, 5_000_000));
    assert.equal(sha256(await fetched('beside-downloads')), sha256(body.subarray(0, 5_000_000)));
    await closeAll();
  });

  it('a download that stood still and goes on is whole', async () => {
    const slow = await Promise.all(Array.from({ length: 16 }, () => slowGet('large')));
    await eventually(
      () => test.gateway.usage().requests === 16,
      () => 'all slow downloads are at work',
    );
    assert.equal(sha256(await fetched('large')), sha256(body));
    const hashes = slow.map(async ({ socket }) => {
      const hash = createHash('sha256');
      let head = Buffer.alloc(0);
      let left = size;
      socket.removeAllListeners('data');
      await new Promise<void>((resolve, reject) => {
        socket.on('error', reject).on('close', () => reject(new Error('the connection ended')));
        socket.on('data', (chunk: Buffer) => {
          let bytes = chunk;
          if (left === size) {
            head = Buffer.concat([head, chunk]);
            const end = head.indexOf('\r\n\r\n');
            if (end < 0) return;
            bytes = head.subarray(end + 4);
          }
          hash.update(bytes);
          left -= bytes.length;
          if (left === 0) resolve();
        });
        socket.resume();
      });
      return hash.digest('hex');
    });
    for (const hash of await Promise.all(hashes)) assert.equal(hash, sha256(body));
    await closeAll();
  });

  it('uploads that stand still delay no other upload and no download', async () => {
    for (const [i, sent] of [10, 1_000, 100_000, 200_000, 1_000_000, 5_000_000].entries()) {
      const slow = connection();
      slow.write(await signedHead(put(`never-${i}`, size)));
      slow.write(body.subarray(0, sent));
    }
    await eventually(
      () => test.gateway.usage().requests === 6,
      () => 'all slow uploads are at work',
    );
    await store('beside-uploads', body);
    assert.equal(sha256(await fetched('beside-uploads')), sha256(body));
    await closeAll();
  });

  it('an upload that stood still and goes on is stored whole', async () => {
    const slow = connection();
    slow.write(await signedHead(put('late', size)));
    slow.write(body.subarray(0, 7_000_000));
    await store('meanwhile', body.subarray(0, 1_000_000));
    slow.write(body.subarray(7_000_000));
    assert.equal((await slow.answer(60_000))?.status, 200);
    assert.equal(sha256(await fetched('late')), sha256(body));
    await closeAll();
  });
});
