// Users, roles, access keys, sessions and MFA of a running network: awscli administers and uses them, kill -9 loses no key, and the
// `cess` command works on the same records.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CreateBucketCommand, HeadBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { type Awscli, awscli, missingAwscli, sdkClient } from './support/drivers.js';
import { type S3Credentials, TestNetwork } from './support/network.js';

const missing = await missingAwscli();
const folder = mkdtempSync(join(tmpdir(), 'cess-accounts-'));
const network = await TestNetwork.create();

before(async () => {
  await network.start();
  const client = sdkClient(network.credentials);
  await client.send(new CreateBucketCommand({ Bucket: 'shared' }));
  await client.send(new PutObjectCommand({ Bucket: 'shared', Key: 'docs/a', Body: 'content' }));
  client.destroy();
});
after(async () => {
  await network.destroy();
  rmSync(folder, { recursive: true, force: true });
});

function policyFile(name: string, ...Statement: readonly object[]): string {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ Version: '2012-10-17', Statement }));
  return file;
}

interface Shown {
  readonly [name: string]: string;
}

async function json<T>(command: Promise<{ readonly stdout: string }>): Promise<T> {
  return JSON.parse((await command).stdout) as T;
}

const refused = (code: string) => (error: { readonly stderr?: string }) => new RegExp(code).test(error.stderr ?? '');

