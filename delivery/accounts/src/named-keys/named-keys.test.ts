// Named keys and the operations of the KMS API on them, without a transport.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Answer } from '../api/operation.js';
import { AccountsBench, allow, otherRootKey, rootKey } from '../test-support/bench.js';

const day = 24 * 3_600_000;
const metadata = (answer: Answer) => answer['KeyMetadata'] as Answer;
const made = async (bench: AccountsBench) => metadata(await bench.kms('CreateKey', { Description: 'for tests' }));
const accountOf = async (bench: AccountsBench) => (await bench.caller(rootKey)).account.id;

async function maintain({ accounts, nowMs }: AccountsBench): Promise<void> {
  for await (const key of accounts.namedKeys.due(nowMs)) await accounts.namedKeys.maintain(key, nowMs);
}

describe('named keys', () => {
  it('are created, described, listed and found by id, ARN and alias', async () => {
    const bench = await AccountsBench.open();
    const key = await made(bench);
    const KeyId = String(key['KeyId']);
    const account = await accountOf(bench);
    assert.equal(key['Arn'], `arn:aws:kms:us-east-1:${account}:key/${KeyId}`);
    await bench.kms('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId });
    const names = [KeyId, String(key['Arn']), 'alias/app', `arn:aws:kms:us-east-1:${account}:alias/app`];
    for (const name of names) assert.deepEqual(metadata(await bench.kms('DescribeKey', { KeyId: name })), key);
    assert.deepEqual((await bench.kms('ListKeys'))['Keys'], [{ KeyId, KeyArn: key['Arn'] }]);
    const [alias] = (await bench.kms('ListAliases'))['Aliases'] as Answer[];
    assert.deepEqual([alias?.['AliasName'], alias?.['TargetKeyId']], ['alias/app', KeyId]);
    await bench.kms('DeleteAlias', { AliasName: 'alias/app' });
    assert.equal(await bench.refusal(bench.kms('DescribeKey', { KeyId: 'alias/app' })), 'NotFoundException');
  });

  it('keep older material when they rotate, also after a restart', async () => {
    const bench = await AccountsBench.open();
    const KeyId = String((await made(bench))['KeyId']);
    const account = await accountOf(bench);
    const first = await bench.accounts.namedKeys.use({ account, key: KeyId }, bench.nowMs);
    await bench.kms('RotateKeyOnDemand', { KeyId });
    const again = await AccountsBench.open(bench.kv, undefined, undefined, bench.vault);
    const second = await again.accounts.namedKeys.use({ account, key: KeyId }, bench.nowMs);
    assert.deepEqual([first.newest, second.newest], [1, 2]);
    assert.deepEqual(second.material(1), first.material(1));
    assert.notDeepEqual(second.material(2), first.material(1));
    assert.equal(second.material(3), undefined);
    assert.equal(((await bench.kms('ListKeyRotations', { KeyId }))['Rotations'] as Answer[]).length, 1);
  });

  it('rotate by themselves once their period has passed, and not while they are disabled', async () => {
    const bench = await AccountsBench.open();
    const KeyId = String((await made(bench))['KeyId']);
    const account = await accountOf(bench);
    await bench.kms('EnableKeyRotation', { KeyId, RotationPeriodInDays: '90' });
    const newest = async () => (await bench.accounts.namedKeys.use({ account, key: KeyId }, bench.nowMs)).newest;
    bench.nowMs += 89 * day;
    await maintain(bench);
    assert.equal(await newest(), 1);
    bench.nowMs += day;
    await maintain(bench);
    await maintain(bench);
    assert.equal(await newest(), 2);
    bench.nowMs += 90 * day;
    await bench.kms('DisableKey', { KeyId });
    await maintain(bench);
    await bench.kms('EnableKey', { KeyId });
    assert.equal(await newest(), 2);
  });

  it('cannot be used while disabled or pending deletion, and are gone with their material when the time has come', async () => {
    const bench = await AccountsBench.open();
    const KeyId = String((await made(bench))['KeyId']);
    const account = await accountOf(bench);
    const use = () => bench.accounts.namedKeys.use({ account, key: KeyId }, bench.nowMs);
    await bench.kms('CreateAlias', { AliasName: 'alias/gone', TargetKeyId: KeyId });
    await bench.kms('DisableKey', { KeyId });
    assert.equal(await bench.refusal(use()), 'DisabledException');
    assert.equal(await bench.refusal(bench.kms('RotateKeyOnDemand', { KeyId })), 'DisabledException');
    await bench.kms('EnableKey', { KeyId });
    await bench.kms('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: '7' });
    assert.equal(await bench.refusal(use()), 'KMSInvalidStateException');
    assert.equal(await bench.refusal(bench.kms('EnableKey', { KeyId })), 'KMSInvalidStateException');
    await bench.kms('CancelKeyDeletion', { KeyId });
    assert.equal(await bench.refusal(use()), 'DisabledException');
    await bench.kms('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: '7' });
    bench.nowMs += 7 * day;
    assert.equal(await bench.refusal(use()), 'NotFoundException');
    await maintain(bench);
    const left = [...bench.kv.entries({})].filter(([name]) => Buffer.from(name).includes(KeyId));
    assert.deepEqual(left, []);
    assert.deepEqual((await bench.kms('ListAliases'))['Aliases'], []);
  });

  it('get a default key on first use, and only one', async () => {
    const bench = await AccountsBench.open();
    const account = await accountOf(bench);
    const use = () => bench.accounts.namedKeys.use({ account, key: undefined }, bench.nowMs);
    const [one, other] = await Promise.all([use(), use()]);
    assert.equal(one.keyId, other.keyId);
    const found = metadata(await bench.kms('DescribeKey', { KeyId: 'alias/aws/s3' }));
    assert.equal(found['KeyId'], one.keyId);
    const alias = { AliasName: 'alias/aws/other', TargetKeyId: one.keyId };
    assert.equal(await bench.refusal(bench.kms('CreateAlias', alias)), 'InvalidAliasNameException');
  });

  it('belong to their account, and users need a policy for each operation', async () => {
    const bench = await AccountsBench.open();
    const key = await made(bench);
    const KeyId = String(key['KeyId']);
    const describe = (Name: string, keys: Parameters<typeof bench.kms>[2]) =>
      bench.kms('DescribeKey', { KeyId: Name }, keys);
    assert.equal(await bench.refusal(describe(KeyId, otherRootKey)), 'NotFoundException');
    assert.equal(await bench.refusal(describe(String(key['Arn']), otherRootKey)), 'NotFoundException');
    const user = await bench.user('ana', allow('kms:DescribeKey', String(key['Arn'])));
    await describe(KeyId, user);
    assert.equal(await bench.refusal(bench.kms('DisableKey', { KeyId }, user)), 'AccessDenied');
    assert.equal(await bench.refusal(bench.kms('CreateKey', {}, user)), 'AccessDenied');
  });

  it('that are not symmetric, or have a policy or an origin of their own, are refused', async () => {
    const bench = await AccountsBench.open();
    assert.equal(await bench.refusal(bench.kms('CreateKey', { KeySpec: 'RSA_2048' })), 'ValidationError');
    assert.equal(await bench.refusal(bench.kms('CreateKey', { Policy: '{}' })), 'UnsupportedOperationException');
    assert.equal(await bench.refusal(bench.kms('GetKeyPolicy', { KeyId: 'x' })), 'InvalidAction');
  });
});
