// npm run bench -- stalls: how long the index holds the event loop in operations on an object of 10,000 parts, over LMDB on
// this disk. Each operation runs several times over its own data; the least of the longest holds is printed, because other
// processes can only add to it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concatBytes } from '@cess/primitives';
import { openLmdb } from '@cess/store';
import { ObjectIndex } from '../index.js';
import type { NewObject, PartRecord } from '../records.js';
import { bucketOf, fileOf, objectOf, partOf, uploadOf } from './samples.js';

const parts = 10_000;
const runs = 5;
const targetMs = 20;
const bucket = 'b';

interface Hold {
  readonly totalMs: number;
  readonly longestMs: number;
}

/** Runs the operation and observes every turn of the event loop. */
async function holdOf(operation: () => Promise<unknown>): Promise<Hold> {
  let longestMs = 0;
  let isOver = false;
  let lastMs = performance.now();
  const observe = () => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
    if (!isOver) setImmediate(observe);
  };
  setImmediate(observe);
  await new Promise((resolve) => setImmediate(resolve));
  const startMs = performance.now();
  await operation();
  const totalMs = performance.now() - startMs;
  isOver = true;
  observe();
  return { totalMs, longestMs };
}

function assemble(stored: ReadonlyMap<number, PartRecord>): NewObject {
  const all = [...stored.values()];
  return {
    ...objectOf('e', []),
    extents: all.flatMap(({ extents }) => extents),
    parts: all.map(({ size, checksums }) => ({ size, checksums })),
  };
}

async function uploadParts(
  index: ObjectIndex,
  run: number,
): Promise<{ bucket: string; key: string; uploadId: string }> {
  const name = { bucket, key: `object-${run}`, uploadId: run.toString(16).padStart(32, '0') };
  await index.createUpload(name, uploadOf());
  for (let from = 1; from <= parts; from += 500) {
    await Promise.all(
      Array.from({ length: 500 }, (_, i) => {
        const number = from + i;
        const file = fileOf(1);
        const fileId = concatBytes(Uint8Array.of(run, number >> 8, number & 0xff), file.fileId.subarray(3));
        const stored = { ...file, fileId };
        return index.putPart(name, number, partOf('e', [stored]), [stored]);
      }),
    );
  }
  return name;
}

const folder = mkdtempSync(join(tmpdir(), 'cess-stalls-'));
const kv = openLmdb({ path: folder });
const index = new ObjectIndex(kv);
await index.createBucket(bucket, bucketOf());
const holds = new Map<string, Hold[]>();
const measure = async (what: string, operation: () => Promise<unknown>) => {
  const hold = await holdOf(operation);
  holds.set(what, [...(holds.get(what) ?? []), hold]);
};
for (let run = 0; run < runs; run++) {
  const name = await uploadParts(index, run);
  const copy = { bucket, key: `copy-${run}` };
  await measure('complete an upload', () =>
    index.completeUpload(name, { requestDigest: new Uint8Array(32), make: assemble }),
  );
  await measure('read its record', async () => index.getObject(name));
  await measure('list it', async () =>
    index.listObjects(bucket, { prefix: '', delimiter: '', limit: 1000, after: undefined }),
  );
  await measure('copy it', () =>
    index.copyObject(
      copy,
      name,
      (object) => object,
      () => undefined,
    ),
  );
  await measure('delete the copy', () => index.deleteObject(copy));
  await measure('delete the last object', () => index.deleteObject(name));
  const keys = Array.from({ length: 1000 }, (_, i) => ({ bucket, key: `small-${i}` }));
  await Promise.all(keys.map((small) => index.putObject(small, objectOf('e', []), [])));
  await measure('delete 1,000 keys', () => Promise.all(keys.map((small) => index.deleteObject(small))));
}
await kv.close();
rmSync(folder, { recursive: true, force: true });
let missed = 0;
process.stdout.write(`| ${parts} parts | takes | holds the event loop |\n|---|---|---|\n`);
for (const [what, all] of holds) {
  const least = (of: (hold: Hold) => number) => Math.min(...all.map(of));
  const longestMs = least((hold) => hold.longestMs);
  const isMissed = longestMs > targetMs;
  if (isMissed) missed++;
  const note = isMissed ? ` (target: at most ${targetMs} ms)` : '';
  process.stdout.write(
    `| ${what} | ${least((hold) => hold.totalMs).toFixed(0)} ms | ${longestMs.toFixed(1)} ms${note} |\n`,
  );
}
process.exitCode = missed > 0 ? 1 : 0;
