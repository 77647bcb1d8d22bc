// STORE-4: how many fragments segments and files can lose before they are lost.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { marginsOf } from './network-margins.js';

describe('margins', () => {
  it('count segments, and files by their weakest segment, the least margin first', () => {
    const segments = [
      { file: 'a', margin: 8 },
      { file: 'a', margin: 8 },
      { file: 'b', margin: 8 },
      { file: 'b', margin: -1 },
      { file: 'c', margin: 2 },
    ];
    assert.deepEqual(marginsOf(segments), [
      { margin: -1, segments: 1, files: 1 },
      { margin: 2, segments: 1, files: 1 },
      { margin: 8, segments: 3, files: 1 },
    ]);
  });

  it('of no segments are none', () => assert.deepEqual(marginsOf([]), []));
});
