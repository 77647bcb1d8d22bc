// PutObject, GetObject, HeadObject and DeleteObject.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { elementOf } from '../elements.js';
import type { Answer } from '../endpoint.js';
import { answers, assertOutcome, does, type S3Case } from '../s3-case.js';
import { signedChunks, unsignedChunks } from '../signing.js';
import type { World } from '../world.js';
import { md5 } from './samples.js';

const text = 'The quick brown fox jumps over the lazy dog';
/** Known digests of `text`, big-endian in base64. */
export const checksumsOfText: Readonly<Record<string, string>> = {
  crc32: 'QU+jOQ==',
  crc32c: 'ImIEBA==',
  sha1: createHash('sha1').update(text).digest('base64'),
  sha256: createHash('sha256').update(text).digest('base64'),
};
const wrong: Readonly<Record<string, string>> = {
  crc32: 'AAAAAA==',
  crc32c: 'AAAAAA==',
  crc64nvme: 'AAAAAAAAAAA=',
  sha1: createHash('sha1').digest('base64'),
  sha256: createHash('sha256').digest('base64'),
};

const put = (title: string, outcome: string, headers: Record<string, string>, body = text) =>
  answers('PutObject', outcome, title, async (world) =>
    world.send('PUT', `/${await world.bucket()}/key`, { body, headers }),
  );

