import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accountIdOf } from '@cess/access';
import type { Caller } from '../identity/caller.js';
import { totpCode, totpStepMs } from '../mfa/totp.js';
import {
  AccountsBench,
  allow,
  documentOf,
  type KeyPair,
  keyPairOf,
  otherRootKey,
  rootKey,
} from '../test-support/bench.js';
import type { Answer } from './operation.js';

const account = accountIdOf(rootKey.owner);
const otherAccount = accountIdOf(otherRootKey.owner);
const roleArn = `arn:aws:iam::${account}:role/lister`;

function trust(principal: string, more: object = {}): string {
  return documentOf({ Effect: 'Allow', Principal: { AWS: principal }, Action: 'sts:AssumeRole', ...more });
}

async function withRole(bench: AccountsBench, trustPolicy: string): Promise<void> {
  await bench.iam('CreateRole', { RoleName: 'lister', AssumeRolePolicyDocument: trustPolicy });
  const PolicyDocument = documentOf(allow('iam:List*'));
  await bench.iam('PutRolePolicy', { RoleName: 'lister', PolicyName: 'p', PolicyDocument });
}

const assume = (bench: AccountsBench, keys: KeyPair, more: Readonly<Record<string, string>> = {}) =>
  bench.sts('AssumeRole', { RoleArn: roleArn, RoleSessionName: 'work', ...more }, keys);

describe('AssumeRole', () => {
  it('gives what the role may, under the name of the session', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana', allow('sts:AssumeRole'));
    await withRole(bench, trust(account));
    const answer = await assume(bench, keys);
    const session = keyPairOf(answer);
    assert.match(session.accessKeyId, /^ASIA/);
    const { Arn } = await bench.sts('GetCallerIdentity', {}, session);
    assert.equal(Arn, `arn:aws:sts::${account}:assumed-role/lister/work`);
    await bench.iam('ListUsers', {}, session);
    assert.equal(await bench.refusal(bench.iam('CreateUser', { UserName: 'x' }, session)), 'AccessDenied');
  });

  it('needs the trust policy and, where that only names the account, a policy of the caller', async () => {
    const bench = await AccountsBench.open();
    const ana = await bench.user('ana');
    const bea = await bench.user('bea', allow('sts:AssumeRole'));
    await withRole(bench, trust(account));
    assert.equal(await bench.refusal(assume(bench, ana)), 'AccessDenied');
    await assume(bench, bea);
    const named = { RoleName: 'lister', PolicyDocument: trust(`arn:aws:iam::${account}:user/ana`) };
    await bench.iam('UpdateAssumeRolePolicy', named);
    await assume(bench, ana);
    assert.equal(await bench.refusal(assume(bench, bea)), 'AccessDenied');
  });

  it('lets users of another account in if both sides allow it', async () => {
    const bench = await AccountsBench.open();
    await withRole(bench, trust(otherAccount, { Condition: { StringEquals: { 'sts:ExternalId': 'secret' } } }));
    await bench.iam('CreateUser', { UserName: 'guest' }, otherRootKey);
    const policy = { UserName: 'guest', PolicyName: 'p', PolicyDocument: documentOf(allow('sts:AssumeRole', roleArn)) };
    await bench.iam('PutUserPolicy', policy, otherRootKey);
    const guest = keyPairOf(await bench.iam('CreateAccessKey', { UserName: 'guest' }, otherRootKey));
    assert.equal(await bench.refusal(assume(bench, guest)), 'AccessDenied');
    const session = keyPairOf(await assume(bench, guest, { ExternalId: 'secret' }));
    assert.equal((await bench.caller(session)).account.id, account);
  });

  it('does not tell whether a role exists', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana', allow('sts:AssumeRole'));
    assert.equal(await bench.refusal(assume(bench, keys)), 'AccessDenied');
    assert.equal(await bench.refusal(assume(bench, rootKey)), 'AccessDenied');
  });

  it('narrows the session by its policies', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana', allow('sts:AssumeRole'));
    await withRole(bench, trust(account));
    const session = keyPairOf(await assume(bench, keys, { Policy: documentOf(allow('iam:ListUsers')) }));
    await bench.iam('ListUsers', {}, session);
    assert.equal(await bench.refusal(bench.iam('ListGroups', {}, session)), 'AccessDenied');
    const reader = 'arn:aws:iam::aws:policy/cess/reader';
    const other = keyPairOf(await assume(bench, keys, { 'PolicyArns.member.1.arn': reader }));
    assert.equal(await bench.refusal(bench.iam('ListUsers', {}, other)), 'AccessDenied');
  });

  it('ends with its time', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana', allow('sts:AssumeRole'));
    await withRole(bench, trust(account));
    const session = keyPairOf(await assume(bench, keys, { DurationSeconds: '900' }));
    bench.nowMs += 899_000;
    assert.notEqual(await bench.credentials(session), 'expired-token');
    bench.nowMs += 1_000;
    assert.equal(await bench.credentials(session), 'expired-token');
    assert.equal(await bench.refusal(assume(bench, keys, { DurationSeconds: '3601' })), 'ValidationError');
  });

  it('ends with its role, also when another role takes the name', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana', allow('sts:AssumeRole'));
    await withRole(bench, trust(account));
    const session = keyPairOf(await assume(bench, keys));
    await bench.iam('DeleteRolePolicy', { RoleName: 'lister', PolicyName: 'p' });
    await bench.iam('DeleteRole', { RoleName: 'lister' });
    assert.equal(await bench.credentials(session), 'unknown-key');
    await withRole(bench, trust(account));
    assert.equal(await bench.credentials(session), 'unknown-key');
  });

  it('ends for sessions that a policy revokes by their time of issue', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana', allow('sts:AssumeRole'));
    await withRole(bench, trust(account));
    const older = keyPairOf(await assume(bench, keys));
    bench.nowMs += 5_000;
    const revokedAt = new Date(bench.nowMs - 1_000).toISOString();
    const revocation = {
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { DateLessThan: { 'aws:TokenIssueTime': revokedAt } },
    };
    const policy = { RoleName: 'lister', PolicyName: 'revoke', PolicyDocument: documentOf(revocation) };
    await bench.iam('PutRolePolicy', policy);
    const newer = keyPairOf(await assume(bench, keys));
    assert.equal(await bench.refusal(bench.iam('ListUsers', {}, older)), 'AccessDenied');
    await bench.iam('ListUsers', {}, newer);
  });
});

