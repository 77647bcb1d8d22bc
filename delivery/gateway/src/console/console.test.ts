// IFACE-1: the console's server: who signs in, which requests it takes, and that stored content never runs in its origin.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { readAuditLog } from '@cess/audit-log';
import { systemTimers } from '@cess/primitives';
import { ConsoleClient } from '../test-support/console-client.js';
import { mfaCode } from '../test-support/mfa-code.js';
import { startTestGateway, type TestGateway, testCredentials } from '../test-support/test-gateway.js';

let assets: string;
let test: TestGateway;
let page: ConsoleClient;
let skewMs: number;
let auditDir: string;

before(async () => {
  assets = await mkdtemp(join(tmpdir(), 'cess-console-'));
  await writeFile(join(assets, 'index.html'), '<!doctype html><title>Console</title>');
  await writeFile(join(assets, 'app-ABCD2345.js'), 'export {};');
  await writeFile(join(assets, 'app-ABCD2345.js.br'), 'compressed');
});
after(() => rm(assets, { recursive: true }));

beforeEach(async () => {
  skewMs = 0;
  const console = { host: '127.0.0.1', port: 0, assets, chainRpc: undefined, authorities: [] };
  const timers = { ...systemTimers, nowMs: () => Date.now() + skewMs };
  auditDir = await mkdtemp(join(tmpdir(), 'cess-console-audit-'));
  test = await startTestGateway({ providers: 1, console, timers, auditDir });
  page = new ConsoleClient(test);
});
afterEach(async () => {
  await test.stop();
  await rm(auditDir, { recursive: true });
});

async function signedIn(): Promise<ConsoleClient> {
  assert.equal((await page.signIn(testCredentials)).status, 200);
  return page;
}

const perform = (operation: string, body: object) =>
  page.send(`/api/admin/services/iam/${operation}`, { method: 'POST', body });