const putCases: readonly S3Case[] = [
  does('PutObject', '200', 'answers the MD5 of the content as entity tag', async (world) => {
    const answer = await world.put(await world.bucket(), 'key', text);
    assert.equal(answer.headers.etag, `"${createHash('md5').update(text).digest('hex')}"`);
    assert.equal(answer.headers['x-amz-server-side-encryption'], 'AES256');
    assert.equal(answer.body.length, 0);
  }),
  does('PutObject', '200', 'replaces the object of the same key', async (world) => {
    const bucket = await world.bucket();
    await world.put(bucket, 'key', 'one');
    await world.put(bucket, 'key', 'two');
    assert.equal((await world.send('GET', `/${bucket}/key`)).text, 'two');
  }),
  ...Object.entries(checksumsOfText).map(([name, value]) =>
    does('PutObject', '200', `x-amz-checksum-${name} of the content is verified, kept and answered`, async (world) => {
      const bucket = await world.bucket();
      const stored = await world.put(bucket, 'key', text, { [`x-amz-checksum-${name}`]: value });
      assert.equal(stored.headers[`x-amz-checksum-${name}`], value);
      const read = await world.send('HEAD', `/${bucket}/key`, { headers: { 'x-amz-checksum-mode': 'ENABLED' } });
      assert.equal(read.headers[`x-amz-checksum-${name}`], value);
      assert.equal(read.headers['x-amz-checksum-type'], 'FULL_OBJECT');
    }),
  ),
  ...Object.entries(wrong).map(([name, value]) =>
    does('PutObject', '400 BadDigest', `x-amz-checksum-${name} of another content stores nothing`, async (world) => {
      const bucket = await world.bucket();
      const headers = { [`x-amz-checksum-${name}`]: value };
      assertOutcome(await world.send('PUT', `/${bucket}/key`, { body: text, headers }), '400 BadDigest');
      assertOutcome(await world.send('GET', `/${bucket}/key`), '404 NoSuchKey');
    }),
  ),
  ...Object.keys(wrong).map((name) =>
    put(`x-amz-checksum-${name} that is no digest`, '400 InvalidRequest', { [`x-amz-checksum-${name}`]: 'abc' }),
  ),
  ...Object.keys(wrong).map((name) =>
    does(
      'PutObject',
      '200',
      `x-amz-sdk-checksum-algorithm ${name} without a value: the gateway computes it`,
      async (world) => {
        const bucket = await world.bucket();
        const stored = await world.put(bucket, 'key', text, { 'x-amz-sdk-checksum-algorithm': name.toUpperCase() });
        const value = stored.headers[`x-amz-checksum-${name}`];
        assert.ok(value !== undefined);
        if (checksumsOfText[name] !== undefined) assert.equal(value, checksumsOfText[name]);
      },
    ),
  ),
  put('two checksums', '400 InvalidRequest', {
    'x-amz-checksum-crc32': 'QU+jOQ==',
    'x-amz-checksum-sha1': checksumsOfText['sha1'] ?? '',
  }),
  put('an unknown algorithm', '400 InvalidRequest', { 'x-amz-sdk-checksum-algorithm': 'MD4' }),
  put('Content-MD5 of the content', '200', { 'content-md5': md5(text) }),
  put('Content-MD5 of another content', '400 BadDigest', { 'content-md5': md5('') }),
  put('Content-MD5 that is no digest', '400 InvalidDigest', { 'content-md5': 'x' }),
  ...['GLACIER_OLD', 'standard ia', ''].map((name) =>
    put(`storage class "${name}"`, '400 InvalidStorageClass', { 'x-amz-storage-class': name }),
  ),
  put('storage class STANDARD', '200', { 'x-amz-storage-class': 'STANDARD' }),
  put('SSE with AES256', '200', { 'x-amz-server-side-encryption': 'AES256' }),
  put('metadata of more than 2 KiB', '400 MetadataTooLarge', { 'x-amz-meta-a': 'x'.repeat(2050) }),
  put('a redirect to no address', '400 InvalidRedirectLocation', { 'x-amz-website-redirect-location': 'elsewhere' }),
  put('a redirect of more than 2 KiB', '400 InvalidRedirectLocation', {
    'x-amz-website-redirect-location': `/${'x'.repeat(2048)}`,
  }),
  put('metadata of 2 KiB with its name', '200', { 'x-amz-meta-a': 'x'.repeat(2047) }),
  put('a header with a malformed tag', '400 InvalidArgument', { 'x-amz-tagging': 'a=1&a=2' }),
  put('eleven tags', '400 BadRequest', { 'x-amz-tagging': Array.from({ length: 11 }, (_, i) => `t${i}=v`).join('&') }),
  put('a tag with a reserved name', '400 InvalidTag', { 'x-amz-tagging': 'aws:a=1' }),
  put('a lock in a bucket without object lock', '400 InvalidRequest', { 'x-amz-object-lock-legal-hold': 'ON' }),
  put('an unknown canned list', '400 InvalidArgument', { 'x-amz-acl': 'everybody' }),
  put('a public list where the bucket owner owns everything', '400 AccessControlListNotSupported', {
    'x-amz-acl': 'public-read',
  }),
  put('the canned list private', '200', { 'x-amz-acl': 'private' }),
  put('a header that no operation knows', '501 NotImplemented', { 'x-amz-unknown': '1' }),
  put('If-None-Match with an entity tag', '501 NotImplemented', { 'if-none-match': '"a"' }),
  put('If-Match without an object', '404 NoSuchKey', { 'if-match': '"a"' }),
  put('If-None-Match: * without an object', '200', { 'if-none-match': '*' }),
  put('Content-Range', '501 NotImplemented', { 'content-range': 'bytes 0-1/2' }),
  put('x-amz-write-offset-bytes, which is for directory buckets', '501 NotImplemented', {
    'x-amz-write-offset-bytes': '0',
  }),
  put('an unknown expectation', '417 ExpectationFailed', { expect: '200-ok' }),
  does('PutObject', '412 PreconditionFailed', 'If-None-Match: * keeps the object that is there', async (world) => {
    const bucket = await world.bucket();
    await world.put(bucket, 'key', 'one');
    const answer = await world.send('PUT', `/${bucket}/key`, { body: 'two', headers: { 'if-none-match': '*' } });
    assertOutcome(answer, '412 PreconditionFailed');
    assert.equal((await world.send('GET', `/${bucket}/key`)).text, 'one');
  }),
  does('PutObject', '412 PreconditionFailed', 'If-Match with another entity tag keeps the object', async (world) => {
    const bucket = await world.bucket();
    await world.put(bucket, 'key', 'one');
    const answer = await world.send('PUT', `/${bucket}/key`, { body: 'two', headers: { 'if-match': '"abc"' } });
    assertOutcome(answer, '412 PreconditionFailed');
    assert.equal(elementOf(answer.text, 'Condition'), 'If-Match');
    assert.equal((await world.send('GET', `/${bucket}/key`)).text, 'one');
  }),
  does('PutObject', '200', 'If-Match with the entity tag replaces the object', async (world) => {
    const bucket = await world.bucket();
    const { headers } = await world.put(bucket, 'key', 'one');
    await world.put(bucket, 'key', 'two', { 'if-match': headers.etag ?? '' });
    assert.equal((await world.send('GET', `/${bucket}/key`)).text, 'two');
  }),
  answers('PutObject', '400 KeyTooLongError', 'a key of 1,025 bytes', async (world) =>
    world.send('PUT', `/${await world.bucket()}/${'k'.repeat(1025)}`, { body: text }),
  ),
  answers('PutObject', '200', 'a key of 1,024 bytes', async (world) =>
    world.send('PUT', `/${await world.bucket()}/${'k'.repeat(1024)}`, { body: text }),
  ),
  answers('PutObject', '400 InvalidURI', 'an escape that is no UTF-8', async (world) =>
    world.endpoint.exchange('PUT', `/${await world.bucket()}/%ff`, { 'content-length': '0' }),
  ),
  answers('PutObject', '400 XAmzContentSHA256Mismatch', 'a body that is not the signed one', async (world) =>
    world.send('PUT', `/${await world.bucket()}/key`, { body: 'abc', sent: Buffer.from('abd') }),
  ),
  answers('PutObject', '400 InvalidArgument', 'x-amz-content-sha256 that is no hash', async (world) =>
    world.send('PUT', `/${await world.bucket()}/key`, { body: 'abc', payload: 'none' }),
  ),
  answers('PutObject', '200', 'an unsigned payload', async (world) =>
    world.send('PUT', `/${await world.bucket()}/key`, { body: 'abc', payload: 'UNSIGNED-PAYLOAD' }),
  ),
  answers('PutObject', '411 MissingContentLength', 'a body without a length', async (world) =>
    world.send('PUT', `/${await world.bucket()}/key`, {
      body: 'abc',
      headers: { 'transfer-encoding': 'chunked' },
    }),
  ),
  ...[[1], [3, 4], [16, 16, 11]].map((sizes) =>
    does('PutObject', '200', `signed chunks of ${sizes.join(', ')} bytes`, async (world) => {
      const bucket = await world.bucket();
      const body = Buffer.from(
        text.slice(
          0,
          sizes.reduce((sum, size) => sum + size, 0),
        ),
      );
      assertOutcome(await putSignedChunks(world, bucket, body, sizes, (frames) => frames), '200');
      assert.equal((await world.send('GET', `/${bucket}/key`)).text, body.toString());
    }),
  ),
  does('PutObject', '403 SignatureDoesNotMatch', 'a signed chunk that was changed stores nothing', async (world) => {
    const bucket = await world.bucket();
    const answer = await putSignedChunks(world, bucket, Buffer.from(text), [20, 23], (frames) => {
      frames[frames.indexOf('quick')] = 'Q'.charCodeAt(0);
      return frames;
    });
    assertOutcome(answer, '403 SignatureDoesNotMatch');
    assertOutcome(await world.send('GET', `/${bucket}/key`), '404 NoSuchKey');
  }),
  answers('PutObject', '400 IncompleteBody', 'signed chunks with fewer bytes than declared', async (world) =>
    putSignedChunks(world, await world.bucket(), Buffer.from(text), [20], (frames) => frames),
  ),
  does('PutObject', '200', 'an unsigned trailer with the CRC32 of the content', async (world) => {
    const bucket = await world.bucket();
    const answer = await putTrailer(world, bucket, { 'x-amz-checksum-crc32': 'QU+jOQ==' });
    assertOutcome(answer, '200');
    assert.equal(answer.headers['x-amz-checksum-crc32'], 'QU+jOQ==');
    assert.equal((await world.send('GET', `/${bucket}/key`)).text, text);
  }),
  does('PutObject', '400 BadDigest', 'a trailer with the CRC32 of another content stores nothing', async (world) => {
    const bucket = await world.bucket();
    assertOutcome(await putTrailer(world, bucket, { 'x-amz-checksum-crc32': 'AAAAAA==' }), '400 BadDigest');
    assertOutcome(await world.send('GET', `/${bucket}/key`), '404 NoSuchKey');
  }),
  answers('PutObject', '400 MalformedTrailerError', 'a trailer that was not announced', async (world) =>
    putTrailer(world, await world.bucket(), { 'x-amz-checksum-sha1': checksumsOfText['sha1'] ?? '' }),
  ),
  answers('PutObject', '400 MalformedTrailerError', 'an announced trailer that is missing', async (world) =>
    putTrailer(world, await world.bucket(), {}),
  ),
];

