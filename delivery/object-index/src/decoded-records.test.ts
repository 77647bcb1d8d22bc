// The memory of decoded records: what is given from it, and what it forgets.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { DecodedRecords } from './decoded-records.js';

const bytesOf = (seed: number, length = 10) => new Uint8Array(length).fill(seed);

describe('decoded records', () => {
  let decoded: string[];
  beforeEach(() => {
    decoded = [];
  });
  const read = (records: DecodedRecords, name: string, stored: Uint8Array) =>
    records.read(name, stored, (bytes) => {
      decoded.push(`${name} ${bytes[0]}`);
      return { first: bytes[0] };
    });

  it('are the same while the stored bytes are equal, and decoded again when another gateway changed them', () => {
    const records = new DecodedRecords();
    const first = read(records, 'a', bytesOf(1));
    assert.equal(read(records, 'a', bytesOf(1)), first);
    assert.deepEqual(read(records, 'a', bytesOf(2)), { first: 2 });
    assert.deepEqual(read(records, 'a', bytesOf(1)), { first: 1 });
    assert.deepEqual(read(records, 'b', bytesOf(1)), { first: 1 });
    assert.deepEqual(decoded, ['a 1', 'a 2', 'a 1', 'b 1']);
  });

  it('are forgotten beyond the bound, those read last at the end', () => {
    const records = new DecodedRecords(40);
    const used = read(records, 'used', bytesOf(1));
    read(records, 'unused', bytesOf(2));
    for (let seed = 3; seed < 9; seed++) {
      read(records, `other ${seed}`, bytesOf(seed));
      assert.equal(read(records, 'used', bytesOf(1)), used);
    }
    decoded = [];
    read(records, 'unused', bytesOf(2));
    assert.deepEqual(decoded, ['unused 2']);
  });

  it('are not remembered when one would replace all others, and not when it cannot be decoded', () => {
    const records = new DecodedRecords(40);
    for (let i = 0; i < 2; i++) read(records, 'large', bytesOf(1, 21));
    assert.deepEqual(decoded, ['large 1', 'large 1']);
    const fail = () => records.read('damaged', bytesOf(3), () => assert.fail('damaged'));
    assert.throws(fail, /damaged/);
    assert.throws(fail, /damaged/);
  });
});
