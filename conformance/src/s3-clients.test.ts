// OSS-1: unmodified S3 clients store and read back every size equal by SHA-256, with keys of any characters, listings,
// copies, presigned URLs and batch deletes.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { awscliDriver, type ClientDriver, rcloneDriver, s3cmdDriver, sdkClient, sdkDriver } from './support/drivers.js';
import { GiB, KiB, MiB, sha256OfFile, writeTestFile } from './support/files.js';
import { TestNetwork } from './support/network.js';

const sizes = [
  0,
  1,
  4 * KiB,
  64 * KiB - 1,
  64 * KiB,
  64 * KiB + 1,
  8 * MiB - 1,
  8 * MiB,
  8 * MiB + 1,
  32 * MiB - 1,
  32 * MiB,
  32 * MiB + 1,
  300 * MiB,
];
const hugeSize = 2 * GiB;
const oddKeys = [
  'plain',
  'with space',
  'a/b/c/deep',
  'ünïcødé/日本語',
  'per%cent',
  'plus+plus',
  'a&b=c',
  "quote'quote",
  '(brackets)',
  'tilde~dot.',
];

const folder = mkdtempSync(join(tmpdir(), 'cess-s3-'));
const network = await TestNetwork.create();
await network.start();
const { credentials } = network;
const drivers: readonly ClientDriver[] = [
  sdkDriver(credentials, 'sdk-bucket'),
  await awscliDriver(credentials, 'awscli-bucket'),
  await rcloneDriver(credentials, 'rclone-bucket'),
  await s3cmdDriver(credentials, 's3cmd-bucket'),
];
const sourceOf = (size: number): string => join(folder, `source-${size}`);

after(async () => {
  for (const driver of drivers) driver.close();
  await network.destroy();
  rmSync(folder, { recursive: true, force: true });
});

before(async () => {
  const client = sdkClient(credentials);
  for (const name of ['sdk', 'awscli', 'rclone', 's3cmd'])
    await client.send(new CreateBucketCommand({ Bucket: `${name}-bucket` }));
  client.destroy();
  for (const size of sizes) writeTestFile(sourceOf(size), size);
});

for (const driver of drivers) {
  describe(`OSS-1 with ${driver.name}`, { skip: driver.missing ?? false }, () => {
    const target = join(folder, `${drivers.indexOf(driver)}-target`);

    for (const size of sizes) {
      it(`stores and reads back ${size} bytes`, async () => {
        await driver.put(sourceOf(size), `sizes/${size}`);
        await driver.get(`sizes/${size}`, target);
        assert.equal(await sha256OfFile(target), await sha256OfFile(sourceOf(size)));
        rmSync(target);
        if (size > 100 * MiB) await driver.remove([`sizes/${size}`]);
      });
    }

    it('keeps keys of any characters, and lists them', async () => {
      const keys = oddKeys.map((key) => `odd/${key}`);
      for (const key of keys) {
        await driver.put(sourceOf(4 * KiB), key);
        await driver.get(key, target);
        assert.equal(await sha256OfFile(target), await sha256OfFile(sourceOf(4 * KiB)), key);
      }
      const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
      assert.deepEqual((await driver.list('odd/')).sort(order), [...keys].sort(order));
    });

    it('copies on the server side', async () => {
      await driver.copy(`sizes/${8 * MiB + 1}`, 'copies/a b+c');
      await driver.get('copies/a b+c', target);
      assert.equal(await sha256OfFile(target), await sha256OfFile(sourceOf(8 * MiB + 1)));
    });

    if (driver.presign !== undefined) {
      const presign = driver.presign;
      it('makes presigned URLs that anyone can read', async () => {
        const url = await presign('odd/plain');
        const answer = await fetch(url);
        assert.equal(answer.status, 200, url);
        assert.equal((await answer.arrayBuffer()).byteLength, 4 * KiB);
      });
    }

    it('deletes what it stored', async () => {
      const keys = await driver.list('odd/');
      assert.equal(keys.length, oddKeys.length);
      await driver.remove(keys);
      assert.deepEqual(await driver.list('odd/'), []);
    });
  });
}

describe('OSS-1 a large object', { skip: drivers[1]!.missing ?? false }, () => {
  it('stores and reads back 2 GiB with awscli', async () => {
    const driver = drivers[1]!;
    const target = join(folder, 'huge-target');
    writeTestFile(sourceOf(hugeSize), hugeSize);
    await driver.put(sourceOf(hugeSize), 'huge');
    await driver.get('huge', target);
    assert.equal(await sha256OfFile(target), await sha256OfFile(sourceOf(hugeSize)));
    await driver.remove(['huge']);
    rmSync(target);
    rmSync(sourceOf(hugeSize));
  });
});
