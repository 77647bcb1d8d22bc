// OSS-1: unmodified S3 clients store and read back every size equal by SHA-256, with keys of any characters, listings,
// copies, presigned URLs and batch deletes.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { classCases } from './support/class-cases.js';
import { GiB, KiB, MiB, sha256OfFile, writeTestFile } from './support/files.js';
import { boto3Driver } from './support/more-drivers.js';
import { nativeSdkCases } from './support/native-sdk-cases.js';
import { TestNetwork } from './support/network.js';
import { allDrivers, copiedSize, moreDrivers, oddKeys, prepareCases, s3Cases, sourceOf } from './support/s3-cases.js';
import { toolCases } from './support/tool-cases.js';

const largeSize = 300 * MiB;
/** Every client sends it in several parts, which are of 5 to 50 MiB. */
const partsSize = 80 * MiB;
const sizes = [
  0,
  1,
  4 * KiB,
  64 * KiB - 1,
  64 * KiB,
  64 * KiB + 1,
  8 * MiB - 1,
  8 * MiB,
  copiedSize,
  32 * MiB - 1,
  32 * MiB,
  32 * MiB + 1,
  largeSize,
];
const hugeSize = 2 * GiB;

const folder = mkdtempSync(join(tmpdir(), 'cess-s3-'));
const network = await TestNetwork.create();
await network.start();
const drivers = await allDrivers(network.credentials);
const others = await moreDrivers(network.credentials);
const cases = { folder, sizes, keys: oddKeys };

after(async () => {
  for (const driver of [...drivers, ...others]) driver.close();
  await network.destroy();
  rmSync(folder, { recursive: true, force: true });
});

before(() => prepareCases(network.credentials, { ...cases, sizes: [...sizes, partsSize] }));

for (const driver of drivers) s3Cases(driver, cases);
// Most of these are idle while they start.
describe('OSS-1 further clients', { concurrency: 2 }, () => {
  const few = [...sizes.filter((size) => size < largeSize), partsSize];
  for (const driver of others) s3Cases(driver, { ...cases, sizes: few });
});
await toolCases(() => ({ folder, credentials: network.credentials }));
nativeSdkCases(folder, network);
await classCases(() => ({ folder, credentials: network.credentials }));

describe('OSS-1 a large object', { skip: drivers[1]!.missing ?? false }, () => {
  it('stores and reads back 2 GiB with awscli', async () => {
    const driver = drivers[1]!;
    const source = sourceOf(folder, hugeSize);
    const target = join(folder, 'huge-target');
    writeTestFile(source, hugeSize);
    await driver.put(source, 'huge');
    await driver.get('huge', target);
    assert.equal(await sha256OfFile(target), await sha256OfFile(source));
    await driver.remove(['huge']);
    rmSync(target);
    rmSync(source);
  });
});

describe('OSS-1 boto3', () => {
  it('sends its default checksum, and a URL of Signature Version 2 is answered with what to do', async (test) => {
    const boto3 = await boto3Driver(network.credentials, 'boto3-bucket');
    if (boto3.missing !== undefined) return test.skip(boto3.missing);
    try {
      const [version, checksums] = (await boto3.call('checksum', 'checksum')) as [string, readonly string[]];
      const [, minor = 0] = version.split('.').map(Number);
      // Earlier versions state a checksum only when they are told to.
      if (minor >= 36) assert.ok(checksums.includes('ChecksumCRC32'), String(checksums));
      const answer = await fetch(String(await boto3.call('presign', 's3', 'checksum')));
      assert.equal(answer.status, 400);
      assert.match(await answer.text(), /<Code>InvalidRequest<.*Please use AWS4-HMAC-SHA256/s);
    } finally {
      boto3.close();
    }
  });
});
