// OSS-1: the cases that an unmodified S3 client must pass in any state of the network: objects of many sizes compared by
// SHA-256, keys of any characters, listings, copies, presigned URLs, deletes.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { awscliDriver, type ClientDriver, rcloneDriver, s3cmdDriver, sdkClient, sdkDriver } from './drivers.js';
import { KiB, MiB, sha256OfFile, writeTestFile } from './files.js';
import { boto3Driver, curlDriver, minioDriver, perlDriver, rubyDriver, s4cmdDriver } from './more-drivers.js';
import type { S3Credentials } from './network.js';

export const oddKeys = [
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
  '.leading.dot',
  'dots/../inside',
  'double//slash',
  'percent%20escape',
  `long/${'x'.repeat(200)}/${'y'.repeat(200)}`,
];

/** Size of copied objects; every suite includes it. */
export const copiedSize = 8 * MiB + 1;
const oddSize = 4 * KiB;

export interface S3Cases {
  /** Folder of this suite for files. */
  readonly folder: string;
  readonly sizes: readonly number[];
  readonly keys: readonly string[];
}

/** All clients, each with a bucket of its own. */
export async function allDrivers(credentials: S3Credentials): Promise<readonly ClientDriver[]> {
  return [
    sdkDriver(credentials, 'sdk-bucket'),
    await awscliDriver(credentials, 'awscli-bucket'),
    await rcloneDriver(credentials, 'rclone-bucket'),
    await s3cmdDriver(credentials, 's3cmd-bucket'),
  ];
}

/** Clients beyond those, which the suite of clients runs in addition. */
export async function moreDrivers(credentials: S3Credentials): Promise<readonly ClientDriver[]> {
  return [
    await boto3Driver(credentials, 'boto3-bucket'),
    await rubyDriver(credentials, 'ruby-bucket'),
    await perlDriver(credentials, 'perl-bucket'),
    minioDriver(credentials, 'minio-bucket'),
    await s4cmdDriver(credentials, 's4cmd-bucket'),
    await curlDriver(credentials, 'curl-bucket'),
  ];
}

const buckets = ['sdk', 'awscli', 'rclone', 's3cmd', 'boto3', 'ruby', 'perl', 'minio', 's4cmd', 'curl'];

/** Creates the buckets and the files that the cases store. */
export async function prepareCases(credentials: S3Credentials, { folder, sizes }: S3Cases): Promise<void> {
  const client = sdkClient(credentials);
  for (const name of buckets) await client.send(new CreateBucketCommand({ Bucket: `${name}-bucket` }));
  client.destroy();
  for (const size of new Set([...sizes, oddSize, copiedSize])) writeTestFile(sourceOf(folder, size), size);
}

export const sourceOf = (folder: string, size: number): string => join(folder, `source-${size}`);

const digests = new Map<string, Promise<string>>();

/** Cached SHA-256 of a file that does not change. */
function digestOf(source: string): Promise<string> {
  let digest = digests.get(source);
  if (digest === undefined) {
    digest = sha256OfFile(source);
    digests.set(source, digest);
  }
  return digest;
}

/** The suite of one client; skipped, with the reason, when it is not installed. */
export function s3Cases(driver: ClientDriver, { folder, sizes, keys: all }: S3Cases): void {
  const names = all.filter((key) => driver.changes?.test(key) !== true);
  describe(`OSS-1 with ${driver.name}`, { concurrency: 1, skip: driver.missing ?? false }, () => {
    const target = join(folder, `target-${encodeURIComponent(driver.name)}`);
    const source = (size: number) => sourceOf(folder, size);

    for (const size of sizes) {
      it(`stores and reads back ${size} bytes`, async () => {
        await driver.put(source(size), `sizes/${size}`);
        await driver.get(`sizes/${size}`, target);
        assert.equal(await sha256OfFile(target), await digestOf(source(size)));
        rmSync(target);
        if (size > 100 * MiB) await driver.remove([`sizes/${size}`]);
      });
    }

    it('keeps keys of any characters, and lists them', async () => {
      const keys = names.map((key) => `odd/${key}`);
      for (const key of keys) {
        await driver.put(source(oddSize), key);
        await driver.get(key, target);
        assert.equal(await sha256OfFile(target), await digestOf(source(oddSize)), key);
      }
      const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
      assert.deepEqual((await driver.list('odd/')).sort(order), [...keys].sort(order));
    });

    it('copies on the server side', async () => {
      await driver.copy(`sizes/${copiedSize}`, 'copies/a b+c');
      await driver.get('copies/a b+c', target);
      assert.equal(await sha256OfFile(target), await digestOf(source(copiedSize)));
    });

    if (driver.presign !== undefined) {
      const presign = driver.presign;
      it('makes presigned URLs that anyone can read', async () => {
        const url = await presign(`odd/${names[0]}`);
        const answer = await fetch(url);
        assert.equal(answer.status, 200, url);
        assert.equal((await answer.arrayBuffer()).byteLength, oddSize);
      });
    }

    it('deletes what it stored', async () => {
      const keys = await driver.list('odd/');
      assert.equal(keys.length, names.length);
      await driver.remove(keys);
      assert.deepEqual(await driver.list('odd/'), []);
    });
  });
}
