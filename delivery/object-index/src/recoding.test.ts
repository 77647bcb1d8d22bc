// Content that is stored again as it is sealed: its wraps, and when the index refuses it.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { createMemoryKv } from '@cess/store';
import { type NewFile, ObjectIndex, type Recoding } from './index.js';
import { bucketOf, fileOf, objectOf } from './test-support/samples.js';

const bucket = 'b';
const name = { bucket, key: 'k' };
const before = fileOf(1);
const after: NewFile = {
  ...fileOf(2),
  sameStreamAs: before.fileId,
  wrapKey: (_bucket, source) => new Uint8Array([...(source ?? []), 7]),
};
const contentOf = (file: NewFile) => objectOf('e', [file]).extents;
const recoding: Recoding = {
  versionId: 'null',
  storageClass: 'STANDARD_IA',
  content: { before: contentOf(before), after: contentOf(after) },
  files: [after],
  decide: () => true,
};

let index: ObjectIndex;
beforeEach(async () => {
  index = new ObjectIndex(createMemoryKv());
  await index.createBucket(bucket, bucketOf());
  await index.putObject(name, objectOf('e', [before]), [before]);
});

describe('a stream that is stored again as it is sealed', () => {
  it('has the wrap that the former file has in the transaction', async () => {
    assert.equal(await index.recodeVersion(name, recoding), true);
    assert.deepEqual((await index.getFile(after.fileId))?.keyWraps, [{ bucket, wrap: new Uint8Array([1, 7]) }]);
    assert.equal((await index.getFile(before.fileId))?.state, 'deleting');
  });

  it('is refused while another object reads the former file', async () => {
    await index.putObject({ bucket, key: 'copy' }, objectOf('e', [before]), []);
    assert.equal(await index.recodeVersion(name, recoding), false);
    assert.equal(await index.getFile(after.fileId), undefined);
    assert.equal((await index.getFile(before.fileId))?.references, 2);
  });
});
