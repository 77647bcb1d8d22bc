// The index under random sequences of operations against a model of references, and under crashes at every write.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { prefixEnd, toHex, utf8 } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import { createFaultyKv } from '@cess/store/testing';
import fc from 'fast-check';
import { ObjectIndex } from './index.js';
import { bucketOf, collected, digestOf, fileOf, objectOf, partOf, uploadOf } from './test-support/samples.js';

const uploadId = (n: number) => n.toString(16).padStart(32, '0');
const slot = fc.integer({ min: 0, max: 3 });
const partNumber = fc.integer({ min: 1, max: 3 });
const operation = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), slot, files: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ kind: fc.constant('copy' as const), slot, from: slot }),
  fc.record({ kind: fc.constant('delete' as const), slot }),
  fc.record({ kind: fc.constant('part' as const), slot, partNumber }),
  fc.record({ kind: fc.constant('complete' as const), slot, chosen: fc.uniqueArray(partNumber, { minLength: 1 }) }),
  fc.record({ kind: fc.constant('abort' as const), slot }),
);

const files = (kv: Kv) => [...kv.entries({ gte: utf8('f/'), lt: prefixEnd(utf8('f/'))! })].map(([key]) => key.slice(2));

describe('references to files', () => {
  it('STORE-5: no sequence of puts, copies, parts and deletions leaks a file or frees one that is in use', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 40 }), async (operations) => {
        const kv = createMemoryKv();
        const index = new ObjectIndex(kv);
        await index.createBucket('b', bucketOf());
        // The model: which files each object and each part refers to.
        const objects = new Map<number, readonly string[]>();
        const uploads = new Map<number, Map<number, string>>();
        let next = 1;
        const objectName = (n: number) => ({ bucket: 'b', key: `o${n}` });
        const uploadName = (n: number) => ({ ...objectName(n), uploadId: uploadId(n) });
        for (const one of operations) {
          if (one.kind === 'put') {
            const stored = Array.from({ length: one.files }, () => fileOf(next++));
            await index.putObject(objectName(one.slot), objectOf('e', stored), stored);
            objects.set(
              one.slot,
              stored.map(({ fileId }) => toHex(fileId)),
            );
          } else if (one.kind === 'copy') {
            const source = objects.get(one.from);
            const copying = index.copyObject(
              objectName(one.slot),
              objectName(one.from),
              (object) => object,
              () => undefined,
            );
            if (source === undefined) await assert.rejects(copying, { code: 'OBJECT_NOT_FOUND' });
            else {
              await copying;
              objects.set(one.slot, source);
            }
          } else if (one.kind === 'delete') {
            assert.equal((await index.deleteObject(objectName(one.slot))).existed, objects.delete(one.slot));
          } else if (one.kind === 'part') {
            if (!uploads.has(one.slot)) {
              await index.createUpload(uploadName(one.slot), uploadOf());
              uploads.set(one.slot, new Map());
            }
            const stored = fileOf(next++);
            await index.putPart(uploadName(one.slot), one.partNumber, partOf('p', [stored]), [stored]);
            uploads.get(one.slot)!.set(one.partNumber, toHex(stored.fileId));
          } else if (one.kind === 'complete') {
            const parts = uploads.get(one.slot);
            const chosen = one.chosen.filter((number) => parts?.has(number));
            const completing = index.completeUpload(uploadName(one.slot), {
              requestDigest: digestOf(next++),
              make: (stored) => ({
                ...objectOf('m'),
                extents: chosen.flatMap((number) => stored.get(number)?.extents ?? []),
              }),
            });
            if (parts === undefined) await assert.rejects(completing, { code: 'UPLOAD_NOT_FOUND' });
            else {
              await completing;
              objects.set(
                one.slot,
                chosen.map((number) => parts.get(number)!),
              );
              uploads.delete(one.slot);
            }
          } else {
            const aborting = index.abortUpload(uploadName(one.slot));
            if (uploads.delete(one.slot)) await aborting;
            else await assert.rejects(aborting, { code: 'UPLOAD_NOT_FOUND' });
          }
          const expected = new Map<string, number>();
          const count = (id: string) => expected.set(id, (expected.get(id) ?? 0) + 1);
          for (const ids of objects.values()) for (const id of new Set(ids)) count(id);
          for (const parts of uploads.values()) for (const id of parts.values()) count(id);
          const outbox = await index.listOutbox(10_000);
          const doomed = outbox.filter(({ entry }) => entry.type === 'Delete').map(({ entry }) => toHex(entry.value));
          assert.equal(new Set(doomed).size, doomed.length, 'a file is deleted once');
          for (const fileId of files(kv)) {
            const record = (await index.getFile(fileId))!;
            const references = expected.get(toHex(fileId)) ?? 0;
            assert.equal(record.references, references);
            assert.equal(record.state === 'deleting', references === 0);
            assert.equal(doomed.includes(toHex(fileId)), references === 0);
          }
          for (const id of expected.keys()) assert.ok(files(kv).some((fileId) => toHex(fileId) === id));
        }
        await index.settleDeclarations(
          (await index.listOutbox(10_000)).filter(({ entry }) => entry.type === 'Declare'),
          () => true,
        );
        await index.settleDeletions(await index.listOutbox(10_000));
        assert.equal((await index.listOutbox(10)).length, 0);
        assert.equal((await index.listHoles(1000)).length, 0);
        for (const fileId of files(kv)) assert.equal((await index.getFile(fileId))!.state, 'declared');
      }),
      { seed: 21, numRuns: 150 },
    );
  });
});

