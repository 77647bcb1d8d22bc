// What broken and hostile clients do with connections: the answer that Amazon documents, and nothing left behind: no
// object, no fragment, no quota, no memory, no request in progress.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { eventually } from '@cess/primitives/testing';
import {
  bucket,
  exchange,
  holdings,
  isAgain,
  leavesNothing,
  put,
  startExchangeGateway,
} from '../test-support/raw-exchange.js';
import { RawConnection, type RawRequest, signedHead } from '../test-support/raw-s3.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const megabyte = randomBytes(1_000_000);

describe('broken connections', () => {
  let test: TestGateway;
  before(async () => {
    test = await startExchangeGateway(megabyte);
  });
  after(() => test.stop());

  it('a body cut short by the client: IncompleteBody', () =>
    leavesNothing(test, async () => {
      const connection = new RawConnection(test.gateway.s3Endpoint);
      connection.write(await signedHead(put('cut', megabyte.length)));
      connection.write(megabyte.subarray(0, 500_000));
      connection.socket.end();
      const answer = await connection.answer();
      assert.equal(answer?.code, 'IncompleteBody');
      connection.close();
    }));

  it('a client that goes away in the middle of its body', () =>
    leavesNothing(test, async () => {
      const connection = new RawConnection(test.gateway.s3Endpoint);
      connection.write(await signedHead(put('gone', 50_000_000)));
      connection.write(randomBytes(40_000_000));
      await eventually(() => test.gateway.usage().memoryBytes > 0, 'the upload is under way');
      connection.close();
    }));

  it('a client that stops sending: RequestTimeout', () =>
    leavesNothing(test, async () => {
      const connection = new RawConnection(test.gateway.s3Endpoint);
      connection.write(await signedHead(put('slow', megabyte.length)));
      connection.write(megabyte.subarray(0, 100_000));
      const answer = await connection.answer();
      assert.deepEqual([answer?.status, answer?.code], [400, 'RequestTimeout']);
      await connection.ended();
      connection.close();
    }));

  it('a client that sends a byte now and then: RequestTimeout all the same', () =>
    leavesNothing(test, async () => {
      const connection = new RawConnection(test.gateway.s3Endpoint);
      connection.write(await signedHead(put('drip', megabyte.length)));
      const drip = setInterval(() => connection.write('x'), 50);
      const answer = await connection.answer();
      clearInterval(drip);
      assert.equal(answer?.code, 'RequestTimeout');
      connection.close();
    }));

  it('Expect: 100-continue is refused before the body is asked for', () =>
    leavesNothing(test, async () => {
      const refused: readonly (readonly [RawRequest, string])[] = [
        [{ ...put('a', 1000, { expect: '100-continue' }), path: '/no-such-bucket/a' }, 'NoSuchBucket'],
        [put('a', 2 ** 30, { expect: '100-continue' }), 'AccessDenied'],
        [put('kept', 1000, { expect: '100-continue', 'if-none-match': '*' }), 'PreconditionFailed'],
        [put('a', 6 * 2 ** 30, { expect: '100-continue' }), 'EntityTooLarge'],
      ];
      for (const [request, code] of refused) assert.equal((await exchange(test, request))?.code, code);
      const connection = new RawConnection(test.gateway.s3Endpoint);
      connection.write(
        await signedHead(
          put('asked', 3, { expect: '100-continue', 'content-md5': Buffer.alloc(16).toString('base64') }),
        ),
      );
      assert.equal((await connection.answer())?.status, 100);
      connection.write('abc');
      assert.equal((await connection.answer())?.code, 'BadDigest');
      connection.close();
    }));

  it('an empty Expect header states nothing, and a target in absolute form is that of its path', async () => {
    const stored = await exchange(test, put('unexpected', 3, { expect: '' }), 'abc');
    assert.equal(stored?.status, 200);
    const connection = new RawConnection(test.gateway.s3Endpoint);
    const head = await signedHead({ method: 'GET', path: `/${bucket}/unexpected` });
    connection.write(head.replace('GET /', 'GET http://localhost/'));
    const answer = await connection.answer();
    assert.deepEqual([answer?.status, answer?.body], [200, 'abc']);
    connection.close();
    assert.equal((await exchange(test, { method: 'DELETE', path: `/${bucket}/unexpected` }))?.status, 204);
  });

  it('a transfer encoding that is not known is answered 501', () =>
    leavesNothing(test, async () => {
      const head = await signedHead({ method: 'PUT', path: `/${bucket}/a`, headers: { 'transfer-encoding': 'gzip' } });
      const connection = new RawConnection(test.gateway.s3Endpoint);
      connection.write(head);
      connection.write('abc');
      assert.equal((await connection.answer())?.status, 501);
      connection.close();
    }));

  it('an upload that fails half-way is answered although the client is still sending', () =>
    leavesNothing(test, async () => {
      for (const provider of test.providers) provider.fault = (kind) => (kind === 'put' ? 'refuse' : 'none');
      const connection = new RawConnection(test.gateway.s3Endpoint);
      connection.write(await signedHead(put('failing', 60_000_000)));
      connection.write(randomBytes(35_000_000));
      const more = setInterval(() => connection.write(megabyte.subarray(0, 100_000)), 50);
      const answer = await connection.answer(20_000);
      clearInterval(more);
      assert.deepEqual([answer?.status, answer?.code], [503, 'ServiceUnavailable']);
      connection.close();
      for (const provider of test.providers) provider.fault = () => 'none';
    }));

  it('an error does not end a connection whose request was complete; garbage does', () =>
    leavesNothing(test, async () => {
      const connection = new RawConnection(test.gateway.s3Endpoint);
      for (let i = 0; i < 15; i++) {
        connection.write(await signedHead({ method: 'GET', path: `/${bucket}/nothing` }));
        assert.equal((await connection.answer())?.code, 'NoSuchKey');
      }
      connection.write(await signedHead({ method: 'HEAD', path: `/${bucket}/nothing` }));
      const head = await connection.answer();
      assert.deepEqual([head?.status, head?.body], [404, '']);
      connection.write('\u0000\u0001 this is not HTTP\r\n\r\n');
      assert.equal((await connection.answer())?.status, 400);
      await connection.ended();
      connection.close();
    }));

  it('garbage behind a complete request: the request is answered, then the connection ends', () =>
    leavesNothing(test, async () => {
      const connection = new RawConnection(test.gateway.s3Endpoint);
      // In one write, and with a body to verify: the gateway sees the garbage before it can answer the request.
      const head = await signedHead(put('kept', 3, { 'content-md5': Buffer.alloc(16).toString('base64') }));
      connection.write(`${head}abc\u0000\u0001garbage\r\n\r\n`);
      const answer = await connection.answer();
      assert.deepEqual([answer?.status, answer?.code], [400, 'BadDigest']);
      await connection.ended();
      connection.close();
    }));

  it('a client that goes away while it reads, also with requests in a pipeline', () =>
    leavesNothing(test, async () => {
      const head = await signedHead({ method: 'GET', path: `/${bucket}/kept` });
      for (let i = 0; i < 3; i++) {
        const connection = new RawConnection(test.gateway.s3Endpoint);
        connection.socket.pause();
        connection.write(head.repeat(10));
        await eventually(() => test.gateway.usage().requests > 0, 'the requests are at work');
        connection.close();
      }
    }));

  it('a client that stops reading is cut off, and its memory is free again', async () => {
    const large = randomBytes(30_000_000);
    assert.equal((await exchange(test, put('large', large.length), large))?.status, 200);
    await leavesNothing(test, async () => {
      const connection = new RawConnection(test.gateway.s3Endpoint);
      connection.socket.pause();
      connection.write(await signedHead({ method: 'GET', path: `/${bucket}/large` }));
      await eventually(() => test.gateway.usage().memoryBytes > 0, 'the read is under way');
      await eventually(() => test.gateway.usage().requests === 0, 'the read has been given up');
      connection.close();
    });
  });

  it('too many requests in one pipeline are refused', () =>
    leavesNothing(test, async () => {
      const connection = new RawConnection(test.gateway.s3Endpoint);
      const head = await signedHead({ method: 'GET', path: `/${bucket}/kept` });
      connection.write(head.repeat(40));
      const codes: (string | number | undefined)[] = [];
      for (let i = 0; i < 40; i++) {
        const answer = await connection.answer();
        if (answer === undefined) break;
        codes.push(answer.code ?? answer.status);
      }
      assert.ok(codes.includes(200));
      assert.ok(codes.every((code) => code === 200 || code === 'SlowDown'));
      connection.close();
    }));

  it('what was stored before is still there, byte for byte', async () => {
    const answer = await exchange(test, { method: 'GET', path: `/${bucket}/kept`, headers: { range: 'bytes=0-9' } });
    assert.equal(answer?.status, 206);
    assert.equal(answer?.body, megabyte.toString('utf8', 0, 10));
  });
});

