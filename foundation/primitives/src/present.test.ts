import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { byteAt, elementAt, InvariantError, present } from './index.js';

describe('reads that cannot miss', () => {
  it('elementAt returns the element at the index', () => {
    assert.equal(elementAt(['a', 'b'], 1), 'b');
  });

  it('elementAt returns an element that is undefined by its type', () => {
    assert.equal(elementAt([undefined, 'b'], 0), undefined);
  });

  it('elementAt throws InvariantError for an index out of range', () => {
    for (const index of [-1, 2]) assert.throws(() => elementAt(['a', 'b'], index), InvariantError);
  });

  it('byteAt returns the byte at the index, zero included', () => {
    assert.equal(byteAt(Uint8Array.of(7, 0), 1), 0);
  });

  it('byteAt throws InvariantError for an index out of range', () => {
    for (const index of [-1, 2]) assert.throws(() => byteAt(Uint8Array.of(7, 0), index), InvariantError);
  });

  it('present returns values that only look empty', () => {
    for (const value of [0, '', false]) assert.equal(present(value, 'the value'), value);
  });

  it('present names what is missing', () => {
    for (const value of [undefined, null])
      assert.throws(() => present(value, 'the holder'), { name: 'InvariantError', message: 'the holder is missing' });
  });
});
