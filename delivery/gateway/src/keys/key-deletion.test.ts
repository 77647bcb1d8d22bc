// The deletion of a named key from its request to the last byte, through a gateway whose days last a second.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { eventually } from '@cess/primitives/testing';
import { createMemoryKv, type Kv } from '@cess/store';
import { kms } from '../test-support/query-client.js';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const Bucket = 'deletions';
const Key = 'k';
/** Entries of the vault begin behind its head, and each has a slot of this size. */
const slotBytes = 64;

let folder: string;
let keyVaultFile: string;
let kv: Kv;
let test: TestGateway;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cess-key-deletion-'));
  keyVaultFile = join(folder, 'named-keys');
  kv = createMemoryKv();
  test = await startTestGateway({ kv, keyVaultFile, lifecycleDaySeconds: 1 });
  await sdkClient(test).send(new CreateBucketCommand({ Bucket }));
});
after(async () => {
  await test.stop();
  await rm(folder, { recursive: true });
});

const read = async (from: TestGateway = test) =>
  (await sdkClient(from).send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();

async function manage(action: string, parameters: object = {}): Promise<Readonly<Record<string, unknown>>> {
  const { status, answer } = await kms(test, action, parameters);
  assert.equal(status, 200, JSON.stringify(answer));
  return answer;
}

async function storeUnderNewKey(): Promise<string> {
  const { KeyId } = (await manage('CreateKey'))['KeyMetadata'] as { KeyId: string };
  const encryption = { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: KeyId };
  await sdkClient(test).send(new PutObjectCommand({ Bucket, Key, Body: 'content', ...encryption }));
  return KeyId;
}

/** What a backup of the index would have. */
async function copyOf(store: Kv): Promise<Kv> {
  const copy = createMemoryKv();
  const entries = [...store.entries()].map(([key, value]) => ({ type: 'put' as const, key, value }));
  await copy.write(entries, { durable: true });
  return copy;
}

describe('a named key that is scheduled for deletion', () => {
  it('opens nothing while it waits, and everything after the deletion is cancelled', async () => {
    const KeyId = await storeUnderNewKey();
    await manage('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 30 });
    await refuses('KMS.KMSInvalidStateException', 400, read());
    await manage('CancelKeyDeletion', { KeyId });
    await refuses('KMS.DisabledException', 400, read());
    await manage('EnableKey', { KeyId });
    assert.equal(await read(), 'content');
  });

  it('is destroyed when the time is over: its record, its alias and its slot, and no backup of the index brings it back', async () => {
    const KeyId = await storeUnderNewKey();
    await manage('CreateAlias', { AliasName: 'alias/leaving', TargetKeyId: KeyId });
    const slot = (await readFile(keyVaultFile)).length - slotBytes;
    const backup = await copyOf(kv);
    await manage('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
    const records = async () => ((await manage('ListKeys'))['Keys'] as { KeyId: string }[]).map((key) => key.KeyId);
    await eventually(async () => !(await records()).includes(KeyId), 'the record is removed');
    assert.deepEqual((await kms(test, 'DescribeKey', { KeyId })).answer['__type'], 'NotFoundException');
    const aliases = (await manage('ListAliases'))['Aliases'] as { AliasName: string }[];
    assert.ok(!aliases.some(({ AliasName }) => AliasName === 'alias/leaving'));
    await refuses('KMS.NotFoundException', 400, read());
    const bytes = await readFile(keyVaultFile);
    assert.ok(bytes.subarray(slot, slot + slotBytes).every((byte) => byte === 0));
    await test.gateway.stop();
    const restored = await startTestGateway({ kv: backup, keyVaultFile, over: test });
    await refuses('InternalError', 500, read(restored));
    await restored.gateway.stop();
  });
});
