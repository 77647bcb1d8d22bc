import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accountIdOf } from '@cess/access';
import { AccountsBench, allow, documentOf, keyPairOf, otherRootKey, rootKey } from '../test-support/bench.js';
import type { Answer } from './operation.js';

const account = accountIdOf(rootKey.owner);

describe('users and their access keys', () => {
  it('are created and shown with the ARN of their account', async () => {
    const bench = await AccountsBench.open();
    const { User } = await bench.iam('CreateUser', { UserName: 'Ana', Path: '/staff/' });
    const user = User as Answer;
    assert.equal(user['Arn'], `arn:aws:iam::${account}:user/staff/Ana`);
    assert.match(String(user['UserId']), /^AIDA[A-Z2-7]{16}$/);
    assert.deepEqual(await bench.iam('GetUser', { UserName: 'ana' }), { User });
  });

  it('have names that are unique without regard to case', async () => {
    const bench = await AccountsBench.open();
    await bench.iam('CreateUser', { UserName: 'ana' });
    assert.equal(await bench.refusal(bench.iam('CreateUser', { UserName: 'ANA' })), 'EntityAlreadyExists');
  });

  it('are not seen from another account', async () => {
    const bench = await AccountsBench.open();
    await bench.iam('CreateUser', { UserName: 'ana' });
    assert.equal(await bench.refusal(bench.iam('GetUser', { UserName: 'ana' }, otherRootKey)), 'NoSuchEntity');
    assert.deepEqual((await bench.iam('ListUsers', {}, otherRootKey))['Users'], []);
  });

  it('are listed in pages, and by path', async () => {
    const bench = await AccountsBench.open();
    for (const name of ['e', 'd', 'c', 'b', 'a'])
      await bench.iam('CreateUser', { UserName: name, Path: name < 'c' ? '/x/' : '/' });
    const names: unknown[] = [];
    let marker: string | undefined;
    let pages = 0;
    do {
      const page: Answer = await bench.iam('ListUsers', { MaxItems: '2', ...(marker ? { Marker: marker } : {}) });
      names.push(...(page['Users'] as Answer[]).map((user) => user['UserName']));
      marker = page['Marker'] as string | undefined;
      assert.equal(page['IsTruncated'], marker !== undefined);
      pages++;
    } while (marker !== undefined);
    assert.deepEqual([names, pages], [['a', 'b', 'c', 'd', 'e'], 3]);
    const { Users } = await bench.iam('ListUsers', { PathPrefix: '/x' });
    assert.equal((Users as Answer[]).length, 2);
    assert.equal(await bench.refusal(bench.iam('ListUsers', { Marker: 'forged!' })), 'ValidationError');
  });

  it('cannot be deleted before what belongs to them', async () => {
    const bench = await AccountsBench.open();
    const { accessKeyId } = await bench.user('ana', allow('s3:*'));
    await bench.iam('CreateGroup', { GroupName: 'staff' });
    await bench.iam('AddUserToGroup', { GroupName: 'staff', UserName: 'ana' });
    const remove = () => bench.iam('DeleteUser', { UserName: 'ana' });
    assert.equal(await bench.refusal(remove()), 'DeleteConflict');
    await bench.iam('DeleteAccessKey', { UserName: 'ana', AccessKeyId: accessKeyId });
    assert.equal(await bench.refusal(remove()), 'DeleteConflict');
    await bench.iam('RemoveUserFromGroup', { GroupName: 'staff', UserName: 'ana' });
    assert.equal(await bench.refusal(remove()), 'DeleteConflict');
    await bench.iam('DeleteUserPolicy', { UserName: 'ana', PolicyName: 'own' });
    await remove();
    assert.equal(await bench.refusal(bench.iam('GetUser', { UserName: 'ana' })), 'NoSuchEntity');
    const { SummaryMap } = await bench.iam('GetAccountSummary');
    const users = ((SummaryMap as Answer)['entry'] as Answer[]).find(({ key }) => key === 'Users');
    assert.equal(users?.['value'], 0);
  });

  it('keep their keys, groups and policies under a new name', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana', allow('iam:GetUser'));
    await bench.iam('CreateGroup', { GroupName: 'staff' });
    await bench.iam('AddUserToGroup', { GroupName: 'staff', UserName: 'ana' });
    await bench.iam('UpdateUser', { UserName: 'ana', NewUserName: 'bea', NewPath: '/new/' });
    const { User } = await bench.iam('GetUser', {}, keys);
    assert.equal((User as Answer)['Arn'], `arn:aws:iam::${account}:user/new/bea`);
    const group = await bench.iam('GetGroup', { GroupName: 'staff' });
    assert.deepEqual(
      (group['Users'] as Answer[]).map(({ UserName }) => UserName),
      ['bea'],
    );
    assert.equal(await bench.refusal(bench.iam('GetUser', { UserName: 'ana' })), 'NoSuchEntity');
  });

  it('have at most two access keys', async () => {
    const bench = await AccountsBench.open();
    await bench.user('ana');
    await bench.iam('CreateAccessKey', { UserName: 'ana' });
    assert.equal(await bench.refusal(bench.iam('CreateAccessKey', { UserName: 'ana' })), 'LimitExceeded');
    const { AccessKeyMetadata } = await bench.iam('ListAccessKeys', { UserName: 'ana' });
    assert.equal((AccessKeyMetadata as Answer[]).length, 2);
  });

  it('are refused from the moment that their key is disabled or deleted', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana');
    const change = (status: string) =>
      bench.iam('UpdateAccessKey', { UserName: 'ana', AccessKeyId: keys.accessKeyId, Status: status });
    assert.notEqual(await bench.credentials(keys), 'unknown-key');
    await change('Inactive');
    assert.equal(await bench.credentials(keys), 'unknown-key');
    await change('Active');
    assert.notEqual(await bench.credentials(keys), 'unknown-key');
    await bench.iam('DeleteAccessKey', { UserName: 'ana', AccessKeyId: keys.accessKeyId });
    assert.equal(await bench.credentials(keys), 'unknown-key');
  });

  it('show when a key was used last', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana');
    const lastUsed = async () =>
      (await bench.iam('GetAccessKeyLastUsed', { AccessKeyId: keys.accessKeyId }))['AccessKeyLastUsed'] as Answer;
    assert.equal((await lastUsed())['ServiceName'], 'N/A');
    bench.accounts.noteUse(keys.accessKeyId, { atMs: bench.nowMs, service: 's3', region: 'us-east-1' });
    assert.deepEqual(await lastUsed(), { LastUsedDate: new Date(bench.nowMs), ServiceName: 's3', Region: 'us-east-1' });
    await bench.accounts.stop();
    const reopened = await AccountsBench.open(bench.kv);
    const after = await reopened.iam('GetAccessKeyLastUsed', { AccessKeyId: keys.accessKeyId });
    assert.equal((after['AccessKeyLastUsed'] as Answer)['ServiceName'], 's3');
  });

  it('survive a restart, and their secrets open only with the key of the gateway', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana');
    const before = await bench.credentials(keys);
    const reopened = await AccountsBench.open(bench.kv);
    const after = await reopened.credentials(keys);
    assert.ok(typeof before !== 'string' && typeof after !== 'string');
    assert.equal(after.secretAccessKey, before.secretAccessKey);
    const foreign = await AccountsBench.open(bench.kv, new Uint8Array(32).fill(2));
    assert.equal(await bench.refusal(foreign.credentials(keys)), 'ACCOUNT_SECRET_UNREADABLE');
  });

  it('are told what a parameter may look like', async () => {
    const bench = await AccountsBench.open();
    for (const name of ['', 'a b', 'a/b', 'ä', 'x'.repeat(65)])
      assert.equal(await bench.refusal(bench.iam('CreateUser', { UserName: name })), 'ValidationError', name);
    assert.equal(await bench.refusal(bench.iam('CreateUser', {})), 'ValidationError');
    assert.equal(await bench.refusal(bench.iam('CreateUser', { UserName: 'a', Path: 'x' })), 'ValidationError');
    assert.equal(await bench.refusal(bench.iam('MakeCoffee')), 'InvalidAction');
    assert.equal(await bench.refusal(bench.iam('toString')), 'InvalidAction');
  });
});