function putSignedChunks(
  world: World,
  bucket: string,
  body: Buffer,
  sizes: readonly number[],
  change: (frames: Buffer) => Buffer,
): Promise<Answer> {
  const { endpoint } = world;
  const date = new Date();
  const payload = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
  const headers = { 'x-amz-decoded-content-length': String(body.length), 'content-encoding': 'aws-chunked' };
  // The chunks need the signature of the head, which does not cover the length.
  return endpoint.send('PUT', `/${bucket}/key`, {
    payload,
    date,
    headers,
    sent: ({ authorization = '' }) =>
      change(signedChunks(body, sizes, { authorization, keys: endpoint.keys, scope: endpoint.scope({ date }) })),
  });
}

function putTrailer(world: World, bucket: string, trailer: Record<string, string>): Promise<Answer> {
  return world.send('PUT', `/${bucket}/key`, {
    payload: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    sent: unsignedChunks(Buffer.from(text), trailer),
    headers: { 'x-amz-decoded-content-length': String(text.length), 'x-amz-trailer': 'x-amz-checksum-crc32' },
  });
}

/** A stored object that cases read. */
async function stored(world: World): Promise<{ readonly path: string; readonly etag: string }> {
  const bucket = await world.bucket();
  const { headers } = await world.put(bucket, 'key', text, { 'content-type': 'text/plain', 'x-amz-meta-a': 'b' });
  return { path: `/${bucket}/key`, etag: headers.etag ?? '' };
}

