import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCessError } from '@cess/primitives';
import { type Static, str, struct, u32, versionedRecord } from './index.js';

const first = struct({ size: u32 });
const second = struct({ size: u32, owner: str });
const v1 = versionedRecord({ name: 'sample', version: 1, codec: first });
const v2 = versionedRecord<Static<typeof second>>({
  name: 'sample',
  version: 2,
  codec: second,
  older: { 1: { read: (reader) => ({ ...first.read(reader), owner: 'nobody' }) } },
});

describe('versionedRecord', () => {
  it('writes its version in front of the fields and reads them back', () => {
    const value = { size: 7, owner: 'alice' };
    assert.equal(v2.encode(value)[0], 2);
    assert.deepEqual(v2.encode(value).subarray(1), second.encode(value));
    assert.deepEqual(v2.decode(v2.encode(value)), value);
  });

  it('reads an older record as a value of its own version', () => {
    assert.deepEqual(v2.decode(v1.encode({ size: 7 })), { size: 7, owner: 'nobody' });
  });

  it('refuses a newer record and names both versions', () => {
    const newer = v2.encode({ size: 7, owner: 'alice' });
    assert.throws(
      () => v1.decode(newer),
      (error) => isCessError(error, 'RECORD_VERSION') && error.data['found'] === 2 && error.data['expected'] === 1,
    );
  });

  it('refuses an empty record and trailing bytes', () => {
    for (const bytes of [new Uint8Array(0), Uint8Array.of(1), Uint8Array.of(1, 7, 0, 0, 0, 0)]) {
      assert.throws(
        () => v1.decode(bytes),
        (error) => isCessError(error, 'SCALE_MALFORMED'),
      );
    }
  });
});
