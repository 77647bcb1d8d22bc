// The aws-chunked body: Amazon's published example, every split of a body, and every way in which it can be wrong.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { toHex } from '@cess/primitives';
import { hmac, signingKey } from '@cess/signature-v4';
import type { Authenticated } from '../auth/verify-signature.js';
import { S3Error } from '../errors.js';
import { ChunkedDecoder, type ChunkedMode, chunkedMode } from './chunked-decoder.js';

const scope = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', date: '20130524', region: 'us-east-1', service: 's3' };
const timestamp = '20130524T000000Z';
const auth: Authenticated = {
  accessKeyId: scope.accessKeyId,
  payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  timestamp,
  scope,
  signingKey: signingKey('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', scope),
  signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
};
const scopeLine = '20130524/us-east-1/s3/aws4_request';
const hash = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
const sign = (lines: readonly string[]) => toHex(hmac(auth.signingKey, lines.join('\n')));

/** An encoder written for the test from Amazon's description. */
function encode(mode: ChunkedMode, chunks: readonly Buffer[], trailers: readonly [string, string][] = []): Buffer {
  const out: Buffer[] = [];
  let previous = auth.signature;
  for (const chunk of [...chunks, Buffer.alloc(0)]) {
    let line = chunk.length.toString(16);
    if (mode.signed) {
      previous = sign(['AWS4-HMAC-SHA256-PAYLOAD', timestamp, scopeLine, previous, hash(''), hash(chunk)]);
      line += `;chunk-signature=${previous}`;
    }
    out.push(Buffer.from(`${line}\r\n`), chunk);
    if (chunk.length > 0 || !mode.trailer) out.push(Buffer.from('\r\n'));
  }
  if (mode.trailer) {
    for (const [name, value] of trailers) out.push(Buffer.from(`${name}:${value}\r\n`));
    if (mode.signed) {
      const canonical = trailers.map(([name, value]) => `${name}:${value}\n`).join('');
      const signature = sign(['AWS4-HMAC-SHA256-TRAILER', timestamp, scopeLine, previous, hash(canonical)]);
      out.push(Buffer.from(`x-amz-trailer-signature:${signature}\r\n`));
    }
    out.push(Buffer.from('\r\n'));
  }
  return Buffer.concat(out);
}

async function decode(
  mode: ChunkedMode,
  pieces: readonly Buffer[],
): Promise<{ body: Buffer; decoder: ChunkedDecoder }> {
  const decoder = new ChunkedDecoder(mode, auth);
  const out: Buffer[] = [];
  async function* source() {
    yield* pieces;
  }
  for await (const chunk of decoder.decode(source())) out.push(Buffer.from(chunk));
  return { body: Buffer.concat(out), decoder };
}

async function refuses(code: string, mode: ChunkedMode, body: Buffer): Promise<void> {
  await assert.rejects(decode(mode, [body]), (thrown) => {
    assert.ok(thrown instanceof S3Error, String(thrown));
    assert.equal(thrown.code, code);
    return true;
  });
}

const signed = { signed: true, trailer: false };
const unsignedTrailer = { signed: false, trailer: true };
const signedTrailer = { signed: true, trailer: true };
const chunks = [Buffer.from('first chunk'), Buffer.from('\r\n0\r\n'), Buffer.from('third')];
const whole = Buffer.concat(chunks);
const trailers: [string, string][] = [['x-amz-checksum-crc32c', 'sOO8/Q==']];

