// What strangers and broken clients send: the error that Amazon documents, and nothing left behind: no object, no
// fragment, no quota, no memory, no request at work.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { bucket, eventually, exchange, holdings, put } from '../test-support/raw-exchange.js';
import { RawConnection, type RawRequest, signedHead } from '../test-support/raw-s3.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const megabyte = randomBytes(1_000_000);
const sha256 = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
const chunkedHeaders = (decoded: number) => ({
  'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'x-amz-decoded-content-length': String(decoded),
  'x-amz-trailer': 'x-amz-checksum-crc32',
});

describe('bad input', () => {
  let test: TestGateway;
  before(async () => {
    test = await startTestGateway({ quotaBytes: 2 ** 31, s3IdleTimeoutMs: 400 });
    // Declarations would change the quota meanwhile.
    test.chain.stalled = true;
    const created = await exchange(test, { method: 'PUT', path: `/${bucket}` });
    assert.equal(created?.status, 200);
    const stored = await exchange(test, put('kept', megabyte.length), megabyte);
    assert.equal(stored?.status, 200);
  });
  after(() => test.stop());

  async function leavesNothing(act: () => Promise<void>): Promise<void> {
    await eventually(
      () => test.gateway.usage().requests === 0,
      () => 'earlier requests',
    );
    const earlier = holdings(test);
    await act();
    await eventually(
      () => holdings(test) === earlier,
      () => `${holdings(test)} is ${earlier}`,
    );
  }

  interface Case {
    readonly name: string;
    readonly status: number;
    readonly code: string;
    readonly request: RawRequest;
    readonly body?: string | Uint8Array;
    /** Changes the signed head. */
    readonly tamper?: (head: string) => string;
  }

  const cases: readonly Case[] = [
    {
      name: 'a wrong signature',
      status: 403,
      code: 'SignatureDoesNotMatch',
      request: put('a', megabyte.length),
      body: megabyte,
      tamper: (head) => head.replace(/Signature=.{6}/, 'Signature=000000'),
    },
    {
      name: 'a date 20 minutes off',
      status: 403,
      code: 'RequestTimeTooSkewed',
      request: { ...put('a', megabyte.length), date: new Date(Date.now() - 20 * 60_000) },
      body: megabyte,
    },
    {
      name: 'an unknown access key',
      status: 403,
      code: 'InvalidAccessKeyId',
      request: put('a', 3),
      body: 'abc',
      tamper: (head) => head.replace('Credential=TESTKEY', 'Credential=NOBODY'),
    },
    {
      name: 'no credentials at all',
      status: 403,
      code: 'AccessDenied',
      request: put('a', 3),
      body: 'abc',
      tamper: (head) => head.replace(/authorization: .*\r\n/, ''),
    },
    {
      name: 'another body than was signed',
      status: 400,
      code: 'XAmzContentSHA256Mismatch',
      request: put('a', megabyte.length, { 'x-amz-content-sha256': sha256(Buffer.from('other')) }),
      body: megabyte,
    },
    {
      name: 'another MD5 than stated',
      status: 400,
      code: 'BadDigest',
      request: put('a', megabyte.length, { 'content-md5': Buffer.alloc(16).toString('base64') }),
      body: megabyte,
    },
    {
      name: 'another checksum than stated',
      status: 400,
      code: 'BadDigest',
      request: put('a', megabyte.length, { 'x-amz-checksum-crc32c': 'AAAAAA==' }),
      body: megabyte,
    },
    {
      name: 'chunk framing that is none',
      status: 403,
      code: 'InvalidChunkSizeError',
      request: put('a', 12, chunkedHeaders(5)),
      body: 'garbage\r\n\r\n!',
    },
    {
      name: 'an announced checksum that does not come',
      status: 400,
      code: 'MalformedTrailerError',
      request: put('a', 15, chunkedHeaders(5)),
      body: '5\r\nhello\r\n0\r\n\r\n',
    },
    {
      name: 'a chunked body that ends before its last chunk',
      status: 400,
      code: 'IncompleteBody',
      request: put('a', 10, chunkedHeaders(5)),
      body: '5\r\nhello\r\n',
    },
    {
      name: 'a bucket that does not exist',
      status: 404,
      code: 'NoSuchBucket',
      request: { ...put('a', 3), path: '/no-such-bucket/a' },
      body: 'abc',
    },
    {
      name: 'a bucket whose name cannot exist',
      status: 404,
      code: 'NoSuchBucket',
      request: { ...put('a', 3), path: `/${'b'.repeat(3000)}/a` },
      body: 'abc',
    },
    {
      name: 'a body without length',
      status: 411,
      code: 'MissingContentLength',
      request: { method: 'PUT', path: `/${bucket}/a`, headers: { 'transfer-encoding': 'chunked' } },
      body: '3\r\nabc\r\n0\r\n\r\n',
    },
    {
      name: 'a body larger than 5 GiB',
      status: 400,
      code: 'EntityTooLarge',
      request: put('a', 5 * 2 ** 30 + 1),
    },
    {
      name: 'more than the quota',
      status: 403,
      code: 'AccessDenied',
      request: put('a', 2 ** 30),
    },
    {
      name: 'a key of 1025 bytes',
      status: 400,
      code: 'KeyTooLongError',
      request: put('k'.repeat(1025), 3),
      body: 'abc',
    },
    { name: 'a key with a zero byte', status: 400, code: 'InvalidArgument', request: put('a%00b', 3), body: 'abc' },
    { name: 'an escape that is no UTF-8', status: 400, code: 'InvalidURI', request: put('a%FF', 3), body: 'abc' },
    {
      name: 'a bucket name against the rules',
      status: 400,
      code: 'InvalidBucketName',
      request: { method: 'PUT', path: '/UPPER_case' },
    },
    {
      name: 'an upload id without part number',
      status: 400,
      code: 'InvalidArgument',
      request: { ...put('kept', 3), query: { uploadId: '0'.repeat(32) } },
      body: 'abc',
    },
    {
      name: 'a part of an upload that does not exist',
      status: 404,
      code: 'NoSuchUpload',
      request: { ...put('a', 3), query: { uploadId: '0'.repeat(32), partNumber: '1' } },
      body: 'abc',
    },
    {
      name: 'a part number of 0',
      status: 400,
      code: 'InvalidArgument',
      request: { ...put('a', 3), query: { uploadId: '0'.repeat(32), partNumber: '0' } },
      body: 'abc',
    },
    {
      name: 'XML that is none',
      status: 400,
      code: 'MalformedXML',
      request: {
        method: 'POST',
        path: `/${bucket}`,
        query: { delete: '' },
        headers: { 'content-length': '8', 'content-md5': createHash('md5').update('<Delete>').digest('base64') },
      },
      body: '<Delete>',
    },
    {
      name: 'DeleteObjects without a digest',
      status: 400,
      code: 'InvalidRequest',
      request: { method: 'POST', path: `/${bucket}`, query: { delete: '' }, headers: { 'content-length': '8' } },
      body: '<Delete>',
    },
    {
      name: 'a range behind the end',
      status: 416,
      code: 'InvalidRange',
      request: { method: 'GET', path: `/${bucket}/kept`, headers: { range: 'bytes=1000000-' } },
    },
    {
      name: 'a sub-resource that is not offered',
      status: 501,
      code: 'NotImplemented',
      request: { method: 'PUT', path: `/${bucket}/kept`, query: { tagging: '' }, headers: { 'content-length': '0' } },
    },
    {
      name: 'an unknown method',
      status: 405,
      code: 'MethodNotAllowed',
      request: { method: 'PATCH', path: `/${bucket}/a` },
    },
    {
      name: 'a response header with a line end',
      status: 400,
      code: 'InvalidArgument',
      request: { method: 'GET', path: `/${bucket}/kept`, query: { 'response-content-type': 'a\r\nset-cookie: b' } },
    },
    {
      name: 'a virtual-hosted request',
      status: 400,
      code: 'InvalidRequest',
      request: { method: 'GET', path: '/kept', host: `${bucket}.localhost` },
    },
    {
      name: 'a list marker longer than any key',
      status: 200,
      code: '',
      request: { method: 'GET', path: `/${bucket}`, query: { marker: 'z'.repeat(5000) } },
    },
    {
      name: 'a list prefix longer than any key',
      status: 200,
      code: '',
      request: { method: 'GET', path: `/${bucket}`, query: { prefix: 'z'.repeat(5000) } },
    },
    {
      name: 'a continuation token that is none',
      status: 400,
      code: 'InvalidArgument',
      request: { method: 'GET', path: `/${bucket}`, query: { 'list-type': '2', 'continuation-token': '***' } },
    },
  ];
  for (const { name, status, code, request, body, tamper } of cases) {
    it(`${name}: ${status} ${code}`, () =>
      leavesNothing(async () => {
        const connection = new RawConnection(test.gateway.s3Endpoint);
        const head = await signedHead(request);
        connection.write(tamper === undefined ? head : tamper(head));
        if (body !== undefined) connection.write(body);
        const answer = await connection.answer();
        assert.deepEqual({ status: answer?.status, code: answer?.code ?? '' }, { status, code }, answer?.body);
        connection.close();
      }));
  }

  it('a body cut short by the client: IncompleteBody', () =>
    leavesNothing(async () => {
      const connection = new RawConnection(test.gateway.s3Endpoint);
      connection.write(await signedHead(put('cut', megabyte.length)));
      connection.write(megabyte.subarray(0, 500_000));
      connection.socket.end();
      const answer = await connection.answer();
      assert.equal(answer?.code, 'IncompleteBody');
      connection.close();
    }));

  it('a client that goes away in the middle of its body', () =>
    leavesNothing(async () => {
      const connection = new RawConnection(test.gateway.s3Endpoint);
      connection.write(await signedHead(put('gone', 50_000_000)));
      connection.write(randomBytes(40_000_000));
      await eventually(
        () => test.gateway.usage().memoryBytes > 0,
        () => 'the upload is under way',
      );
      connection.close();
    }));

  it('a client that stops sending: RequestTimeout', () =>
    leavesNothing(async () => {
      const connection = new RawConnection(test.gateway.s3Endpoint);
      connection.write(await signedHead(put('slow', megabyte.length)));
      connection.write(megabyte.subarray(0, 100_000));
      const answer = await connection.answer();
      assert.deepEqual([answer?.status, answer?.code], [400, 'RequestTimeout']);
      await connection.ended();
      connection.close();
    }));

  it('a client that sends a byte now and then: RequestTimeout all the same', () =>
    leavesNothing(async () => {
      const connection = new RawConnection(test.gateway.s3Endpoint);
      connection.write(await signedHead(put('drip', megabyte.length)));
      const drip = setInterval(() => connection.write('x'), 50);
      const answer = await connection.answer();
      clearInterval(drip);
      assert.equal(answer?.code, 'RequestTimeout');
      connection.close();
    }));

  it('Expect: 100-continue is refused before the body is asked for', () =>
    leavesNothing(async () => {
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

  it('an upload that fails half-way is answered although the client is still sending', () =>
    leavesNothing(async () => {
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
    leavesNothing(async () => {
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

  it('garbage behind a request does not hurt that request', () =>
    leavesNothing(async () => {
      const connection = new RawConnection(test.gateway.s3Endpoint);
      const head = await signedHead(put('kept', 3, { 'if-none-match': '*' }));
      connection.write(`${head}abc\u0000\u0001garbage\r\n\r\n`);
      const answer = await connection.answer();
      assert.ok(answer === undefined || answer.code === 'PreconditionFailed');
      await connection.ended();
      connection.close();
    }));

  it('a client that goes away while it reads, also with requests in a pipeline', () =>
    leavesNothing(async () => {
      const head = await signedHead({ method: 'GET', path: `/${bucket}/kept` });
      for (let i = 0; i < 3; i++) {
        const connection = new RawConnection(test.gateway.s3Endpoint);
        connection.socket.pause();
        connection.write(head.repeat(10));
        await eventually(
          () => test.gateway.usage().requests > 0,
          () => 'the requests are at work',
        );
        connection.close();
      }
    }));

  it('a client that stops reading is cut off, and its memory is free again', async () => {
    const large = randomBytes(30_000_000);
    assert.equal((await exchange(test, put('large', large.length), large))?.status, 200);
    await leavesNothing(async () => {
      const connection = new RawConnection(test.gateway.s3Endpoint);
      connection.socket.pause();
      connection.write(await signedHead({ method: 'GET', path: `/${bucket}/large` }));
      await eventually(
        () => test.gateway.usage().memoryBytes > 0,
        () => 'the read is under way',
      );
      await eventually(
        () => test.gateway.usage().requests === 0,
        () => 'the read has been given up',
      );
      connection.close();
    });
  });

  it('too many requests in one pipeline are refused', () =>
    leavesNothing(async () => {
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
      const earlier = holdings(test);
      const answer = await exchange(test, put('a', megabyte.length), megabyte);
      assert.deepEqual([answer?.status, answer?.code], [503, 'ServiceUnavailable']);
      await eventually(
        () => holdings(test) === earlier,
        () => holdings(test),
      );
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
    await eventually(
      () => test.gateway.usage().requests === 1,
      () => 'the upload is under way',
    );
    const startedAt = performance.now();
    await test.stop();
    assert.ok(performance.now() - startedAt < 5_000);
    assert.equal(test.gateway.index.getObject({ bucket, key: 'half' }), undefined);
    assert.equal(test.gateway.usage().memoryBytes, 0);
    connection.close();
  });
});
