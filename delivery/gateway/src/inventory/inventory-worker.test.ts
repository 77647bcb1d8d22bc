// The inventory worker over an index in memory, with a clock that the test sets: when reports are due, files of large reports, crashes.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { ObjectIndex } from '@cess/object-index';
import { CessError, utf8 } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import { parquetReadObjects } from 'hyparquet';
import type { OwnObject } from '../own-objects.js';
import { ConfigurationCache } from '../s3/configurations/configuration-cache.js';
import { testPorts } from '../test-support/test-gateway.js';
import { InventoryWorker } from './inventory-worker.js';

const dayMs = 1000;
const signal = new AbortController().signal;
/** A Sunday. */
const sundayMs = 3 * dayMs + 7 * 1000 * dayMs;

let folder: string;
let kv: Kv;
let index: ObjectIndex;
let nowMs: number;
let written: Map<string, Buffer>;
let failsAt: number | undefined;
let worker: InventoryWorker;

function open(rowsPerFile = 2000): void {
  const sources = { nowMs: () => nowMs, randomBytes: (length: number) => new Uint8Array(length) };
  index = new ObjectIndex(kv, sources);
  worker = new InventoryWorker({
    ...testPorts,
    timers: { ...testPorts.timers, nowMs: () => nowMs },
    index,
    configurations: new ConfigurationCache(),
    folder,
    dayMs,
    rowsPerFile,
    objects: { put },
  });
}

