import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { createDeferred, fromUtf8, toHex } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import { ObjectIndex } from '../object-index.js';
import { bucketOf, fileOf, objectOf, partOf, uploadOf } from '../test-support/samples.js';
import { dropJournal, Journal } from './journal.js';

const upload = { bucket: 'bucket', key: 'big', uploadId: '0'.repeat(32) };
const everything = 1e9;

let kv: Kv;
let journal: Journal;
let index: ObjectIndex;

beforeEach(async () => {
  kv = createMemoryKv();
  journal = new Journal(kv, () => 7);
  index = new ObjectIndex(kv, undefined, { journal });
  await index.createBucket('bucket', bucketOf(1));
});

/** Tables and owners of what was journaled behind a record. */
function journaled(after = 0): string[] {
  return journal
    .read(after, everything)
    .batches.flatMap(({ entries }) => entries)
    .map(({ owner, key, value }) =>
      `${fromUtf8(key.subarray(0, 1))}${value === undefined ? '-' : '+'} of ${owner[3]} `.trim(),
    )
    .sort();
}

const last = () => journal.end();

describe('the journal of an index', () => {
  it('STORE-13: has what each batch changes, whose it is, and nothing that follows from it', async () => {
    const file = fileOf(5);
    await index.putObject({ bucket: 'bucket', key: 'a' }, objectOf('one', [file]), [file]);
    assert.deepEqual(journaled(), ['b+ of 1', 'f+ of 1', 'o+ of 1', 's+ of 1']);
  });

  it('says what was deleted, with its former owner', async () => {
    const file = fileOf(5);
    await index.putObject({ bucket: 'bucket', key: 'a' }, objectOf('one', [file]), [file]);
    const before = last();
    await index.deleteObject({ bucket: 'bucket', key: 'a' });
    assert.deepEqual(journaled(before), ['f+ of 1', 'o- of 1']);
    await index.settleDeletions(await index.listOutbox(10));
    assert.ok(journaled(before).includes('f- of 1'));
    assert.ok(journaled(before).includes('s- of 1'));
    await index.deleteBucket('bucket');
    assert.ok(journaled(before).includes('b- of 1'));
  });

  it('attributes a bucket that another owner created again to that owner', async () => {
    await index.deleteBucket('bucket');
    const before = last();
    await index.createBucket('bucket', bucketOf(2));
    await index.putObject({ bucket: 'bucket', key: 'a' }, objectOf('one'), []);
    assert.deepEqual(journaled(before), ['b+ of 2', 'o+ of 2']);
  });

  it('has parts of uploads, also those without content', async () => {
    await index.createUpload(upload, uploadOf());
    const file = fileOf(6);
    const before = last();
    await index.putPart(upload, 1, partOf('one', [file]), [file]);
    await index.putPart(upload, 2, partOf('empty', []), []);
    assert.deepEqual(
      journaled(before).filter((entry) => entry.startsWith('p')),
      ['p+ of 1', 'p+ of 1'],
    );
    await index.abortUpload(upload);
    assert.equal(journaled(before).filter((entry) => entry.startsWith('p-')).length, 2);
  });

  it('has nothing of files of the export itself', async () => {
    const before = last();
    const { fileId, file, segments } = fileOf(9);
    const entered = { packId: fileId, file: { ...file, streamId: new Uint8Array(0) }, segments };
    await index.exports.advance(bucketOf(1).owner, { state: new Uint8Array([1]), entered });
    await index.settleDeclarations(await index.listOutbox(10), () => true);
    await index.exports.advance(bucketOf(1).owner, { state: new Uint8Array([2]), released: [fileId] });
    await index.settleDeletions(await index.listOutbox(10));
    assert.equal(await index.hasFile(fileId), false);
    assert.deepEqual(journaled(before), []);
  });

  it('has nothing of a transaction that failed', async () => {
    const before = last();
    await assert.rejects(index.createBucket('bucket', bucketOf(2)));
    assert.deepEqual(journaled(before), []);
  });

  it('is read in pages, pruned from the front, and goes on after a restart', async () => {
    for (const key of ['a', 'b', 'c']) await index.putObject({ bucket: 'bucket', key }, objectOf(key), []);
    const first = journal.read(0, 1);
    assert.equal(first.isEnd, false);
    assert.equal(first.batches.length, 1);
    await journal.prune(first.through);
    const rest = journal.read(0, everything);
    assert.deepEqual([rest.batches.length, rest.isEnd], [3, true]);
    assert.equal(rest.through, journal.end());
    assert.equal(new Journal(kv, () => 8).end(), journal.end());
    assert.equal(journal.oldestMs(), 7);
    await dropJournal(kv);
    assert.equal(journal.oldestMs(), undefined);
    assert.deepEqual(journal.read(0, everything), { batches: [], through: first.through, isEnd: true });
  });

  it('says of an empty journal how far it was pruned', async () => {
    await journal.prune(last());
    assert.deepEqual(journal.read(0, everything), { batches: [], through: 1, isEnd: true });
  });

  it('STORE-13: does not count a record that is on its way to the disk', async () => {
    const mayWrite = createDeferred<void>();
    const slow: Kv = {
      get: (key) => kv.get(key),
      has: (key) => kv.has(key),
      entries: (range) => kv.entries(range),
      close: () => kv.close(),
      write: async (operations, options) => {
        await mayWrite.promise;
        await kv.write(operations, options);
      },
    };
    journal = new Journal(slow, () => 7);
    index = new ObjectIndex(slow, undefined, { journal });
    const before = last();
    const put = index.putObject({ bucket: 'bucket', key: 'a' }, objectOf('one'), []);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([journal.end(), journal.read(0, everything).through], [before, before]);
    mayWrite.resolve();
    await put;
    assert.deepEqual([journal.end(), journal.read(0, everything).through], [before + 1, before + 1]);
  });

  it('replayed over an empty store, gives the entries that a recovery needs', async () => {
    const files = [fileOf(1), fileOf(2), fileOf(3)] as const;
    await index.putObject({ bucket: 'bucket', key: 'a' }, objectOf('one', [files[0]]), [files[0]]);
    await index.putObject({ bucket: 'bucket', key: 'a' }, objectOf('two', [files[1]]), [files[1]]);
    await index.createUpload(upload, uploadOf());
    await index.putPart(upload, 1, partOf('one', [files[2]]), [files[2]]);
    const replayed = new Map<string, string>();
    for (const { key, value } of journal.read(0, everything).batches.flatMap((batch) => batch.entries)) {
      if (value === undefined) replayed.delete(toHex(key));
      else replayed.set(toHex(key), toHex(value));
    }
    const wanted = [...kv.entries()].filter(([key]) => /^[bofsup]\//.test(fromUtf8(key.subarray(0, 2))));
    assert.deepEqual([...replayed].sort(), wanted.map(([key, value]) => [toHex(key), toHex(value)]).sort());
  });
});
