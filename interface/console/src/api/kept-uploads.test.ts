// IFACE-1: uploads that a closed page left are remembered for their owner alone; damaged notes of them are left out.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSameFile, type KeptUpload, parseUploads } from './kept-uploads.js';

const upload: KeptUpload = {
  owner: 'account/user',
  bucket: 'photos',
  key: 'a/b.raw',
  uploadId: 'u-1',
  fileName: 'b.raw',
  size: 40_000_000,
  modifiedMs: 1_780_000_000_000,
};

describe('uploads that are kept', () => {
  it('are read back as they were written', () => {
    assert.deepEqual(parseUploads(JSON.stringify([upload])), [upload]);
    assert.deepEqual(parseUploads(undefined), []);
  });

  it('are left out where they are damaged or of another shape', () => {
    for (const text of ['', '{', '{}', 'null', '[null]', '[1]', '[{}]', JSON.stringify([{ ...upload, size: '1' }])])
      assert.deepEqual(parseUploads(text), [], text);
    for (const field of Object.keys(upload)) {
      const { [field as keyof KeptUpload]: _left, ...rest } = upload;
      assert.deepEqual(parseUploads(JSON.stringify([rest, upload])), [upload], field);
    }
  });

  it('go on with a file of the same size and time of change', () => {
    assert.ok(isSameFile(upload, { size: upload.size, lastModified: upload.modifiedMs }));
    assert.ok(!isSameFile(upload, { size: upload.size + 1, lastModified: upload.modifiedMs }));
    assert.ok(!isSameFile(upload, { size: upload.size, lastModified: upload.modifiedMs + 1 }));
  });
});