/** The bucket of the destination; fails once if the test says so. */
async function put({ key, chunks }: OwnObject): Promise<string> {
  if (failsAt !== undefined && --failsAt < 0) {
    failsAt = undefined;
    throw new CessError('GATEWAY_TOO_FEW_PROVIDERS', 'test', {});
  }
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(Uint8Array.from(chunk));
  written.set(key, Buffer.concat(parts));
  return 'md5';
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cess-inventory-'));
  kv = createMemoryKv();
  nowMs = sundayMs;
  written = new Map();
  failsAt = undefined;
  open();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function createBucket({
  frequency = 'Daily',
  isEnabled = true,
  objects = 1,
  format = 'CSV',
} = {}): Promise<void> {
  const destination = `<Destination><S3BucketDestination><Format>${format}</Format><Bucket>arn:aws:s3:::d</Bucket></S3BucketDestination></Destination>`;
  const rule = `<Id>i</Id><IsEnabled>${isEnabled}</IsEnabled><IncludedObjectVersions>Current</IncludedObjectVersions><Schedule><Frequency>${frequency}</Frequency></Schedule>${destination}`;
  const text = `<InventoryConfigurations><InventoryConfiguration>${rule}</InventoryConfiguration></InventoryConfigurations>`;
  const configurations: [string, Uint8Array][] = [['inventory', utf8(text)]];
  const owner = new Uint8Array(32);
  const record = { owner, territory: 't', region: 'r', createdAtMs: 1, keyWraps: [], versioning: 'never' as const };
  await index.createBucket('b', { ...record, configurations });
  const plain = { size: 0, contentType: '', headers: [], metadata: [], checksums: [], extents: [] };
  const object = { ...plain, etag: 'e', lastModifiedMs: 1, checksumType: 'FULL_OBJECT' as const };
  const key = (number: number) => String(number).padStart(6, '0');
  await Promise.all(
    Array.from({ length: objects }, (_, number) => index.putObject({ bucket: 'b', key: key(number) }, object, [])),
  );
}

async function manifestsAt(timeMs: number): Promise<number> {
  nowMs = timeMs;
  written.clear();
  await worker.runRound(signal);
  return [...written.keys()].filter((key) => key.endsWith('manifest.checksum')).length;
}

const dataFiles = () => [...written.keys()].filter((key) => key.includes('/data/'));

describe('an inventory', () => {
  it('is written once a day', async () => {
    await createBucket();
    const counts: number[] = [];
    for (const plus of [0, 1, 999, 1000, 1999, 5000]) counts.push(await manifestsAt(sundayMs + plus));
    assert.deepEqual(counts, [1, 0, 0, 1, 0, 1]);
  });

  it('is written once a week, which begins on Sunday', async () => {
    await createBucket({ frequency: 'Weekly' });
    const counts: number[] = [];
    for (let day = -1; day < 9; day++) counts.push(await manifestsAt(sundayMs + day * dayMs));
    assert.deepEqual(counts, [1, 1, 0, 0, 0, 0, 0, 0, 1, 0]);
  });

  it('is not written while it is disabled', async () => {
    await createBucket({ isEnabled: false });
    assert.equal(await manifestsAt(sundayMs), 0);
  });

  it('has every object once, in files with a bounded number of rows', async () => {
    await createBucket({ objects: 4_500 });
    await manifestsAt(sundayMs);
    const files = dataFiles().map((key) =>
      gunzipSync(written.get(key) ?? Buffer.alloc(0))
        .toString()
        .split('\n'),
    );
    const keys = files.map((lines) => lines.slice(0, -1).map((line) => /"(\d+)"$/.exec(line)?.[1]));
    assert.deepEqual(
      keys.map(({ length }) => length),
      [2000, 2000, 500],
    );
    assert.deepEqual(
      keys.flat().map(Number),
      Array.from({ length: 4_500 }, (_, number) => number),
    );
    assert.deepEqual(readdirSync(folder), []);
  });

  it('that fails or crashes at any of its objects is written again under the same keys', async () => {
    await createBucket({ objects: 4_500 });
    await manifestsAt(sundayMs);
    const expected = [...written.keys()].toSorted();
    assert.equal(expected.length, 6);
    for (let at = 0; at < expected.length; at++) {
      kv = createMemoryKv();
      open();
      await createBucket({ objects: 4_500 });
      written.clear();
      failsAt = at;
      await assert.rejects(worker.runRound(signal), { code: 'GATEWAY_TOO_FEW_PROVIDERS' });
      assert.ok(!written.has(expected.find((key) => key.endsWith('manifest.checksum')) ?? ''));
      open();
      await worker.runRound(signal);
      assert.deepEqual([...written.keys()].toSorted(), expected);
    }
  });

  for (const format of ['CSV', 'Parquet'])
    it(`that finds the disk full leaves no file, and is written once there is space: ${format}`, {
      skip: !existsSync('/dev/full'),
    }, async () => {
      await createBucket({ format, objects: 300 });
      // The first data file of the report goes to a device that is full.
      const [path = ''] = await manifestsAt(sundayMs).then(() => dataFiles());
      symlinkSync('/dev/full', join(folder, path.replace(/^.*\/([^.]+)\..*$/, '$1')));
      kv = createMemoryKv();
      open();
      await createBucket({ format, objects: 300 });
      written.clear();
      await assert.rejects(worker.runRound(signal), { code: 'KV_DISK_FULL' });
      assert.deepEqual([[...written.keys()], readdirSync(folder)], [[], []]);
      await worker.runRound(signal);
      assert.deepEqual(dataFiles(), [path]);
      assert.equal(worker.setAside.size, 0);
    });

  it('as Parquet has every object once, over several row groups', async () => {
    await createBucket({ format: 'Parquet', objects: 2_300 });
    await manifestsAt(sundayMs);
    const keys: unknown[] = [];
    for (const name of dataFiles()) {
      const { buffer, byteOffset, length } = Buffer.from(written.get(name) ?? Buffer.alloc(0));
      const file = buffer.slice(byteOffset, byteOffset + length);
      for (const row of await parquetReadObjects({ file })) keys.push(row['key']);
    }
    assert.deepEqual(
      keys,
      Array.from({ length: 2_300 }, (_, number) => String(number).padStart(6, '0')),
    );
  });
});