describe('transactions', () => {
  it('a precondition is checked where the write happens: of many that require absence one wins', async () => {
    const index = new ObjectIndex(createMemoryKv());
    await index.createBucket('b', bucketOf());
    const absent = (current: unknown) => {
      if (current !== undefined) throw new Error('exists');
    };
    const attempts = await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) => {
        const stored = [fileOf(n + 1)];
        return index.putObject({ bucket: 'b', key: 'k' }, objectOf(String(n), stored), stored, absent);
      }),
    );
    assert.equal(attempts.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal((await index.listOutbox(100)).length, 1, 'files of those who lost are not declared');
    assert.equal((await index.getObject({ bucket: 'b', key: 'k' }))?.etag, '0');
  });

  it('a precondition gets the current record of the bucket', async () => {
    const index = new ObjectIndex(createMemoryKv());
    await index.createBucket('b', bucketOf(7));
    let seen: number | undefined;
    await index.putObject({ bucket: 'b', key: 'k' }, objectOf('x'), [], (_, bucket) => {
      seen = bucket.createdAtMs;
    });
    assert.equal(seen, 7);
  });

  it('a bucket with objects cannot be deleted; nothing can be put into one that is gone', async () => {
    const index = new ObjectIndex(createMemoryKv());
    await index.createBucket('b', bucketOf());
    await index.createBucket('b-neighbour', bucketOf());
    await index.putObject({ bucket: 'b-neighbour', key: 'k' }, objectOf('x'), []);
    await assert.rejects(index.createBucket('b', bucketOf()), { code: 'BUCKET_EXISTS' });
    await index.putObject({ bucket: 'b', key: 'k' }, objectOf('x'), []);
    await assert.rejects(index.deleteBucket('b'), { code: 'BUCKET_NOT_EMPTY' });
    await index.deleteObject({ bucket: 'b', key: 'k' });
    const racing = await Promise.allSettled([
      index.deleteBucket('b'),
      index.putObject({ bucket: 'b', key: 'late' }, objectOf('x'), []),
    ]);
    assert.deepEqual(
      racing.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
    await assert.rejects(index.deleteBucket('b'), { code: 'BUCKET_NOT_FOUND' });
    await assert.rejects(index.deleteObject({ bucket: 'b', key: 'k' }), { code: 'BUCKET_NOT_FOUND' });
    assert.deepEqual(
      (await collected(index.buckets())).map(({ name }) => name),
      ['b-neighbour'],
    );
  });

  it('a file that is deleted while it is being declared stays deleted', async () => {
    const index = new ObjectIndex(createMemoryKv());
    await index.createBucket('b', bucketOf());
    const stored = [fileOf(1)];
    await index.putObject({ bucket: 'b', key: 'k' }, objectOf('x', stored), stored);
    const declaring = await index.listOutbox(10);
    await index.deleteObject({ bucket: 'b', key: 'k' });
    await index.settleDeclarations(declaring, () => true);
    assert.equal((await index.getFile(stored[0]!.fileId))?.state, 'deleting');
    const [last, ...none] = await index.listOutbox(10);
    assert.deepEqual([last?.entry.type, none.length], ['Delete', 0]);
    await index.settleDeletions([last!]);
    assert.equal(await index.getFile(stored[0]!.fileId), undefined);
    assert.equal(await index.getSegment(stored[0]!.fileId, 0), undefined);
  });

  it('holders that did not attest are holes until the chain names one', async () => {
    const index = new ObjectIndex(createMemoryKv());
    await index.createBucket('b', bucketOf());
    const stored = [fileOf(1, 2)];
    await index.putObject({ bucket: 'b', key: 'k' }, objectOf('x', stored), stored);
    const { fileId } = stored[0]!;
    assert.equal((await index.listHoles(10)).length, 0);
    await index.settleDeclarations(await index.listOutbox(10), ({ holder }) => holder === 0);
    assert.deepEqual(
      (await index.listHoles(10)).map(({ segment }) => segment),
      [0, 1],
    );
    assert.equal((await index.getSegment(fileId, 0))!.fragments[1]!.holder, 1, 'a reader may still ask the holder');
    await index.setHolder(fileId, 0, 1, 9);
    assert.deepEqual(
      (await index.listHoles(10)).map(({ segment }) => segment),
      [1],
    );
    assert.equal((await index.getSegment(fileId, 0))!.fragments[1]!.holder, 9);
  });
});