describe('session tokens', () => {
  it('belong to one access key and one gateway', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana');
    const one = keyPairOf(await bench.sts('GetSessionToken', {}, keys));
    const two = keyPairOf(await bench.sts('GetSessionToken', {}, keys));
    const { token = '' } = one;
    assert.equal(await bench.credentials({ ...two, token }), 'invalid-token');
    assert.equal(await bench.credentials({ accessKeyId: one.accessKeyId }), 'unknown-key');
    assert.equal(await bench.credentials({ ...keys, token }), 'invalid-token');
    const changed = Buffer.from(token, 'base64');
    changed.writeUInt8(changed.readUInt8(40) ^ 1, 40);
    assert.equal(await bench.credentials({ ...one, token: changed.toString('base64') }), 'invalid-token');
    const foreign = await AccountsBench.open(bench.kv, new Uint8Array(32).fill(2));
    assert.equal(await foreign.credentials(one), 'invalid-token');
    const restarted = await AccountsBench.open(bench.kv);
    assert.notEqual(await restarted.credentials(one), 'invalid-token');
  });

  it('end with the access key that asked for them', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana');
    const session = keyPairOf(await bench.sts('GetSessionToken', {}, keys));
    assert.notEqual(await bench.credentials(session), 'unknown-key');
    await bench.iam('DeleteAccessKey', { UserName: 'ana', AccessKeyId: keys.accessKeyId });
    assert.equal(await bench.credentials(session), 'unknown-key');
  });

  it('give no access to IAM without MFA, and no further session', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana', allow('*'));
    const session = keyPairOf(await bench.sts('GetSessionToken', {}, keys));
    assert.equal(await bench.refusal(bench.iam('ListUsers', {}, session)), 'InvalidClientTokenId');
    assert.equal(await bench.refusal(bench.sts('GetSessionToken', {}, session)), 'InvalidClientTokenId');
    await bench.sts('GetCallerIdentity', {}, session);
  });
});