const past = 'Mon, 01 Jan 2018 00:00:00 GMT';
const future = 'Fri, 01 Jan 2100 00:00:00 GMT';

/** Conditions by RFC 9110: what GetObject and HeadObject answer. `E` stands for the entity tag. */
const conditions: readonly (readonly [string, Record<string, string>, string])[] = [
  ['If-Match with the entity tag', { 'if-match': 'E' }, '200'],
  ['If-Match: *', { 'if-match': '*' }, '200'],
  ['If-Match with a list that holds the entity tag', { 'if-match': '"a", E' }, '200'],
  ['If-Match with another entity tag', { 'if-match': '"a"' }, '412 PreconditionFailed'],
  ['If-None-Match with the entity tag', { 'if-none-match': 'E' }, '304'],
  ['If-None-Match: *', { 'if-none-match': '*' }, '304'],
  ['If-None-Match with another entity tag', { 'if-none-match': '"a"' }, '200'],
  ['If-Modified-Since in the past', { 'if-modified-since': past }, '200'],
  ['If-Modified-Since in the future', { 'if-modified-since': future }, '304'],
  ['If-Modified-Since that is no date', { 'if-modified-since': 'soon' }, '200'],
  ['If-Unmodified-Since in the past', { 'if-unmodified-since': past }, '412 PreconditionFailed'],
  ['If-Unmodified-Since in the future', { 'if-unmodified-since': future }, '200'],
  ['If-Match holds, If-Unmodified-Since does not', { 'if-match': 'E', 'if-unmodified-since': past }, '200'],
  ['If-None-Match does not hold, If-Modified-Since does', { 'if-none-match': 'E', 'if-modified-since': past }, '304'],
  ['If-None-Match holds, If-Modified-Since does not', { 'if-none-match': '"a"', 'if-modified-since': future }, '200'],
];

const overrides: Readonly<Record<string, string>> = {
  'response-cache-control': 'no-cache',
  'response-content-disposition': 'attachment; filename="a b.txt"',
  'response-content-encoding': 'gzip',
  'response-content-language': 'de',
  'response-content-type': 'application/x-test',
  'response-expires': future,
};

