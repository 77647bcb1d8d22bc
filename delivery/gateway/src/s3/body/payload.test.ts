// What the body of an upload must satisfy before its object may be entered.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { S3Error } from '../errors.js';
import { openPayload, readWholeBody } from './payload.js';

const body = Buffer.from('the body of an upload');
const sha256 = createHash('sha256').update(body).digest('hex');
const md5 = createHash('md5').update(body).digest();

function initOf(headers: Record<string, string>, payloadHash: string, sent: Buffer = body) {
  const auth = {
    accessKeyId: 'k',
    payloadHash,
    timestamp: '20130524T000000Z',
    scope: { accessKeyId: 'k', date: '20130524', region: 'r', service: 's3' },
    signingKey: new Uint8Array(32),
    signature: '00',
  };
  async function* chunks() {
    yield sent.subarray(0, 5);
    yield sent.subarray(5);
  }
  return { body: { chunks }, headers, auth };
}

async function read(init: ReturnType<typeof initOf>) {
  const payload = await openPayload(init);
  const out: Uint8Array[] = [];
  for await (const chunk of payload.chunks) out.push(chunk);
  return { bytes: Buffer.concat(out), digests: payload.digests() };
}

const length = { 'content-length': String(body.length) };
const chunked = (data: Buffer, trailer: string) =>
  Buffer.from(`${data.length.toString(16)}\r\n${data.toString('latin1')}\r\n0\r\n${trailer}\r\n`, 'latin1');
const streaming = {
  'x-amz-decoded-content-length': String(body.length),
  'x-amz-trailer': 'x-amz-checksum-sha256',
};
const sha256Base64 = createHash('sha256').update(body).digest('base64');

describe('payload', () => {
  it('gives bytes, MD5 and the named checksum', async () => {
    const headers = { ...length, 'x-amz-checksum-sha256': sha256Base64, 'content-md5': md5.toString('base64') };
    const { bytes, digests } = await read(initOf(headers, sha256));
    assert.deepEqual(bytes, body);
    assert.deepEqual(digests, { md5: md5.toString('hex'), checksum: { algorithm: 'SHA256', value: sha256Base64 } });
  });

  it('takes a checksum from the trailer', async () => {
    const sent = chunked(body, `x-amz-checksum-sha256:${sha256Base64}\r\n`);
    const { bytes, digests } = await read(initOf(streaming, 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', sent));
    assert.deepEqual(bytes, body);
    assert.equal(digests.checksum?.value, sha256Base64);
  });

  it('has no digests before its end', async () => {
    const payload = await openPayload(initOf(length, sha256));
    assert.throws(() => payload.digests(), S3Error);
  });

  const unsigned = 'UNSIGNED-PAYLOAD';
  const trailerMode = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
  const cases: readonly (readonly [string, string, ReturnType<typeof initOf>])[] = [
    ['no length', 'MissingContentLength', initOf({}, sha256)],
    ['no decoded length of a chunked body', 'MissingContentLength', initOf(length, trailerMode)],
    ['a length that is no number', 'InvalidArgument', initOf({ 'content-length': '1e3' }, sha256)],
    ['a body hash that is none', 'InvalidArgument', initOf(length, 'abc')],
    ['an unknown streaming mode', 'InvalidArgument', initOf(length, 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD')],
    ['a body shorter than declared', 'IncompleteBody', initOf({ 'content-length': '100' }, unsigned)],
    ['a body longer than declared', 'IncompleteBody', initOf({ 'content-length': '3' }, unsigned)],
    ['another body than signed', 'XAmzContentSHA256Mismatch', initOf(length, createHash('sha256').digest('hex'))],
    ['another MD5', 'BadDigest', initOf({ ...length, 'content-md5': Buffer.alloc(16).toString('base64') }, unsigned)],
    ['an MD5 that is none', 'InvalidDigest', initOf({ ...length, 'content-md5': 'abc' }, unsigned)],
    ['another checksum', 'BadDigest', initOf({ ...length, 'x-amz-checksum-crc32': 'AAAAAA==' }, unsigned)],
    [
      'another checksum in the trailer',
      'BadDigest',
      initOf(streaming, trailerMode, chunked(body, `x-amz-checksum-sha256:${Buffer.alloc(32).toString('base64')}\r\n`)),
    ],
    [
      'an announced checksum that does not come',
      'MalformedTrailerError',
      initOf(streaming, trailerMode, chunked(body, '')),
    ],
    [
      'a second checksum in the trailer',
      'MalformedTrailerError',
      initOf(
        streaming,
        trailerMode,
        chunked(body, `x-amz-checksum-sha256:${sha256Base64}\r\nx-amz-checksum-crc32:AAAAAA==\r\n`),
      ),
    ],
    [
      'the announced checksum twice in the trailer',
      'MalformedTrailerError',
      initOf(
        streaming,
        trailerMode,
        chunked(body, `x-amz-checksum-sha256:AA==\r\nx-amz-checksum-sha256:${sha256Base64}\r\n`),
      ),
    ],
    [
      'a checksum in the trailer that was not announced',
      'MalformedTrailerError',
      initOf(
        { 'x-amz-decoded-content-length': String(body.length) },
        trailerMode,
        chunked(body, `x-amz-checksum-sha256:${sha256Base64}\r\n`),
      ),
    ],
    [
      'a trailer announced for a body that has none',
      'InvalidRequest',
      initOf({ ...length, 'x-amz-trailer': 'x-amz-checksum-sha256' }, unsigned),
    ],
    [
      'two different lengths of a plain body',
      'InvalidRequest',
      initOf({ ...length, 'x-amz-decoded-content-length': '20' }, unsigned),
    ],
    [
      'a trailer that is no checksum',
      'MalformedTrailerError',
      initOf(streaming, trailerMode, chunked(body, 'x-amz-checksum-sha256:AA==\r\n')),
    ],
  ];
  for (const [name, code, init] of cases) {
    it(`${name} is answered ${code}`, async () => {
      await assert.rejects(read(init), (thrown) => {
        assert.ok(thrown instanceof S3Error, String(thrown));
        assert.equal(thrown.code, code);
        return true;
      });
    });
  }

  it('small documents have a bound, checked before they are read', async () => {
    await assert.rejects(readWholeBody(initOf(length, sha256), 20), { code: 'MaxMessageLengthExceeded' });
    assert.deepEqual(await readWholeBody(initOf(length, sha256), 21), body);
  });

  it('a checksum of the object is not applied to the document that completes it', async () => {
    const headers = { ...length, 'x-amz-checksum-crc32': 'AAAAAA==' };
    assert.deepEqual(await readWholeBody(initOf(headers, sha256), 100, 'object'), body);
    await assert.rejects(readWholeBody(initOf(headers, sha256), 100), { code: 'BadDigest' });
  });
});
