import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createMemoryKv } from '@cess/store';
import { kms } from '../test-support/query-client.js';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway } from '../test-support/test-gateway.js';
import { FileKeyVault } from './key-vault.js';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cess-key-vault-'));
});
after(() => rm(folder, { recursive: true }));

function opened(name: string): FileKeyVault {
  const vault = new FileKeyVault(join(folder, name));
  vault.open();
  return vault;
}

describe('the vault of named keys', () => {
  it('keeps its entries over a restart, and only its owner can read the file', async () => {
    const vault = opened('kept');
    const entries = [vault.create(), vault.create(), vault.create()];
    vault.close();
    const again = opened('kept');
    for (const { id, secret } of entries) assert.deepEqual(again.find(id), secret);
    again.close();
    assert.equal((await stat(join(folder, 'kept'))).mode & 0o777, 0o600);
  });

  it('holds no byte of a destroyed entry, in the same file, and reuses its place', async () => {
    const vault = opened('shredded');
    const [gone, kept] = [vault.create(), vault.create()];
    const secret = Buffer.from(gone.secret);
    const { ino, size } = await stat(join(folder, 'shredded'));
    vault.destroy(gone.id);
    vault.destroy(gone.id);
    assert.equal(vault.find(gone.id), undefined);
    const bytes = await readFile(join(folder, 'shredded'));
    assert.equal(bytes.includes(secret) || bytes.includes(Buffer.from(gone.id)), false);
    vault.create();
    vault.close();
    const later = await stat(join(folder, 'shredded'));
    assert.deepEqual([later.ino, later.size], [ino, size]);
    const again = opened('shredded');
    assert.deepEqual([again.find(gone.id), again.find(kept.id)], [undefined, kept.secret]);
    again.close();
  });

  it('ignores a slot that was not written whole, and refuses a file that is no vault', async () => {
    const vault = opened('torn');
    const kept = vault.create();
    const torn = vault.create();
    vault.close();
    const bytes = await readFile(join(folder, 'torn'));
    await writeFile(join(folder, 'torn'), bytes.subarray(0, bytes.length - 20));
    const again = opened('torn');
    assert.deepEqual([again.find(kept.id), again.find(torn.id)], [kept.secret, undefined]);
    again.close();
    await writeFile(join(folder, 'other'), 'x'.repeat(200));
    assert.throws(() => opened('other'), { code: 'KEY_VAULT_UNUSABLE' });
  });
});

describe('a vault whose creation was cut short by a crash', () => {
  for (const [state, content] of [
    ['empty', ''],
    ['a part of the header', 'cess named'],
  ] as const)
    it(`is created again: ${state}`, async () => {
      await writeFile(join(folder, 'cut-short'), content);
      const vault = opened('cut-short');
      const { id, secret } = vault.create();
      vault.close();
      const again = opened('cut-short');
      assert.deepEqual(again.find(id), secret);
      again.close();
      await rm(join(folder, 'cut-short'));
    });
});

describe('an object whose named key is destroyed', () => {
  it('cannot be read with its fragments, the index of before the deletion and the key of the gateway', async () => {
    const kv = createMemoryKv();
    const keyVaultFile = join(folder, 'of-gateway');
    const first = await startTestGateway({ kv, keyVaultFile });
    const object = { Bucket: 'shredded', Key: 'k' };
    const { answer } = await kms(first, 'CreateKey');
    const { KeyId } = answer['KeyMetadata'] as { KeyId: string };
    await sdkClient(first).send(new CreateBucketCommand({ Bucket: object.Bucket }));
    const write = { ...object, Body: 'secret content', ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: KeyId };
    await sdkClient(first).send(new PutObjectCommand(write));
    const read = (test: typeof first) => sdkClient(test).send(new GetObjectCommand(object));
    assert.equal(await (await read(first)).Body?.transformToString(), 'secret content');
    await first.gateway.stop();

    // What the deletion of the key does to the vault; index and fragments stay as they were.
    const vault = new FileKeyVault(keyVaultFile);
    vault.open();
    const bytes = await readFile(keyVaultFile);
    for (let at = 64; at < bytes.length; at += 64) vault.destroy(bytes.subarray(at, at + 16));
    vault.close();
    const second = await startTestGateway({ kv, keyVaultFile, over: first });
    await refuses('InternalError', 500, read(second));
    await second.stop();
    await first.stop();
  });
});
