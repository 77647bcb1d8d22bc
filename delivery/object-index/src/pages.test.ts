import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '@cess/primitives';
import { createMemoryKv, type Kv, type KvRange } from '@cess/store';
import { entriesInPages } from './pages.js';

const keyOf = (number: number): Uint8Array => Uint8Array.of(1, number);

async function tableOf(count: number): Promise<Kv> {
  const kv = createMemoryKv();
  const rows = Array.from({ length: count }, (_, i) => ({ type: 'put' as const, key: keyOf(i), value: keyOf(i) }));
  await kv.write([...rows, { type: 'put', key: Uint8Array.of(2), value: keyOf(0) }]);
  return kv;
}

const range = { gte: Uint8Array.of(1), lt: Uint8Array.of(2) };

describe('entriesInPages', () => {
  for (const count of [0, 1, 3, 4, 9])
    it(`yields each of ${count} entries of the range once and in order, in pages of 3`, async () => {
      const found = [...entriesInPages(await tableOf(count), range, 3)].map(([key]) => toHex(key));
      assert.deepEqual(
        found,
        Array.from({ length: count }, (_, i) => toHex(keyOf(i))),
      );
    });

  it('reads no more than a page at once', async () => {
    const kv = await tableOf(9);
    const limits: (number | undefined)[] = [];
    const watched: Kv = {
      ...kv,
      entries(asked?: KvRange) {
        limits.push(asked?.limit);
        return kv.entries(asked);
      },
    };
    for (const _ of entriesInPages(watched, range, 3)) break;
    assert.deepEqual(limits, [3]);
  });

  it('continues behind an entry that is deleted meanwhile', async () => {
    const kv = await tableOf(4);
    const found: string[] = [];
    for (const [key] of entriesInPages(kv, range, 2)) {
      found.push(toHex(key));
      await kv.write([{ type: 'delete', key }]);
    }
    assert.equal(found.length, 4);
  });
});