describe('crashes', () => {
  // One acknowledgement after another, so that the order of the log is that of the writes.
  async function workload(index: ObjectIndex, acknowledge: (step: number) => Promise<void>): Promise<void> {
    const file = (n: number) => fileOf(n);
    const steps: (() => Promise<unknown>)[] = [
      () => index.createBucket('b', bucketOf()),
      () => index.putObject({ bucket: 'b', key: 'a' }, objectOf('a1', [file(1)]), [file(1)]),
      () => index.putObject({ bucket: 'b', key: 'a' }, objectOf('a2', [file(2)]), [file(2)]),
      () =>
        index.copyObject(
          { bucket: 'b', key: 'c' },
          { bucket: 'b', key: 'a' },
          (object) => object,
          () => undefined,
        ),
      () => index.createUpload({ bucket: 'b', key: 'm', uploadId: uploadId(1) }, uploadOf()),
      () => index.putPart({ bucket: 'b', key: 'm', uploadId: uploadId(1) }, 1, partOf('p', [file(3)]), [file(3)]),
      () =>
        index.completeUpload(
          { bucket: 'b', key: 'm', uploadId: uploadId(1) },
          {
            requestDigest: digestOf(1),
            make: (parts) => ({ ...objectOf('m'), extents: parts.get(1)?.extents ?? [] }),
          },
        ),
      () => index.deleteObject({ bucket: 'b', key: 'a' }),
      async () => index.settleDeclarations(await index.listOutbox(1), () => true),
      () => index.deleteObject({ bucket: 'b', key: 'c' }),
      () => index.deleteObject({ bucket: 'b', key: 'm' }),
      () => index.createBucket('v', { ...bucketOf(), versioning: 'enabled' }),
      () => index.putObject({ bucket: 'v', key: 'a' }, objectOf('v1', [file(5)]), [file(5)]),
      () => index.putObject({ bucket: 'v', key: 'a' }, objectOf('v2', [file(6)]), [file(6)]),
      () => index.deleteObject({ bucket: 'v', key: 'a' }),
      () => index.changeBucket('v', (record) => ({ ...record, versioning: 'suspended' })),
      () => index.putObject({ bucket: 'v', key: 'a' }, objectOf('v3', [file(7)]), [file(7)]),
      () => index.deleteVersion({ bucket: 'v', key: 'a' }, 'null'),
      () => index.createUpload({ bucket: 'b', key: 'n', uploadId: uploadId(2) }, uploadOf()),
      () => index.putPart({ bucket: 'b', key: 'n', uploadId: uploadId(2) }, 1, partOf('p', [file(4)]), [file(4)]),
      () => index.deleteBucket('b'),
    ];
    for (const [step, run] of steps.entries()) {
      await run();
      await acknowledge(step);
    }
  }

  /** Everything that a reader can see. */
  async function visible(index: ObjectIndex): Promise<string> {
    const objects: string[] = [];
    for (const item of (await index.listObjects('b', { prefix: '', delimiter: '', limit: 100 })).items) {
      assert.ok(item.type === 'entry');
      const stored = await Promise.all(item.value.extents.map(({ fileId }) => index.getFile(fileId)));
      assert.ok(!stored.includes(undefined), 'no object without its files');
      objects.push(`${item.name} ${item.value.etag} ${stored.map((file) => file?.references)}`);
    }
    const uploads = (await index.listUploads('b', { prefix: '', delimiter: '', limit: 100 })).items.map(
      ({ name }) => name,
    );
    const outbox = (await index.listOutbox(100)).map(
      ({ sequence, entry }) => `${sequence} ${entry.type} ${toHex(entry.value)}`,
    );
    const buckets = (await collected(index.buckets())).map(({ name, bucket }) => `${name} ${bucket.versioning}`);
    const listed = await index.listVersions('v', { prefix: '', delimiter: '', limit: 100 });
    const versions = listed.items.map((item) => {
      assert.ok(item.type === 'entry');
      const { version, isLatest } = item.value;
      return `${version.etag} ${version.isDeleteMarker} ${isLatest}`;
    });
    return JSON.stringify({ buckets, objects, versions, uploads, outbox });
  }

  it('STORE-4: a crash at every write leaves every acknowledged step and no half of the next', async () => {
    const clean = createMemoryKv();
    const cleanIndex = new ObjectIndex(clean);
    const states = [await visible(cleanIndex)];
    await workload(cleanIndex, async () => {
      states.push(await visible(cleanIndex));
    });
    assert.equal(new Set(states).size, states.length, 'every step is visible');
    for (let crashAtWrite = 1; crashAtWrite < states.length; crashAtWrite++) {
      for (let seed = 0; seed < 6; seed++) {
        const kv = createFaultyKv({ seed, crashAtWrite });
        let acknowledged = 0;
        await assert.rejects(
          workload(new ObjectIndex(kv), async () => {
            acknowledged++;
          }),
        );
        const after = await visible(new ObjectIndex(kv.reopen()));
        const allowed = [states[acknowledged], states[acknowledged + 1]];
        assert.ok(allowed.includes(after), `write ${crashAtWrite}, seed ${seed}: ${after}`);
      }
    }
  });

  it('sequence numbers of the outbox continue after a restart', async () => {
    const kv = createMemoryKv();
    const first = new ObjectIndex(kv);
    await first.createBucket('b', bucketOf());
    await first.putObject({ bucket: 'b', key: 'a' }, objectOf('a', [fileOf(1)]), [fileOf(1)]);
    const second = new ObjectIndex(kv);
    await second.putObject({ bucket: 'b', key: 'b' }, objectOf('b', [fileOf(2)]), [fileOf(2)]);
    assert.deepEqual(
      (await second.listOutbox(10)).map(({ sequence }) => sequence),
      [1, 2],
    );
  });
});
