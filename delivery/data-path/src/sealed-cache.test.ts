import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SealedCache } from './sealed-cache.js';

const idOf = (number: number) => new Uint8Array(32).fill(number);

describe('sealed cache', () => {
  it('keeps copies of the streams used last, within its capacity', () => {
    const cache = new SealedCache(6_400);
    const stream = new Uint8Array(100).fill(1);
    for (let number = 0; number < 64; number++) cache.put(idOf(number), stream);
    stream.fill(2);
    assert.deepEqual(cache.get(idOf(0)), new Uint8Array(100).fill(1));
    cache.put(idOf(64), stream);
    assert.equal(cache.get(idOf(1)), undefined, 'the oldest made room');
    assert.ok(cache.get(idOf(0)), 'it was used since');
    assert.deepEqual(cache.counts, { bytes: 6_400, hits: 2, misses: 1 });
  });

  it('keeps no stream that would drive out many others, and nothing without capacity', () => {
    const cache = new SealedCache(6_400);
    cache.put(idOf(1), new Uint8Array(101));
    assert.equal(cache.get(idOf(1)), undefined);
    const none = new SealedCache(0);
    none.put(idOf(1), new Uint8Array(1));
    assert.equal(none.get(idOf(1)), undefined);
  });

  it('a stream that is put again is counted once', () => {
    const cache = new SealedCache(6_400);
    for (let time = 0; time < 3; time++) cache.put(idOf(1), new Uint8Array(50));
    assert.equal(cache.counts.bytes, 50);
  });
});
