// The set of keys behaves like a sorted array, whatever the order of additions, across many chunks.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SortedKeys } from './sorted-keys.js';

function modelFrom(keys: Iterable<string>, key: string, isExclusive: boolean): string[] {
  return [...new Set(keys)].sort().filter((each) => (isExclusive ? each > key : each >= key));
}

describe('sorted keys', () => {
  it('give what a sorted array gives, from any key on', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 3 })), fc.string({ maxLength: 3 }), fc.boolean(), (all, key, is) => {
        const keys = new SortedKeys();
        const removed = new Set(all.filter((_, i) => i % 3 === 0));
        for (const each of all) keys.add(each);
        for (const each of [...removed, 'never added']) keys.remove(each);
        const left = all.filter((each) => !removed.has(each));
        assert.deepEqual([...keys.from(key, { isExclusive: is })], modelFrom(left, key, is));
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  for (const [name, order] of [
    ['ascending', (i: number) => i],
    ['descending', (i: number) => 9999 - i],
    ['scattered', (i: number) => (i * 7919) % 10_000],
  ] as const) {
    it(`10,000 keys in ${name} order fill many chunks`, () => {
      const keys = new SortedKeys();
      const added = Array.from({ length: 10_000 }, (_, i) => String(order(i)).padStart(5, '0'));
      for (const each of [...added, ...added.slice(0, 100)]) keys.add(each);
      assert.deepEqual([...keys.from('')], [...added].sort());
      assert.deepEqual([...keys.from('05000', { isExclusive: true })], modelFrom(added, '05000', true));
      assert.deepEqual([...keys.from('99999')], []);
      for (const each of added) keys.remove(each);
      assert.deepEqual([...keys.from('')], []);
    });
  }
});
