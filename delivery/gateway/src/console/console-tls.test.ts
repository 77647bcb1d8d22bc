// IFACE-1: the console over HTTPS, with the certificates of the S3 port: its cookies go over no other connection, and its pages are those
// of the secure origin.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type IncomingHttpHeaders, request as sendPlain } from 'node:http';
import { request as sendSecure } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { startTestGateway, type TestGateway, testCredentials } from '../test-support/test-gateway.js';
import { createDevelopmentCertificate } from '../transport/development-certificate.js';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

let folder: string;
let ca: string;
let test: TestGateway;
let endpoint: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cess-console-tls-'));
  const made = await createDevelopmentCertificate({ hosts: ['localhost', '127.0.0.1'], nowMs: Date.now(), days: 30 });
  ca = made.authority;
  await writeFile(join(folder, 'certificate.pem'), made.certificate);
  await writeFile(join(folder, 'key.pem'), made.key);
  await writeFile(join(folder, 'index.html'), '<!doctype html><title>Console</title>');
});
after(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  const files = { certificateFile: join(folder, 'certificate.pem'), keyFile: join(folder, 'key.pem') };
  test = await startTestGateway({
    providers: 1,
    s3Tls: { port: 0, certificates: [files] },
    console: { host: '127.0.0.1', port: 0, assets: folder, chainRpc: undefined, authorities: [] },
  });
  endpoint = test.gateway.consoleEndpoint ?? '';
});
afterEach(() => test.stop());

function send(path: string, { method = 'GET', headers = {}, body }: Sent = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const own = { origin: endpoint, 'sec-fetch-site': 'same-origin', ...headers };
    const request = sendSecure(`${endpoint}${path}`, { method, ca, headers: own, agent: false }, (response) => {
      const { statusCode: status = 0, headers: received } = response;
      text(response).then((content) => resolve({ status, headers: received, text: content }), reject);
    });
    request.on('error', reject);
    request.end(body);
  });
}

const signIn = (headers: Sent['headers'] = {}) =>
  send('/api/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(testCredentials),
  });

/** Name and value of the cookie that an answer sets. */
const cookieOf = ({ headers }: Answer): string => (headers['set-cookie']?.[0] ?? '').split(';')[0] ?? '';

describe('the console of a gateway with certificates', () => {
  it('serves its pages by HTTPS, and tells browsers to stay with it', async () => {
    assert.match(endpoint, /^https:\/\/127\.0\.0\.1:\d+$/);
    const page = await send('/', { headers: { 'sec-fetch-site': 'none' } });
    assert.deepEqual([page.status, page.text], [200, '<!doctype html><title>Console</title>']);
    assert.equal(page.headers['strict-transport-security'], 'max-age=31536000');
  });

  it('gives a cookie that browsers send over HTTPS alone and no other host can set', async () => {
    const answer = await signIn();
    assert.equal(answer.status, 200);
    assert.match(
      answer.headers['set-cookie']?.[0] ?? '',
      /^__Host-cess-session-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/,
    );
    const { signedIn } = JSON.parse((await send('/api/session', { headers: { cookie: cookieOf(answer) } })).text);
    assert.equal(signedIn, true);
    const withoutPrefix = cookieOf(answer).replace('__Host-', '');
    const other = JSON.parse((await send('/api/session', { headers: { cookie: withoutPrefix } })).text);
    assert.equal(other.signedIn, false, 'a name that any page of the host could set is no session');
  });

  it('takes changes from its secure origin, not from the same host without TLS', async () => {
    const plain = await signIn({ origin: endpoint.replace('https:', 'http:') });
    assert.deepEqual([plain.status, JSON.parse(plain.text).code], [403, 'ForeignOrigin']);
    assert.equal(plain.headers['set-cookie'], undefined);
  });

  it('passes requests on to S3, and signs out with a cookie that ends', async () => {
    const answer = await signIn();
    const headers = { cookie: cookieOf(answer), 'x-cess-csrf': String(JSON.parse(answer.text).csrfToken) };
    assert.equal((await send('/s3/by-tls', { method: 'PUT', headers })).status, 200);
    assert.match((await send('/s3/', { headers })).text, /<Name>by-tls<\/Name>/);
    const out = await send('/api/session', { method: 'DELETE', headers });
    assert.match(out.headers['set-cookie']?.[0] ?? '', /^__Host-cess-session-\d+=; .*; Secure; Max-Age=0$/);
    assert.equal((await send('/s3/', { headers })).status, 401);
  });

  it('answers nothing to HTTP without TLS', async () => {
    const answered = new Promise((resolve, reject) => {
      const request = sendPlain(endpoint.replace('https:', 'http:'), { agent: false }, resolve);
      request.on('error', reject);
      request.end();
    });
    await assert.rejects(answered, /ECONNRESET|socket hang up|Parse Error/);
  });
});
