// A data folder that an earlier version wrote opens, serves and upgrades; a folder of a newer version is refused.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { brotliDecompressSync } from 'node:zlib';
import {
  AbortMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { eventually } from '@cess/primitives/testing';
import { sdkClient } from './support/drivers.js';
import { repository, TestNetwork } from './support/network.js';
import { statusHeader } from './support/objects.js';

const fixture = join(repository, 'conformance/fixtures/home-0.1.tar.br');
const providers = 12;

/** The bytes that the fixture's objects were filled with. */
const pattern = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 7 + 7) & 255);

function unpack(folder: string): string {
  const extracted = spawnSync('tar', ['-xf', '-', '-C', folder], {
    input: brotliDecompressSync(readFileSync(fixture)),
  });
  assert.equal(extracted.status, 0, String(extracted.stderr));
  return join(folder, 'home');
}

async function bodyOf(client: S3Client, key: string): Promise<Uint8Array> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'kept', Key: key }));
  assert.ok(Body !== undefined);
  return Body.transformToByteArray();
}

describe('a home folder of version 0.1', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-upgrade-'));
  let network: TestNetwork;
  let client: S3Client;

  before(async () => {
    network = await TestNetwork.create({
      home: unpack(folder),
      environment: { CESS_PROVIDERS: String(providers), CESS_MIN_FREE_BYTES: '0' },
    });
  });
  after(async () => {
    client?.destroy();
    await network?.destroy();
    rmSync(folder, { recursive: true, force: true });
  });

  it('opens, and serves every object with its bytes, metadata and listing', async () => {
    await network.start();
    client = sdkClient(network.credentials);
    await assertObjects(client);
  });

  it('keeps the record of every file on the chain', async () => {
    assert.match(String(await statusHeader(client, 'kept', 'data.bin')), /^(declared|tagged|proven)$/);
    const { stdout } = await network.cessText('file', 'show', 's3://kept/data.bin', '--verify');
    assert.match(stdout, /^proof +holds: \d+ entries proven/m);
  });

  it('takes new objects, and continues with the unfinished upload', async () => {
    await client.send(new PutObjectCommand({ Bucket: 'kept', Key: 'new.bin', Body: pattern(70_000) }));
    assert.deepEqual(await bodyOf(client, 'new.bin'), pattern(70_000));
    const { Uploads } = await client.send(new ListMultipartUploadsCommand({ Bucket: 'kept' }));
    assert.deepEqual(
      Uploads?.map(({ Key }) => Key),
      ['unfinished.bin'],
    );
    await client.send(
      new AbortMultipartUploadCommand({ Bucket: 'kept', Key: 'unfinished.bin', UploadId: Uploads?.[0]?.UploadId }),
    );
  });

  it('opens again after the upgrade, with the new object declared', async () => {
    await eventually(
      async () =>
        /declared|tagged|proven/.test(String(await statusHeader(client, 'kept', 'new.bin'))) ? true : undefined,
      'the new object is declared',
    );
    assert.equal(await network.interrupt(), 0, network.output);
    await network.start();
    await assertObjects(client);
    assert.deepEqual(await bodyOf(client, 'new.bin'), pattern(70_000));
  });
});

async function assertObjects(client: S3Client): Promise<void> {
  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket: 'kept' }));
  const keys = Contents?.map(({ Key }) => Key).filter((key) => key !== 'new.bin');
  assert.deepEqual(keys, ['data.bin', 'empty', 'folder/copy.bin', 'note.txt']);
  assert.equal(Buffer.from(await bodyOf(client, 'note.txt')).toString(), 'written by version 0.1\n');
  const { ContentType, Metadata } = await client.send(new HeadObjectCommand({ Bucket: 'kept', Key: 'note.txt' }));
  assert.deepEqual([ContentType, Metadata], ['text/plain', { author: 'alice' }]);
  assert.equal((await bodyOf(client, 'empty')).length, 0);
  for (const key of ['data.bin', 'folder/copy.bin']) assert.deepEqual(await bodyOf(client, key), pattern(100_000), key);
}

describe('a file of a newer version in the home folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-newer-'));
  const original = unpack(folder);
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** File in the home, and the field that holds its version. */
  const files = [
    'providers/provider-03/store/format.json',
    'providers/provider-03/registration.json',
    'tee/tee-01/worker.json',
    'tee/tee-01/enclave/SOFTWARE-sealed.json',
    'keys/gateway.json',
    'network.json',
  ];
  for (const file of files) {
    it(`${file}: the network refuses to start and asks for an update of the program`, async () => {
      const home = mkdtempSync(join(folder, 'home-'));
      cpSync(original, home, { recursive: true });
      const path = join(home, file);
      const content = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
      writeFileSync(path, JSON.stringify({ ...content, version: 99 }));
      const network = await TestNetwork.create({
        home,
        environment: { CESS_PROVIDERS: String(providers), CESS_MIN_FREE_BYTES: '0' },
      });
      const child = network.spawn();
      const hang = setTimeout(() => child.kill('SIGKILL'), 60_000);
      const [code] = (await once(child, 'exit')) as [number];
      clearTimeout(hang);
      assert.notEqual(code, 0);
      assert.match(network.output, /update/i);
    });
  }
});
