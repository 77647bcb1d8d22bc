// npm run bench -- listing: how fast a bucket is listed in pages of 1,000 keys, over LMDB and over PostgreSQL in one run. By default
// 100,000 objects; the first argument gives another number. Target: 50,000 keys a second over PostgreSQL.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLmdb } from '@cess/store';
import type { IndexBackend } from '../index-backend.js';
import * as keys from '../keys.js';
import { LocalBackend } from '../local-backend.js';
import { ObjectIndex } from '../object-index.js';
import { objectRecord, plainObject } from '../records.js';
import { skipWithoutPostgres, startPostgres } from '../testing.js';
import { openBackend } from './postgres-index.js';
import { bucketOf, fileOf, objectOf } from './samples.js';

const objects = Number(process.argv[2] ?? 100_000);
const written = 2_000;
const page = 1_000;
const runs = 3;
const target = 50_000;
const bucket = 'b';

async function fill(backend: IndexBackend): Promise<void> {
  await new ObjectIndex(backend).createBucket(bucket, bucketOf());
  const identity = { ordinal: 1n, nonce: new Uint8Array(0), isNull: true, isDeleteMarker: false };
  const value = objectRecord.encode({ ...plainObject, ...objectOf('0123456789abcdef', [fileOf(1)]), ...identity });
  for (let from = 0; from < objects; from += written) {
    const names = Array.from(
      { length: Math.min(written, objects - from) },
      (_, i) => `folder/${String(from + i).padStart(9, '0')}`,
    );
    await backend.write(names.map((name) => ({ type: 'put', key: keys.objectKey(bucket, name), value })));
  }
}

/** The best of some runs: other processes can only slow them down. */
async function bestOf(backend: IndexBackend): Promise<number> {
  const rates: number[] = [];
  for (let run = 0; run < runs; run++) rates.push(await rateOf(backend));
  return Math.max(...rates);
}

/** Keys listed in a second. */
async function rateOf(backend: IndexBackend): Promise<number> {
  const index = new ObjectIndex(backend);
  const startMs = performance.now();
  let listed = 0;
  for (let after: string | undefined; ; ) {
    const { items, truncated } = await index.listObjects(bucket, { prefix: '', delimiter: '', limit: page, after });
    listed += items.length;
    after = items.at(-1)?.name;
    if (!truncated) break;
  }
  if (listed !== objects) throw new Error(`${listed} of ${objects} keys were listed`);
  return listed / ((performance.now() - startMs) / 1000);
}

const print = (text: string) => process.stdout.write(`${text}\n`);
const folder = mkdtempSync(join(tmpdir(), 'cess-listing-'));
const kv = openLmdb({ path: folder });
const local = new LocalBackend(kv);
await fill(local);
const localRate = await bestOf(local);
await kv.close();
rmSync(folder, { recursive: true });
print(`| listing of ${objects} keys | keys/s | of LMDB |\n|---|---|---|\n| LMDB | ${localRate.toFixed(0)} | 1.00 |`);
if (skipWithoutPostgres === false) {
  const cluster = await startPostgres();
  const backend = await openBackend(await cluster.createDatabase());
  await fill(backend);
  const rate = await bestOf(backend);
  print(`| PostgreSQL | ${rate.toFixed(0)} | ${(rate / localRate).toFixed(2)} |`);
  await backend.close();
  await cluster.stop();
  if (rate < target) process.exitCode = 1;
} else print(skipWithoutPostgres);