describe('MFA', () => {
  async function withDevice(bench: AccountsBench) {
    const needsMfa = { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } };
    const keys = await bench.user('ana', allow('iam:ListUsers', '*', needsMfa));
    const { VirtualMFADevice } = await bench.iam('CreateVirtualMFADevice', { VirtualMFADeviceName: 'phone' });
    const { SerialNumber, Base32StringSeed } = VirtualMFADevice as Answer;
    const seed = decodeBase32(Buffer.from(String(Base32StringSeed), 'base64').toString());
    const code = (drift: number) => totpCode(seed, Math.floor(bench.nowMs / totpStepMs) + drift);
    const enable = { UserName: 'ana', SerialNumber: String(SerialNumber) };
    const codes = { AuthenticationCode1: code(-1), AuthenticationCode2: code(0) };
    return {
      keys,
      code,
      serial: String(SerialNumber),
      enable: () => bench.iam('EnableMFADevice', { ...enable, ...codes }),
    };
  }

  it('opens what policies tie to it, for a session that was begun with a code', async () => {
    const bench = await AccountsBench.open();
    const { keys, code, serial, enable } = await withDevice(bench);
    await enable();
    bench.nowMs += totpStepMs;
    assert.equal(await bench.refusal(bench.iam('ListUsers', {}, keys)), 'AccessDenied');
    const proof = { SerialNumber: serial, TokenCode: code(0) };
    const session = keyPairOf(await bench.sts('GetSessionToken', proof, keys));
    await bench.iam('ListUsers', {}, session);
  });

  it('refuses a code that was used before', async () => {
    const bench = await AccountsBench.open();
    const { keys, code, serial, enable } = await withDevice(bench);
    await enable();
    const proof = (drift: number) => ({ SerialNumber: serial, TokenCode: code(drift) });
    assert.equal(await bench.refusal(bench.sts('GetSessionToken', proof(0), keys)), 'AccessDenied');
    await bench.sts('GetSessionToken', proof(1), keys);
    assert.equal(await bench.refusal(bench.sts('GetSessionToken', proof(1), keys)), 'AccessDenied');
    const restarted = await AccountsBench.open(bench.kv);
    assert.equal(await restarted.refusal(restarted.sts('GetSessionToken', proof(1), keys)), 'AccessDenied');
  });

  it('takes no code for an hour after ten wrong ones', async () => {
    const bench = await AccountsBench.open();
    const { keys, code, serial, enable } = await withDevice(bench);
    await enable();
    const begin = (TokenCode: string) => bench.sts('GetSessionToken', { SerialNumber: serial, TokenCode }, keys);
    const wrong = () => String((Number(code(1)) + 500_000) % 1_000_000).padStart(6, '0');
    for (let guess = 0; guess < 10; guess++) assert.equal(await bench.refusal(begin(wrong())), 'AccessDenied');
    assert.equal(await bench.refusal(begin(code(1))), 'AccessDenied');
    bench.nowMs += 3_600_000;
    await begin(code(0));
  });

  it('accepts only the device of the caller', async () => {
    const bench = await AccountsBench.open();
    const { code, serial, enable } = await withDevice(bench);
    await enable();
    const other = await bench.user('bea');
    const proof = { SerialNumber: serial, TokenCode: code(1) };
    assert.equal(await bench.refusal(bench.sts('GetSessionToken', proof, other)), 'AccessDenied');
  });

  it('of the root takes no code from a session of a role', async () => {
    const bench = await AccountsBench.open();
    const { VirtualMFADevice } = await bench.iam('CreateVirtualMFADevice', { VirtualMFADeviceName: 'root-phone' });
    const { SerialNumber, Base32StringSeed } = VirtualMFADevice as Answer;
    const seed = decodeBase32(Buffer.from(String(Base32StringSeed), 'base64').toString());
    const code = (drift: number) => totpCode(seed, Math.floor(bench.nowMs / totpStepMs) + drift);
    const serial = String(SerialNumber);
    const codes = { AuthenticationCode1: code(-1), AuthenticationCode2: code(0) };
    await bench.iam('EnableMFADevice', { SerialNumber: serial, ...codes });
    const keys = await bench.user('ana', allow('sts:AssumeRole'));
    await withRole(bench, trust(account));
    const roleSession = await bench.caller(keyPairOf(await assume(bench, keys)));
    const use = ({ principal }: Pick<Caller, 'principal'>) =>
      bench.accounts.useDeviceCode({ principal, serial, code: code(1) }, bench.nowMs);
    assert.equal(await bench.refusal(use(roleSession)), 'AccessDenied');
    assert.equal(await bench.refusal(use(await bench.caller(keys))), 'AccessDenied');
    const root = await bench.caller(rootKey);
    await use(root);
    assert.equal(await bench.refusal(use(root)), 'AccessDenied');
  });

  it('is listed, deactivated and deleted in this order', async () => {
    const bench = await AccountsBench.open();
    const { serial, enable } = await withDevice(bench);
    await enable();
    assert.equal(await bench.refusal(enable()), 'EntityAlreadyExists');
    const { MFADevices } = await bench.iam('ListMFADevices', { UserName: 'ana' });
    assert.deepEqual(
      (MFADevices as Answer[]).map(({ SerialNumber }) => SerialNumber),
      [serial],
    );
    const remove = () => bench.iam('DeleteVirtualMFADevice', { SerialNumber: serial });
    assert.equal(await bench.refusal(remove()), 'DeleteConflict');
    await bench.iam('DeactivateMFADevice', { UserName: 'ana', SerialNumber: serial });
    await remove();
    assert.deepEqual((await bench.iam('ListVirtualMFADevices'))['VirtualMFADevices'], []);
  });
});

function decodeBase32(text: string): Uint8Array {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...text].map((character) => digits.indexOf(character).toString(2).padStart(5, '0')).join('');
  return Uint8Array.from({ length: Math.floor(bits.length / 8) }, (_, at) =>
    Number.parseInt(bits.slice(at * 8, at * 8 + 8), 2),
  );
}
