// IFACE-1: uploads that a closed page left are remembered for their owner alone; damaged notes of them are left out.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isSameFile, type KeptUpload, parseUpload } from './kept-uploads.js';

const upload: KeptUpload = {
  owner: 'account/user',
  bucket: 'photos',
  key: 'a/b.raw',
  uploadId: 'u-1',
  fileName: 'b.raw',
  size: 40_000_000,
  modifiedMs: 1_780_000_000_000,
  begunMs: 1_790_000_000_000,
};

describe('uploads that are kept', () => {
  it('are read back as they were written', () => {
    assert.deepEqual(parseUpload(JSON.stringify(upload)), upload);
    assert.equal(parseUpload(undefined), undefined);
  });

  it('are read back with the ETags of a completion whose answer is missing', () => {
    const asked = { ...upload, etags: ['"a"', '"b"'] };
    assert.deepEqual(parseUpload(JSON.stringify(asked)), asked);
    for (const etags of ['"a"', [1], {}, null])
      assert.equal(parseUpload(JSON.stringify({ ...upload, etags })), undefined);
  });

  it('are left out where they are damaged or of another shape', () => {
    for (const text of ['', '{', '{}', 'null', '1', '[]', JSON.stringify({ ...upload, size: '1' })])
      assert.equal(parseUpload(text), undefined, text);
    for (const field of Object.keys(upload)) {
      const { [field as keyof KeptUpload]: _left, ...rest } = upload;
      assert.equal(parseUpload(JSON.stringify(rest)), undefined, field);
    }
  });

  it('go on with a file of the same size and time of change', () => {
    assert.ok(isSameFile(upload, { size: upload.size, lastModified: upload.modifiedMs }));
    assert.ok(!isSameFile(upload, { size: upload.size + 1, lastModified: upload.modifiedMs }));
    assert.ok(!isSameFile(upload, { size: upload.size, lastModified: upload.modifiedMs + 1 }));
  });
});