describe('signing in to the console', () => {
  it('gives a cookie that scripts and other sites do not get, and says who is signed in', async () => {
    const answer = await page.signIn(testCredentials);
    assert.match(
      answer.headers.get('set-cookie') ?? '',
      /^cess-session-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const { json } = await page.send('/api/session');
    assert.deepEqual(
      [json['signedIn'], json['kind'], json['accessKeyId']],
      [true, 'root', testCredentials.accessKeyId],
    );
    assert.ok(!JSON.stringify(json).includes(testCredentials.secretAccessKey));
  });

  it('is refused alike for unknown keys and wrong secrets, and both are in the audit log', async () => {
    const wrong = await page.signIn({ ...testCredentials, secretAccessKey: 'wrong' });
    const unknown = await page.signIn({ accessKeyId: 'NOBODY', secretAccessKey: 'wrong' });
    assert.deepEqual([wrong.status, wrong.text], [403, unknown.text]);
    await signedIn();
    await page.send('/api/session');
    const codes: string[] = [];
    for await (const { entry } of readAuditLog(auditDir))
      if (entry.operation === 'console:SignIn') codes.push(entry.errorCode);
    assert.deepEqual(codes, ['AuthFailure', 'AuthFailure', '']);
  });

  it('takes ever longer after refusals, for the key and for the address, and the right secret waits too', async () => {
    for (let attempt = 0; attempt < 5; attempt++)
      assert.equal((await page.signIn({ ...testCredentials, secretAccessKey: 'x' })).status, 403);
    const late = await page.signIn(testCredentials);
    assert.deepEqual([late.status, late.json['code'], late.headers.get('retry-after')], [429, 'TooManyAttempts', '1']);
    skewMs += 1_000;
    assert.equal((await page.signIn({ ...testCredentials, secretAccessKey: 'x' })).status, 403);
    assert.equal((await page.signIn(testCredentials)).headers.get('retry-after'), '2');
    skewMs += 2_000;
    assert.equal((await page.signIn(testCredentials)).status, 200);
    const other = Array.from({ length: 10 }, (_, index) => `KEY${index}`);
    for (const accessKeyId of other) await page.signIn({ accessKeyId, secretAccessKey: 'x' });
    assert.equal((await page.signIn({ accessKeyId: 'ANOTHER', secretAccessKey: 'x' })).status, 429);
  });

  it('guesses at the same time count before their outcome is known', async () => {
    const guesses = Array.from({ length: 30 }, () => page.signIn({ ...testCredentials, secretAccessKey: 'x' }));
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    assert.ok(statuses.filter((status) => status === 403).length <= 6, statuses.join(' '));
  });

  it('begins a new session each time, and the one before ends: a planted id is worth nothing', async () => {
    page.cookie = `cess-session-${new URL(page.endpoint).port}=${'A'.repeat(43)}`;
    const planted = page.cookie;
    await signedIn();
    const first = page.cookie;
    await signedIn();
    assert.equal(new Set([planted, first, page.cookie]).size, 3);
    page.cookie = planted;
    assert.equal((await page.send('/api/session')).json['signedIn'], false);
    page.cookie = first;
    assert.equal((await page.send('/api/session')).json['signedIn'], false);
  });

  it('needs a code where the user has an MFA device, and the session counts as signed in with it', async () => {
    await signedIn();
    const { json } = await perform('CreateVirtualMFADevice', { VirtualMFADeviceName: 'phone' });
    const { SerialNumber, Base32StringSeed } = json['VirtualMFADevice'] as Readonly<Record<string, string>>;
    const seed = Buffer.from(Base32StringSeed ?? '', 'base64').toString();
    const at = (offset: number) => mfaCode(seed, Date.now() + skewMs + offset * 30_000);
    const codes = { AuthenticationCode1: at(-1), AuthenticationCode2: at(0) };
    assert.equal((await perform('EnableMFADevice', { SerialNumber, ...codes })).status, 200);
    page = new ConsoleClient(test);
    assert.deepEqual((await page.signIn(testCredentials)).json['code'], 'CodeRequired');
    assert.equal((await page.signIn({ ...testCredentials, code: '000000' })).json['code'], 'SignInRefused');
    assert.equal((await page.signIn({ ...testCredentials, code: at(1) })).status, 200);
    const { json: session } = await page.send('/api/session');
    assert.deepEqual([session['signedIn'], session['isTemporary']], [true, true]);
    assert.equal((await perform('ListUsers', {})).status, 200, 'IAM takes sessions only with MFA');
    assert.equal(
      (await page.signIn({ ...testCredentials, code: at(1) })).json['code'],
      'SignInRefused',
      'a code serves once',
    );
  });
});

describe('a session of the console', () => {
  it('ends with the sign-out, after half an hour without use, and after twelve hours', async () => {
    await signedIn();
    skewMs += 29 * 60_000;
    assert.equal((await page.send('/s3/')).status, 200);
    skewMs += 29 * 60_000;
    assert.equal((await page.send('/s3/')).status, 200);
    skewMs += 31 * 60_000;
    assert.equal((await page.send('/s3/')).status, 401);
    await signedIn();
    for (let half = 0; half < 24; half++) {
      skewMs += 29.9 * 60_000;
      await page.send('/s3/');
    }
    skewMs += 10 * 60_000;
    assert.equal((await page.send('/s3/')).status, 401);
    await signedIn();
    const { cookie } = page;
    assert.equal((await page.send('/api/session', { method: 'DELETE' })).status, 200);
    page.cookie = cookie;
    assert.equal((await page.send('/s3/')).status, 401);
  });

  it('can do what its key may do, and nothing once the key is disabled', async () => {
    await signedIn();
    await page.send('/s3/mine', { method: 'PUT' });
    await perform('CreateUser', { UserName: 'ana' });
    await perform('AttachUserPolicy', { UserName: 'ana', PolicyArn: 'arn:aws:iam::aws:policy/cess/reader' });
    const { json } = await perform('CreateAccessKey', { UserName: 'ana' });
    const { AccessKeyId = '', SecretAccessKey = '' } = json['AccessKey'] as Readonly<Record<string, string>>;
    const root = page;
    page = new ConsoleClient(test);
    await page.signIn({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey });
    assert.equal((await page.send('/s3/mine?list-type=2')).status, 200);
    assert.equal((await page.send('/s3/mine/key', { method: 'PUT', body: 'x' })).status, 403);
    assert.equal((await perform('CreateUser', { UserName: 'eve' })).status, 403);
    const reader = page;
    page = root;
    await perform('UpdateAccessKey', { UserName: 'ana', AccessKeyId, Status: 'Inactive' });
    assert.equal((await reader.send('/s3/mine?list-type=2')).status, 403);
    assert.equal((await reader.send('/api/session')).json['signedIn'], false);
    const entries = (await page.send('/api/admin/audit?operation=PutObject&failed=true')).json['entries'];
    const [refused] = entries as readonly { readonly principal: string; readonly accessKeyId: string }[];
    assert.match(refused?.principal ?? '', /user\/ana$/);
    assert.equal(refused?.accessKeyId, AccessKeyId);
  });

  it('stands for its own caller, whatever signature a request carries beside it', async () => {
    await signedIn();
    const authorization =
      'AWS4-HMAC-SHA256 Credential=NOBODY/20261128/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00';
    assert.equal((await page.send('/s3/', { headers: { authorization } })).status, 200);
    const anonymous = new ConsoleClient(test);
    assert.equal((await anonymous.send('/s3/', { headers: { authorization } })).status, 401);
  });

  it('signs links that the S3 port serves', async () => {
    await signedIn();
    await page.send('/s3/links', { method: 'PUT' });
    await page.send('/s3/links/empty%20(1)+.txt', { method: 'PUT', body: '' });
    const link = await page.send('/api/presign', {
      method: 'POST',
      body: { bucket: 'links', key: 'empty (1)+.txt', expiresSeconds: 60 },
    });
    assert.equal((await fetch(String(link.json['url']))).status, 200);
    skewMs += 61_000;
    assert.equal((await fetch(String(link.json['url']))).status, 403);
    const long = { bucket: 'links', key: 'a', expiresSeconds: 604_801 };
    assert.equal((await page.send('/api/presign', { method: 'POST', body: long })).status, 400);
  });
});

describe('requests that no page of the console sends', () => {
  it('change nothing without the token of the session', async () => {
    await signedIn();
    for (const token of ['', 'wrong', `${page.csrfToken}x`]) {
      const answer = await page.send('/s3/made', { method: 'PUT', headers: { 'x-cess-csrf': token } });
      assert.deepEqual([answer.status, answer.json['code']], [403, 'TokenMissing']);
    }
    assert.equal((await page.send('/s3/made', { method: 'HEAD' })).status, 404);
  });

  it('are refused from other origins, those of other ports of the host included', async () => {
    await signedIn();
    const port = { origin: test.gateway.s3Endpoint, 'sec-fetch-site': 'same-site' };
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const old = { origin: 'https://evil.example', 'sec-fetch-site': '' };
    const unnamed = { origin: '', 'sec-fetch-site': '' };
    for (const headers of [port, foreign, old, unnamed, { origin: 'null', 'sec-fetch-site': 'cross-site' }]) {
      const answer = await page.send('/s3/made', { method: 'PUT', headers });
      assert.deepEqual([answer.status, answer.json['code']], [403, 'ForeignOrigin'], JSON.stringify(headers));
    }
    for (const site of ['same-site', 'cross-site'])
      assert.equal((await page.send('/s3/', { headers: { origin: '', 'sec-fetch-site': site } })).status, 403);
    assert.equal((await page.send('/s3/', { headers: { origin: '', 'sec-fetch-site': 'none' } })).status, 200);
    assert.equal((await page.signIn(testCredentials)).status, 200);
    const login = await page.send('/api/session', { method: 'POST', body: testCredentials, headers: foreign });
    assert.equal(login.status, 403, 'nobody is signed in by another site');
  });

  it('a form is no sign-in', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await page.send('/api/session', { method: 'POST', body: 'accessKeyId=a', headers });
    assert.equal(answer.status, 400);
  });
});

