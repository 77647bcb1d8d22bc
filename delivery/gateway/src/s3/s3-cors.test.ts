// CORS over the wire: the configuration, preflight requests, and headers on answers and errors.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { anonymous, assertAnswer, headerOf, sender } from '../test-support/requests.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

let test: TestGateway;
const send = sender(() => test);
const rules =
  '<CORSConfiguration><CORSRule><ID>app</ID><AllowedOrigin>https://*.example.com</AllowedOrigin><AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod><AllowedHeader>x-amz-*</AllowedHeader><ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule></CORSConfiguration>';
const withDigest = (body: string) => ({
  body,
  headers: { 'content-md5': createHash('md5').update(body).digest('base64') },
});
const origin = 'https://app.example.com';

before(async () => {
  test = await startTestGateway();
  test.chain.stalled = true;
  for (const name of ['cors-bucket', 'plain-bucket', 'changing-bucket']) await send('PUT', `/${name}`);
  await send('PUT', '/cors-bucket/key', { body: 'abc' });
  assertAnswer(await send('PUT', '/cors-bucket?cors=', withDigest(rules)), 200);
});
after(() => test.stop());

const preflight = (path: string, headers: Record<string, string>) => send('OPTIONS', path, { ...anonymous, headers });
const asking = (method: string, headers?: string) => ({
  origin,
  'access-control-request-method': method,
  ...(headers === undefined ? {} : { 'access-control-request-headers': headers }),
});

describe('the CORS configuration of a bucket', () => {
  it('is answered as it was put, until it is deleted', async () => {
    assertAnswer(await send('GET', '/changing-bucket?cors='), 404, 'NoSuchCORSConfiguration');
    assertAnswer(await send('PUT', '/changing-bucket?cors=', withDigest(rules)), 200);
    const { body } = await send('GET', '/changing-bucket?cors=');
    for (const part of ['<ID>app</ID>', '<AllowedHeader>x-amz-*</AllowedHeader>', '<MaxAgeSeconds>60</MaxAgeSeconds>'])
      assert.ok(body.includes(part), part);
    assertAnswer(await send('DELETE', '/changing-bucket?cors='), 204);
    assertAnswer(await send('GET', '/changing-bucket?cors='), 404, 'NoSuchCORSConfiguration');
    assertAnswer(await preflight('/changing-bucket/key', asking('GET')), 403, 'AccessForbidden');
  });

  it('that is not valid is refused', async () => {
    const put = (body: string) => send('PUT', '/changing-bucket?cors=', withDigest(body));
    assertAnswer(await put('<CORSConfiguration/>'), 400, 'MalformedXML');
    assertAnswer(await put(rules.replace('>PUT<', '>PATCH<')), 400, 'InvalidRequest');
    assertAnswer(await put(rules.replace('*.example', '*.*.example')), 400, 'InvalidRequest');
    assertAnswer(await put(rules.replace('<ID>', '<Secret/><ID>')), 400, 'MalformedXML');
  });
});

describe('a preflight request', () => {
  it('is answered without credentials when a rule allows it', async () => {
    const answer = await preflight('/cors-bucket/key', asking('PUT', 'x-amz-acl, X-Amz-Date'));
    assert.equal(answer.status, 200);
    assert.equal(headerOf(answer, 'access-control-allow-origin'), origin);
    assert.equal(headerOf(answer, 'access-control-allow-methods'), 'GET, PUT');
    assert.equal(headerOf(answer, 'access-control-allow-headers'), 'x-amz-acl, x-amz-date');
    assert.equal(headerOf(answer, 'access-control-max-age'), '60');
    assert.match(headerOf(answer, 'vary') ?? '', /Origin/);
  });

  it('is refused with 403 when no rule allows it, or the bucket has none', async () => {
    for (const [path, headers] of [
      ['/cors-bucket/key', asking('DELETE')],
      ['/cors-bucket/key', asking('GET', 'authorization')],
      ['/cors-bucket/key', { ...asking('GET'), origin: 'https://example.org' }],
      ['/plain-bucket/key', asking('GET')],
    ] as const) {
      const answer = await preflight(path, headers);
      assertAnswer(answer, 403, 'AccessForbidden');
      assert.equal(headerOf(answer, 'access-control-allow-origin'), undefined);
    }
  });

  it('must state its origin and method, and name a bucket that exists', async () => {
    assertAnswer(await preflight('/cors-bucket/key', { origin }), 400, 'BadRequest');
    assertAnswer(await preflight('/cors-bucket/key', { 'access-control-request-method': 'GET' }), 400, 'BadRequest');
    assertAnswer(await preflight('/missing-bucket/key', asking('GET')), 404, 'NoSuchBucket');
  });
});

describe('an answer to a request with an origin', () => {
  it('has the headers that the rule allows, on success and on errors of every kind', async () => {
    const headers = { origin };
    for (const [answer, status] of [
      [await send('GET', '/cors-bucket/key', { headers }), 200],
      [await send('GET', '/cors-bucket/none', { headers }), 404],
      [await send('GET', '/cors-bucket/key', { headers, ...anonymous }), 403],
      [
        await send('GET', '/cors-bucket/key', {
          headers: { ...headers, authorization: 'AWS4-HMAC-SHA256 no' },
          ...anonymous,
        }),
        400,
      ],
      [await send('GET', '/cors-bucket?nothing=', { headers }), 501],
    ] as const) {
      assert.equal(answer.status, status);
      assert.equal(headerOf(answer, 'access-control-allow-origin'), origin);
      assert.equal(headerOf(answer, 'access-control-expose-headers'), 'ETag');
    }
  });

  it('has none for another origin, another method, or a bucket without rules', async () => {
    for (const answer of [
      await send('GET', '/cors-bucket/key', { headers: { origin: 'https://example.org' } }),
      await send('DELETE', '/cors-bucket/none', { headers: { origin } }),
      await send('GET', '/plain-bucket', { headers: { origin } }),
    ]) {
      assert.equal(headerOf(answer, 'access-control-allow-origin'), undefined);
    }
  });

  it('varies by origin for every request to a bucket with rules, so that caches keep them apart', async () => {
    assert.match(headerOf(await send('GET', '/cors-bucket/key'), 'vary') ?? '', /Origin/);
    assert.equal(headerOf(await send('GET', '/plain-bucket'), 'vary'), undefined);
  });
});