const ranges: readonly (readonly [string, string, string | undefined])[] = [
  ['bytes=0-0', '206', 'T'],
  ['bytes=4-8', '206', 'quick'],
  ['bytes=40-', '206', 'dog'],
  ['bytes=-3', '206', 'dog'],
  ['bytes=-1000', '206', text],
  ['bytes=40-1000', '206', 'dog'],
  ['bytes=43-', '416 InvalidRange', undefined],
  ['bytes=-0', '416 InvalidRange', undefined],
  ['bytes=5-4', '200', text],
  ['bytes=0-1,3-4', '200', text],
  ['lines=0-1', '200', text],
  ['bytes=a-b', '200', text],
];

const readCases: readonly S3Case[] = ['GetObject', 'HeadObject'].flatMap((operation): S3Case[] => {
  const method = operation === 'GetObject' ? 'GET' : 'HEAD';
  const shown = (outcome: string) => (method === 'HEAD' ? (outcome.split(' ')[0] ?? '') : outcome);
  return [
    does(operation, '200', 'answers the headers of the object', async (world) => {
      const { path, etag } = await stored(world);
      const { headers } = assertOutcome(await world.send(method, path), '200');
      assert.equal(headers.etag, etag);
      assert.equal(headers['content-length'], String(text.length));
      assert.equal(headers['content-type'], 'text/plain');
      assert.equal(headers['x-amz-meta-a'], 'b');
      assert.equal(headers['accept-ranges'], 'bytes');
      assert.equal(headers['x-amz-server-side-encryption'], 'AES256');
      assert.ok(Math.abs(Date.parse(headers['last-modified'] ?? '') - Date.now()) < 600_000);
    }),
    answers(operation, shown('404 NoSuchKey'), 'the key does not exist', async (world) =>
      world.send(method, `/${await world.bucket()}/none`),
    ),
    answers(
      operation,
      shown('403 AccessDenied'),
      'the key does not exist, for a caller who may not list',
      async (world) =>
        world.send(method, `/${await world.bucket()}/none`, { keys: await world.allowed('s3:GetObject') }),
    ),
    ...conditions.map(([title, headers, outcome]) =>
      answers(operation, shown(outcome), title, async (world) => {
        const { path, etag } = await stored(world);
        const stated = Object.fromEntries(Object.entries(headers).map(([name, one]) => [name, one.replace('E', etag)]));
        return world.send(method, path, { headers: stated });
      }),
    ),
    ...ranges.map(([range, outcome, content]) =>
      does(operation, shown(outcome), `Range: ${range}`, async (world) => {
        const { path } = await stored(world);
        const answer = assertOutcome(await world.send(method, path, { headers: { range } }), shown(outcome));
        if (content === undefined) return assert.equal(answer.headers['content-range'], `bytes */${text.length}`);
        assert.equal(answer.headers['content-length'], String(content.length));
        if (method === 'GET') assert.equal(answer.text, content);
        if (outcome === '206') assert.match(answer.headers['content-range'] ?? '', /^bytes \d+-\d+\/43$/);
      }),
    ),
    ...Object.entries(overrides).map(([name, value]) =>
      does(operation, '200', `${name} replaces the header`, async (world) => {
        const { path } = await stored(world);
        const answer = await world.send(method, `${path}?${name}=${encodeURIComponent(value)}`);
        assert.equal(assertOutcome(answer, '200').headers[name.slice('response-'.length)], value);
      }),
    ),
    answers(operation, '206', 'partNumber=1 of an object of one part', async (world) =>
      world.send(method, `${(await stored(world)).path}?partNumber=1`),
    ),
    answers(operation, shown('416 InvalidPartNumber'), 'a part that does not exist', async (world) =>
      world.send(method, `${(await stored(world)).path}?partNumber=2`),
    ),
    answers(operation, shown('400 InvalidArgument'), 'partNumber=0', async (world) =>
      world.send(method, `${(await stored(world)).path}?partNumber=0`),
    ),
    answers(operation, shown('400 InvalidRequest'), 'a part and a range', async (world) =>
      world.send(method, `${(await stored(world)).path}?partNumber=1`, { headers: { range: 'bytes=0-1' } }),
    ),
    answers(operation, shown('400 InvalidArgument'), 'a version id that is none', async (world) =>
      world.send(method, `${(await stored(world)).path}?versionId=abc`),
    ),
    answers(operation, shown('400 InvalidArgument'), 'SSE headers on a read', async (world) =>
      world.send(method, (await stored(world)).path, { headers: { 'x-amz-server-side-encryption': 'AES256' } }),
    ),
    answers(operation, shown('501 NotImplemented'), 'an unknown query name', async (world) =>
      world.send(method, `${(await stored(world)).path}?unknown`),
    ),
    answers(operation, shown('400 InvalidArgument'), 'a query name twice', async (world) =>
      world.send(method, `${(await stored(world)).path}?partNumber=1&partNumber=1`),
    ),
    answers(operation, '200', 'If-Range with another entity tag: the whole object', async (world) =>
      world.send(method, (await stored(world)).path, { headers: { range: 'bytes=0-1', 'if-range': '"a"' } }),
    ),
    does(operation, '206', 'If-Range with the entity tag: the range', async (world) => {
      const { path, etag } = await stored(world);
      assertOutcome(await world.send(method, path, { headers: { range: 'bytes=0-1', 'if-range': etag } }), '206');
    }),
  ];
});

