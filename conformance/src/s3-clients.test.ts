// OSS-1: unmodified S3 clients store and read back every size equal by SHA-256, with keys of any characters, listings,
// copies, presigned URLs and batch deletes.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { GiB, KiB, MiB, sha256OfFile, writeTestFile } from './support/files.js';
import { TestNetwork } from './support/network.js';
import { allDrivers, copiedSize, oddKeys, prepareCases, s3Cases, sourceOf } from './support/s3-cases.js';

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
  300 * MiB,
];
const hugeSize = 2 * GiB;

const folder = mkdtempSync(join(tmpdir(), 'cess-s3-'));
const network = await TestNetwork.create();
await network.start();
const drivers = await allDrivers(network.credentials);
const cases = { folder, sizes, keys: oddKeys };

after(async () => {
  for (const driver of drivers) driver.close();
  await network.destroy();
  rmSync(folder, { recursive: true, force: true });
});

before(() => prepareCases(network.credentials, cases));

for (const driver of drivers) s3Cases(driver, cases);

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