describe('aws-chunked', () => {
  it("Amazon's example: 65 KiB in two signed chunks with the published signatures", async () => {
    const body = Buffer.concat([
      Buffer.from('10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n'),
      Buffer.alloc(65_536, 'a'),
      Buffer.from('\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n'),
      Buffer.alloc(1024, 'a'),
      Buffer.from('\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n'),
    ]);
    assert.equal((await decode(signed, [body])).body.length, 66_560);
  });

  it('names the modes of x-amz-content-sha256', () => {
    assert.deepEqual(chunkedMode('STREAMING-AWS4-HMAC-SHA256-PAYLOAD'), signed);
    assert.deepEqual(chunkedMode('STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER'), signedTrailer);
    assert.deepEqual(chunkedMode('STREAMING-UNSIGNED-PAYLOAD-TRAILER'), unsignedTrailer);
    assert.equal(chunkedMode('UNSIGNED-PAYLOAD'), undefined);
  });

  for (const [name, mode] of Object.entries({ signed, unsignedTrailer, signedTrailer })) {
    const body = encode(mode, chunks, trailers);
    it(`${name}: every split into two pieces, and single bytes, give the same body`, async () => {
      for (let at = 0; at <= body.length; at++) {
        const { body: out, decoder } = await decode(mode, [body.subarray(0, at), body.subarray(at)]);
        assert.deepEqual(out, whole);
        assert.deepEqual([...decoder.trailers], mode.trailer ? trailers : []);
      }
      const bytes = Array.from(body, (_, at) => body.subarray(at, at + 1));
      assert.deepEqual((await decode(mode, bytes)).body, whole);
    });

    it(`${name}: a body that ends too early is refused wherever it ends`, async () => {
      // Without the last line end the body is complete already.
      for (let length = 0; length < body.length - 2; length++) {
        await assert.rejects(decode(mode, [body.subarray(0, length)]), (thrown) => thrown instanceof S3Error);
      }
    });

    it(`${name}: nothing may follow the end`, async () => {
      for (const more of ['x', 'xyz\r\n', '\r\n\r\n', '0\r\n\r\n']) {
        await refuses('IncompleteBody', mode, Buffer.concat([body, Buffer.from(more)]));
      }
    });
  }

  it('any changed byte of a signed body is refused', async () => {
    for (const mode of [signed, signedTrailer]) {
      const body = encode(mode, chunks, trailers);
      const trailerStart = mode.trailer ? body.indexOf('x-amz-checksum') : body.length;
      for (let at = 0; at < body.length; at++) {
        // Space around trailer values means nothing.
        if (at >= trailerStart && (body[at] === 13 || body[at] === 10)) continue;
        const changed = Buffer.from(body);
        changed[at]! ^= 0x04;
        const outcome = decode(mode, [changed]).then(({ body: out }) => out);
        await assert.rejects(outcome, (thrown) => thrown instanceof S3Error, `byte ${at}`);
      }
    }
  });

  const cases: readonly (readonly [string, string, ChunkedMode, string | Buffer])[] = [
    ['a size that is no number', 'InvalidChunkSizeError', unsignedTrailer, 'xyz\r\n'],
    ['a negative size', 'InvalidChunkSizeError', unsignedTrailer, '-1\r\n'],
    ['an enormous size', 'InvalidChunkSizeError', unsignedTrailer, 'ffffffffff\r\n'],
    ['a size line without end', 'InvalidChunkSizeError', unsignedTrailer, 'a'.repeat(5000)],
    ['a chunk longer than its size', 'InvalidChunkSizeError', unsignedTrailer, '3\r\nabcdef\r\n0\r\n\r\n'],
    ['a chunk without signature', 'SignatureDoesNotMatch', signed, '3\r\nabc\r\n0\r\n\r\n'],
    [
      'a chunk with a wrong signature',
      'SignatureDoesNotMatch',
      signed,
      `3;chunk-signature=${'0'.repeat(64)}\r\nabc\r\n`,
    ],
    ['a trailer without colon', 'MalformedTrailerError', unsignedTrailer, '0\r\nnonsense\r\n\r\n'],
    ['a trailer with a line feed alone', 'MalformedTrailerError', unsignedTrailer, '0\r\na:b\nc:d\r\n\r\n'],
    [
      'too many trailers',
      'MalformedTrailerError',
      unsignedTrailer,
      `0\r\n${Array.from({ length: 9 }, (_, i) => `t${i}:1\r\n`).join('')}\r\n`,
    ],
    ['one trailer for ever', 'MalformedTrailerError', unsignedTrailer, `0\r\n${'t:1\r\n'.repeat(3000)}\r\n`],
    ['a trailer line for ever', 'InvalidChunkSizeError', unsignedTrailer, `0\r\nt:${'1'.repeat(9000)}`],
  ];
  for (const [name, code, mode, body] of cases) {
    it(`${name} is answered ${code}`, () => refuses(code, mode, Buffer.from(body)));
  }

  it('a signed trailer needs its signature, and the right one', async () => {
    const body = encode(signedTrailer, chunks, trailers).toString('latin1');
    const without = body.replace(/x-amz-trailer-signature:[0-9a-f]+\r\n/, '');
    await refuses('MalformedTrailerError', signedTrailer, Buffer.from(without, 'latin1'));
    await refuses('SignatureDoesNotMatch', signedTrailer, Buffer.from(body.replace('sOO8', 'sOO9'), 'latin1'));
  });
});