describe('keys of the root', () => {
  it('stand in the configuration, and IAM cannot change those', async () => {
    const bench = await AccountsBench.open();
    const { AccessKeyMetadata } = await bench.iam('ListAccessKeys');
    assert.deepEqual(
      (AccessKeyMetadata as Answer[]).map(({ AccessKeyId }) => AccessKeyId),
      ['ROOTKEY'],
    );
    const change = bench.iam('DeleteAccessKey', { AccessKeyId: 'ROOTKEY' });
    assert.equal(await bench.refusal(change), 'UnmodifiableEntity');
  });

  it('can be made by IAM as well', async () => {
    const bench = await AccountsBench.open();
    const keys = keyPairOf(await bench.iam('CreateAccessKey'));
    const caller = await bench.caller(keys);
    assert.deepEqual([caller.principal.kind, caller.account.id], ['root', account]);
    await bench.iam('DeleteAccessKey', { AccessKeyId: keys.accessKeyId }, keys);
    assert.equal(await bench.credentials(keys), 'unknown-key');
  });
});

describe('authorization of IAM', () => {
  it('denies a user without policies everything but to ask who they are', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana');
    for (const [action, fields] of [
      ['ListUsers', {}],
      ['CreateUser', { UserName: 'bea' }],
      ['GetUser', {}],
      ['PutUserPolicy', { UserName: 'ana', PolicyName: 'p', PolicyDocument: documentOf(allow('*')) }],
      ['CreateAccessKey', {}],
    ] as const)
      assert.equal(await bench.refusal(bench.iam(action, fields, keys)), 'AccessDenied', action);
    const { Arn, Account } = await bench.sts('GetCallerIdentity', {}, keys);
    assert.deepEqual([Arn, Account], [`arn:aws:iam::${account}:user/ana`, account]);
  });

  it('lets a policy name the users that may be changed', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana', allow('iam:*', `arn:aws:iam::${account}:user/team/*`));
    await bench.iam('CreateUser', { UserName: 'bea', Path: '/team/' }, keys);
    await bench.iam('CreateAccessKey', { UserName: 'bea' }, keys);
    assert.equal(await bench.refusal(bench.iam('CreateUser', { UserName: 'cyd' }, keys)), 'AccessDenied');
    assert.equal(await bench.refusal(bench.iam('DeleteUser', { UserName: 'ana' }, keys)), 'AccessDenied');
  });

  it('lets users change their own keys by a policy variable', async () => {
    const bench = await AccountsBench.open();
    const own = `arn:aws:iam::${account}:user/\${aws:username}`;
    const keys = await bench.user('ana', allow(['iam:CreateAccessKey', 'iam:ListAccessKeys'], own));
    await bench.user('bea');
    await bench.iam('ListAccessKeys', {}, keys);
    assert.equal(await bench.refusal(bench.iam('ListAccessKeys', { UserName: 'bea' }, keys)), 'AccessDenied');
  });

  it('follows a changed policy with the next request', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana', allow('iam:ListUsers'));
    await bench.iam('ListUsers', {}, keys);
    await bench.putPolicy('ana', allow('iam:ListGroups'));
    assert.equal(await bench.refusal(bench.iam('ListUsers', {}, keys)), 'AccessDenied');
  });

  it('restricts which policies an administrator may attach', async () => {
    const bench = await AccountsBench.open();
    const reader = 'arn:aws:iam::aws:policy/cess/reader';
    const only = { Condition: { ArnEquals: { 'iam:PolicyARN': reader } } };
    const keys = await bench.user('ana', allow('iam:AttachUserPolicy', '*', only));
    await bench.iam('AttachUserPolicy', { UserName: 'ana', PolicyArn: reader }, keys);
    const owner = { UserName: 'ana', PolicyArn: 'arn:aws:iam::aws:policy/cess/owner' };
    assert.equal(await bench.refusal(bench.iam('AttachUserPolicy', owner, keys)), 'AccessDenied');
  });
});