const deleteCases: readonly S3Case[] = [
  answers('DeleteObject', '204', 'a key that does not exist', async (world) =>
    world.send('DELETE', `/${await world.bucket()}/none`),
  ),
  does('DeleteObject', '204', 'the object is gone afterwards', async (world) => {
    const { path } = await stored(world);
    await world.ok('DELETE', path);
    assertOutcome(await world.send('GET', path), '404 NoSuchKey');
  }),
  ...(
    [
      ['if-match', '"abc"', '412 PreconditionFailed'],
      ['if-match', '*', '204'],
      ['x-amz-if-match-size', '42', '412 PreconditionFailed'],
      ['x-amz-if-match-size', '43', '204'],
      ['x-amz-if-match-size', 'many', '400 InvalidArgument'],
      ['x-amz-if-match-last-modified-time', past, '412 PreconditionFailed'],
      ['x-amz-if-match-last-modified-time', 'soon', '400 InvalidArgument'],
    ] as const
  ).map(([name, value, outcome]) =>
    does('DeleteObject', outcome, `${name}: ${value}`, async (world) => {
      const { path } = await stored(world);
      assertOutcome(await world.send('DELETE', path, { headers: { [name]: value } }), outcome);
      assertOutcome(await world.send('HEAD', path), outcome === '204' ? '404' : '200');
    }),
  ),
  answers('DeleteObject', '404 NoSuchKey', 'If-Match without an object', async (world) =>
    world.send('DELETE', `/${await world.bucket()}/none`, { headers: { 'if-match': '*' } }),
  ),
  answers('DeleteObject', '400 InvalidArgument', 'a version id that is none', async (world) =>
    world.send('DELETE', `${(await stored(world)).path}?versionId=abc`),
  ),
];

/** Keys that clients write and that a careless decoder changes. */
const oddKeys = [
  'with space',
  'a//b',
  'dir/',
  '/leading',
  './dot',
  '../up',
  '.hidden',
  'a/../b',
  '+plus',
  '%25',
  'ü/日本',
  'q\'"',
  '&=?#;',
  'a\\b',
  '~',
  '*',
  'a\tb',
  ' ',
];
const oddKeyCases: readonly S3Case[] = oddKeys.map((key) =>
  does('PutObject', '200', `the key ${JSON.stringify(key)} is kept, listed and deleted as it is`, async (world) => {
    const bucket = await world.bucket();
    const path = `/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
    await world.ok('PUT', path, { body: key });
    assert.equal((await world.ok('GET', path)).text, key);
    const { text: list } = await world.ok('GET', `/${bucket}?list-type=2&encoding-type=url`);
    assert.equal(decodeURIComponent(elementOf(list, 'Key') ?? ''), key);
    await world.ok('DELETE', path);
    assertOutcome(await world.send('HEAD', path), '404');
  }),
);

export const objectCases: readonly S3Case[] = [...putCases, ...readCases, ...deleteCases, ...oddKeyCases];