describe('answers of the console', () => {
  it('have stored content without an origin, whatever its type says', async () => {
    await signedIn();
    await page.send('/s3/content', { method: 'PUT' });
    const headers = { 'content-type': 'text/html', 'cache-control': 'public' };
    await page.send('/s3/content/page.html', { method: 'PUT', body: '', headers });
    const { headers: got } = await page.send('/s3/content/page.html');
    assert.equal(got.get('content-security-policy'), "sandbox; default-src 'none'; frame-ancestors 'none'");
    assert.equal(got.get('x-content-type-options'), 'nosniff');
    assert.equal(got.get('cross-origin-resource-policy'), 'same-origin');
    assert.equal(got.get('access-control-allow-origin'), null);
  });

  it('allow the page no code but its own, and no frame around it', async () => {
    const { headers, text } = await page.send('/');
    const policy = headers.get('content-security-policy') ?? '';
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ])
      assert.ok(policy.includes(part), part);
    assert.ok(!/'unsafe|https?:|\*/.test(policy), policy);
    assert.equal(headers.get('x-frame-options'), 'DENY');
    assert.match(text, /<title>/);
  });

  it('give hashed files for ever, compressed, and the page again only when it has changed', async () => {
    const script = await page.send('/app-ABCD2345.js', { headers: { 'accept-encoding': 'identity' } });
    assert.equal(script.headers.get('cache-control'), 'public, max-age=31536000, immutable');
    const { headers } = await page.send('/');
    assert.equal(headers.get('cache-control'), 'no-cache');
    const again = await page.send('/', { headers: { 'if-none-match': headers.get('etag') ?? '' } });
    assert.equal(again.status, 304);
    assert.equal((await page.send('/any/route')).status, 200);
    for (const path of ['/missing.js', '/../../etc/passwd.txt', '/%2e%2e/secret.js'])
      assert.equal((await page.send(path)).status, 404, path);
  });
});