describe('too few providers', () => {
  it('below the quorum an upload is answered 503 at once and leaves nothing', async () => {
    const test = await startTestGateway({ providers: 9 });
    try {
      assert.equal((await exchange(test, { method: 'PUT', path: `/${bucket}` }))?.status, 200);
      const earlier = await holdings(test);
      const answer = await exchange(test, put('a', megabyte.length), megabyte);
      assert.deepEqual([answer?.status, answer?.code], [503, 'ServiceUnavailable']);
      await isAgain(test, earlier);
    } finally {
      await test.stop();
    }
  });
});

describe('a gateway that stops', () => {
  it('ends uploads under way within seconds', async () => {
    const test = await startTestGateway();
    await exchange(test, { method: 'PUT', path: `/${bucket}` });
    const connection = new RawConnection(test.gateway.s3Endpoint);
    connection.write(await signedHead(put('half', 50_000_000)));
    connection.write(randomBytes(1_000_000));
    await eventually(() => test.gateway.usage().requests === 1, 'the upload is under way');
    // It would hang if it waited for the rest of the body.
    await test.stop();
    assert.equal(await test.gateway.index.getObject({ bucket, key: 'half' }), undefined);
    await eventually(() => test.gateway.usage().memoryBytes === 0, 'memory that is free');
    connection.close();
  });
});
