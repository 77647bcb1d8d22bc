// STORE-5, STORE-6: a right that ends is refused from the next request on, and the audit log shows the refusal.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readAuditLog } from '@cess/audit-log';
import { systemTimers } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { type QueryCredentials, query } from '../test-support/query-client.js';
import { exchange } from '../test-support/raw-exchange.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const bucket = 'rights';
const sessionSeconds = 900;

describe('a right that ends', () => {
  const auditDir = mkdtempSync(join(tmpdir(), 'cess-audit-'));
  let skewMs = 0;
  let test: TestGateway;

  before(async () => {
    const timers = { ...systemTimers, nowMs: () => Date.now() + skewMs };
    test = await startTestGateway({ auditDir, timers });
    const created = await send('PUT', '', { headers: { 'x-amz-bucket-object-lock-enabled': 'true' } });
    assert.equal(created?.status, 200);
  });
  after(async () => {
    await test.stop();
    rmSync(auditDir, { recursive: true, force: true });
  });

  const now = () => new Date(Date.now() + skewMs);

  interface Sent {
    readonly credentials?: QueryCredentials;
    readonly query?: Readonly<Record<string, string>>;
    readonly headers?: Readonly<Record<string, string>>;
  }

  function send(method: string, key: string, { credentials, headers = {}, ...more }: Sent = {}) {
    const token = credentials?.sessionToken;
    return exchange(test, {
      method,
      path: `/${bucket}${key === '' ? '' : `/${key}`}`,
      date: now(),
      headers: { ...headers, 'content-length': '0', ...(token === undefined ? {} : { 'x-amz-security-token': token }) },
      ...(credentials === undefined ? {} : { credentials }),
      ...more,
    });
  }

  async function iam(fields: Readonly<Record<string, string>>, credentials?: QueryCredentials) {
    const service = fields['Action'] === 'GetSessionToken' ? 'sts' : 'iam';
    const answer = await query(test, fields, { service, date: now(), ...(credentials && { credentials }) });
    assert.equal(answer.status, 200, answer.text);
    const sessionToken = answer.value('SessionToken');
    return {
      accessKeyId: answer.value('AccessKeyId'),
      secretAccessKey: answer.value('SecretAccessKey'),
      ...(sessionToken === '' ? {} : { sessionToken }),
    };
  }

  const allowing = (Action: string) =>
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });

  /** The key of a new user who may do everything, with which the object of the same name was just read. */
  async function userWithObject(UserName: string): Promise<QueryCredentials> {
    await iam({ Action: 'CreateUser', UserName });
    await iam({ Action: 'PutUserPolicy', UserName, PolicyName: 'p', PolicyDocument: allowing('*') });
    const credentials = await iam({ Action: 'CreateAccessKey', UserName });
    assert.equal((await send('PUT', UserName, { credentials }))?.status, 200);
    assert.equal((await send('GET', UserName, { credentials }))?.status, 200);
    return credentials;
  }

  const short = (answer: Awaited<ReturnType<typeof send>>) => `${answer?.status} ${answer?.code}`;

  async function isLogged(key: string, refusal: string): Promise<void> {
    const entries = async () => {
      for await (const { entry } of readAuditLog(auditDir))
        if (entry.key === key && `${entry.status} ${entry.errorCode}` === refusal) return true;
      return false;
    };
    await eventually(entries, `the log has ${refusal} of ${key}`);
  }

  it('with an access key that is made inactive or deleted', async () => {
    const UserName = 'revoked';
    const credentials = await userWithObject(UserName);
    const AccessKeyId = credentials.accessKeyId;
    await iam({ Action: 'UpdateAccessKey', UserName, AccessKeyId, Status: 'Inactive' });
    assert.equal(short(await send('GET', UserName, { credentials })), '403 InvalidAccessKeyId');
    await iam({ Action: 'UpdateAccessKey', UserName, AccessKeyId, Status: 'Active' });
    assert.equal((await send('GET', UserName, { credentials }))?.status, 200);
    await iam({ Action: 'DeleteAccessKey', UserName, AccessKeyId });
    assert.equal(short(await send('GET', UserName, { credentials })), '403 InvalidAccessKeyId');
    await isLogged(UserName, '403 InvalidAccessKeyId');
  });

  it('with a policy that is narrowed', async () => {
    const UserName = 'narrowed';
    const credentials = await userWithObject(UserName);
    await iam({ Action: 'PutUserPolicy', UserName, PolicyName: 'p', PolicyDocument: allowing('s3:ListBucket') });
    assert.equal(short(await send('GET', UserName, { credentials })), '403 AccessDenied');
    await isLogged(UserName, '403 AccessDenied');
  });

  it('with a bucket policy that denies', async () => {
    const UserName = 'denied';
    const credentials = await userWithObject(UserName);
    const Resource = `arn:aws:s3:::${bucket}/${UserName}`;
    const Statement = [{ Effect: 'Deny', Principal: '*', Action: 's3:GetObject', Resource }];
    const policy = JSON.stringify({ Version: '2012-10-17', Statement });
    const headers = { 'content-length': String(policy.length) };
    const request = { method: 'PUT', path: `/${bucket}`, query: { policy: '' }, date: now(), headers };
    assert.equal((await exchange(test, request, policy))?.status, 204);
    assert.equal(short(await send('GET', UserName, { credentials })), '403 AccessDenied');
    await isLogged(UserName, '403 AccessDenied');
  });

  it('with a session that expires', async () => {
    const UserName = 'expired';
    const own = await userWithObject(UserName);
    const session = { Action: 'GetSessionToken', DurationSeconds: String(sessionSeconds) };
    const credentials = await iam(session, own);
    skewMs += (sessionSeconds - 1) * 1000 - 2_000;
    assert.equal((await send('GET', UserName, { credentials }))?.status, 200);
    skewMs += 3_000;
    assert.equal(short(await send('GET', UserName, { credentials })), '400 ExpiredToken');
    await isLogged(UserName, '400 ExpiredToken');
  });

  it('over a version that a lock keeps', async () => {
    const key = 'locked';
    const until = new Date(now().getTime() + 3_600_000).toISOString();
    const headers = { 'x-amz-object-lock-mode': 'COMPLIANCE', 'x-amz-object-lock-retain-until-date': until };
    const stored = await send('PUT', key, { headers });
    const versionId = /x-amz-version-id: (\S+)/i.exec(stored?.head ?? '')?.[1] ?? assert.fail('no version id');
    assert.equal(short(await send('DELETE', key, { query: { versionId } })), '403 AccessDenied');
    assert.equal((await send('GET', key, { query: { versionId } }))?.status, 200);
    await isLogged(key, '403 AccessDenied');
  });
});
