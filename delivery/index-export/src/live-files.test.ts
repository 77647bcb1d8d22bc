import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8 } from '@cess/primitives';
import fc from 'fast-check';
import { maxMergedBytes, mergedCount, mergeEntries, needsSnapshot } from './live-files.js';
import type { LiveFile } from './stream-state.js';

const delta = (bytes: number): LiveFile => ({ fileId: new Uint8Array(32), kind: 'delta', bytes, generation: 1 });
const snapshot = (bytes: number): LiveFile => ({ ...delta(bytes), kind: 'snapshot' });

/** The files after appending deltas of these sizes. */
function appended(sizes: readonly number[], live: readonly LiveFile[] = []): readonly LiveFile[] {
  return sizes.reduce((files, size) => {
    const count = mergedCount(files, size, () => true);
    const merged = files.slice(files.length - count).reduce((sum, { bytes }) => sum + bytes, size);
    return [...files.slice(0, files.length - count), delta(merged)];
  }, live);
}

describe('the files of an export', () => {
  it('stay few however many deltas are appended', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100_000 }), { minLength: 100, maxLength: 500 }), (sizes) => {
        const live = appended(sizes);
        const full = live.filter(({ bytes }) => bytes > maxMergedBytes / 4).length;
        assert.ok(live.length - full <= 24, `${live.length} files`);
        assert.ok(live.every(({ bytes }) => bytes <= maxMergedBytes));
      }),
      { seed: 1 },
    );
  });

  it('of a snapshot are never merged with a delta', () => {
    assert.equal(
      mergedCount([snapshot(10)], 1_000, () => true),
      0,
    );
  });

  it('that are not in memory are left alone', () => {
    assert.equal(
      mergedCount([delta(1), delta(1)], 1, () => false),
      0,
    );
  });

  it('are replaced by a snapshot when the deltas outweigh it, or are many', () => {
    assert.equal(needsSnapshot([snapshot(5_000_000), delta(4_000_000)]), false);
    assert.equal(needsSnapshot([snapshot(5_000_000), delta(6_000_000)]), true);
    assert.equal(needsSnapshot([snapshot(100), delta(1_000)]), false);
    assert.equal(needsSnapshot(Array.from({ length: 33 }, () => delta(1))), true);
  });
});

describe('merged entries', () => {
  const key = (n: number) => utf8(`o/b\0${n}`);
  const entry = fc.record({
    key: fc.nat(5).map(key),
    value: fc.option(fc.uint8Array({ maxLength: 3 }), { nil: undefined }),
  });
  const replay = (lists: readonly (readonly { key: Uint8Array; value: Uint8Array | undefined }[])[]) => {
    const state = new Map<string, string>();
    for (const list of lists)
      for (const { key: name, value } of list) {
        if (value === undefined) state.delete(Buffer.from(name).toString());
        else state.set(Buffer.from(name).toString(), Buffer.from(value).toString('hex'));
      }
    return [...state].sort();
  };

  it('leave what the lists leave one after the other, each key once and in order', () => {
    fc.assert(
      fc.property(fc.array(fc.array(entry, { maxLength: 8 }), { maxLength: 5 }), (lists) => {
        const merged = mergeEntries(lists);
        assert.deepEqual(replay([merged]), replay(lists));
        const names = merged.map(({ key: name }) => Buffer.from(name).toString('latin1'));
        assert.deepEqual(names, [...new Set(names)].sort());
      }),
      { seed: 2 },
    );
  });
});