describe('awscli', { skip: missing ?? false }, () => {
  let root: Awscli;
  let account: string;
  before(async () => {
    root = awscli(network.credentials);
    const { Account, Arn } = await json<Shown>(root('sts', 'get-caller-identity'));
    assert.ok(Account !== undefined);
    account = Account;
    assert.equal(Arn, `arn:aws:iam::${account}:root`);
  });

  async function makeUser(name: string): Promise<S3Credentials> {
    await root('iam', 'create-user', '--user-name', name);
    const { AccessKey } = await json<{ AccessKey: Shown }>(root('iam', 'create-access-key', '--user-name', name));
    return { ...network.credentials, ...keysOf(AccessKey) };
  }

  it('makes a user who may do what a policy allows, until the key is deleted', async () => {
    const keys = await makeUser('ana');
    const user = awscli(keys);
    const copy = () => user('s3', 'cp', '--no-progress', 's3://shared/docs/a', join(folder, 'a'));
    await assert.rejects(copy(), refused('403'));
    const reading = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::shared/docs/*' };
    const document = `file://${policyFile('reading', reading)}`;
    await root('iam', 'put-user-policy', '--user-name', 'ana', '--policy-name', 'p', '--policy-document', document);
    await copy();
    assert.equal(readFileSync(join(folder, 'a'), 'utf8'), 'content');
    await assert.rejects(user('s3', 'rm', 's3://shared/docs/a'), refused('AccessDenied'));
    await assert.rejects(user('iam', 'list-users'), refused('AccessDenied'));
    const { PolicyNames } = await json<Record<string, unknown>>(
      root('iam', 'list-user-policies', '--user-name', 'ana'),
    );
    assert.deepEqual(PolicyNames, ['p']);
    await root('iam', 'delete-access-key', '--user-name', 'ana', '--access-key-id', keys.accessKeyId);
    await assert.rejects(copy(), refused('403'));
  });

  it('assumes a role and uses S3 with its session token', async () => {
    const keys = await makeUser('bea');
    const user = awscli(keys);
    const trust = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:user/bea` }, Action: 'sts:AssumeRole' };
    const document = `file://${policyFile('trust', trust)}`;
    await root('iam', 'create-role', '--role-name', 'backup', '--assume-role-policy-document', document);
    const writer = 'arn:aws:iam::aws:policy/cess/writer';
    await root('iam', 'attach-role-policy', '--role-name', 'backup', '--policy-arn', writer);
    const arn = `arn:aws:iam::${account}:role/backup`;
    const answer = await json<{ Credentials: Shown; AssumedRoleUser: Shown }>(
      user('sts', 'assume-role', '--role-arn', arn, '--role-session-name', 'nightly'),
    );
    assert.equal(answer.AssumedRoleUser['Arn'], `arn:aws:sts::${account}:assumed-role/backup/nightly`);
    const session = awscli({ ...network.credentials, ...sessionOf(answer.Credentials) });
    const source = join(folder, 'backup');
    writeFileSync(source, 'by the role');
    await assert.rejects(user('s3', 'cp', '--no-progress', source, 's3://shared/backup'), refused('AccessDenied'));
    await session('s3', 'cp', '--no-progress', source, 's3://shared/backup');
    await session('s3', 'cp', '--no-progress', 's3://shared/backup', join(folder, 'back'));
    assert.equal(readFileSync(join(folder, 'back'), 'utf8'), 'by the role');
    await assert.rejects(session('s3', 'rb', 's3://shared'), refused('AccessDenied'));
    await root('iam', 'detach-role-policy', '--role-name', 'backup', '--policy-arn', writer);
    await assert.rejects(session('s3', 'ls', 's3://shared'), refused('AccessDenied'));
  });

  it('enables an MFA device, and begins a session with its code, once', async () => {
    const user = awscli(await makeUser('cyd'));
    const seedFile = join(folder, 'seed');
    const create = [
      '--virtual-mfa-device-name',
      'cyd',
      '--outfile',
      seedFile,
      '--bootstrap-method',
      'Base32StringSeed',
    ];
    const { VirtualMFADevice } = await json<{ VirtualMFADevice: Shown }>(
      root('iam', 'create-virtual-mfa-device', ...create),
    );
    const serial = VirtualMFADevice['SerialNumber'] ?? '';
    const seed = decodeBase32(readFileSync(seedFile, 'utf8').trim());
    const step = Math.floor(Date.now() / 30_000);
    const codes = ['--authentication-code1', codeOf(seed, step - 1), '--authentication-code2', codeOf(seed, step)];
    await root('iam', 'enable-mfa-device', '--user-name', 'cyd', '--serial-number', serial, ...codes);
    const begin = (code: string) => user('sts', 'get-session-token', '--serial-number', serial, '--token-code', code);
    await assert.rejects(begin(codeOf(seed, step)), refused('AccessDenied'));
    const { Credentials } = await json<{ Credentials: Shown }>(begin(codeOf(seed, step + 1)));
    assert.match(Credentials['AccessKeyId'] ?? '', /^ASIA/);
    await assert.rejects(begin(codeOf(seed, step + 1)), refused('AccessDenied'));
  });

  it('finds acknowledged keys after kill -9, and no deleted ones', async () => {
    const dan = await makeUser('dan');
    const eve = await makeUser('eve');
    await root('iam', 'delete-access-key', '--user-name', 'dan', '--access-key-id', dan.accessKeyId);
    await network.kill();
    await network.start();
    const { Arn } = await json<Shown>(awscli(eve)('sts', 'get-caller-identity'));
    assert.equal(Arn, `arn:aws:iam::${account}:user/eve`);
    await assert.rejects(awscli(dan)('sts', 'get-caller-identity'), refused('InvalidClientTokenId'));
  });
});

describe('the cess command', () => {
  it('makes a user with a policy and a key, disables the key, and deletes all of it', async () => {
    await network.cess('user', 'create', 'zoe', '--policy', 'reader');
    const key = (await network.cess('key', 'create', '--user', 'zoe')) as Shown;
    const credentials = { ...network.credentials, ...keysOf(key) };
    const client = sdkClient(credentials, { maxAttempts: 1 });
    const head = () => client.send(new HeadBucketCommand({ Bucket: 'shared' }));
    await head();
    await network.cess('key', 'disable', credentials.accessKeyId, '--user', 'zoe');
    await assert.rejects(
      head(),
      (error: { readonly $metadata: { readonly httpStatusCode?: number } }) => error.$metadata.httpStatusCode === 403,
    );
    const shown = (await network.cess('user', 'show', 'zoe')) as Record<string, unknown>;
    assert.deepEqual(shown['policies'], ['arn:aws:iam::aws:policy/cess/reader']);
    await assert.rejects(network.cessText('user', 'delete', 'zoe'), /DeleteConflict.*GATEWAY_REFUSED/s);
    await network.cess('user', 'delete', 'zoe', '--force');
    await assert.rejects(network.cessText('user', 'show', 'zoe'), /NoSuchEntity/);
    client.destroy();
  });

  it('makes, changes, attaches and deletes a policy', async () => {
    const file = policyFile('all', { Effect: 'Allow', Action: 's3:*', Resource: '*' });
    await network.cess('user', 'create', 'yan');
    const { Arn } = (await network.cess('policy', 'create', 'all', file)) as Shown;
    await network.cess('policy', 'attach', 'all', '--user', 'yan');
    for (let version = 2; version <= 7; version++) await network.cess('policy', 'update', 'all', file);
    const policies = (await network.cess('policy', 'list')) as Record<string, unknown>[];
    const own = policies.find((policy) => policy['Arn'] === Arn);
    assert.deepEqual([own?.['AttachmentCount'], own?.['DefaultVersionId']], [1, 'v7']);
    await assert.rejects(network.cessText('policy', 'delete', 'all'), /DeleteConflict/);
    await network.cess('policy', 'detach', 'all', '--user', 'yan');
    await network.cess('policy', 'delete', 'all');
    const summary = (await network.cess('account', 'summary')) as Record<string, unknown>;
    assert.equal(summary['Policies'], 0);
  });
});

function keysOf(key: Shown): Pick<S3Credentials, 'accessKeyId' | 'secretAccessKey'> {
  return { accessKeyId: key['AccessKeyId'] ?? '', secretAccessKey: key['SecretAccessKey'] ?? '' };
}

function sessionOf(credentials: Shown) {
  return { ...keysOf(credentials), sessionToken: credentials['SessionToken'] ?? '' };
}

/** The code of an authenticator app. */
function codeOf(seed: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeUInt32BE(step, 4);
  const mac = createHmac('sha1', seed).update(counter).digest();
  const value = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fffffff;
  return String(value % 1_000_000).padStart(6, '0');
}

function decodeBase32(text: string): Uint8Array {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...text].map((digit) => digits.indexOf(digit).toString(2).padStart(5, '0')).join('');
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
}
