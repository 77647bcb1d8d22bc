// The faulty backend loses exactly what the contract lets a crash lose.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCessError, utf8 } from '@cess/primitives';
import fc from 'fast-check';
import { createFaultyKv } from './testing.js';

const batch = (i: number) => [
  { type: 'put' as const, key: utf8(`a${i}`), value: utf8(String(i)) },
  { type: 'put' as const, key: utf8(`b${i}`), value: utf8(String(i)) },
];

describe('faulty store', () => {
  it('a crash keeps all durable batches, loses only a suffix of the others, and never half a batch', async () => {
    let lossSeen = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), async (seed, durable) => {
        const kv = createFaultyKv({ seed });
        for (const [i, flag] of durable.entries()) await kv.write(batch(i), { durable: flag });
        kv.crash();
        assert.throws(
          () => kv.get(utf8('a0')),
          (thrown) => isCessError(thrown, 'KV_CRASHED'),
        );
        const after = kv.reopen();
        const present = durable.map((_, i) => after.has(utf8(`a${i}`)));
        for (const [i, kept] of present.entries()) {
          assert.equal(after.has(utf8(`b${i}`)), kept, 'whole or nothing');
          if (i <= durable.lastIndexOf(true)) assert.equal(kept, true, 'durable batches stay');
          if (i > 0 && kept) assert.equal(present[i - 1], true, 'only a suffix is lost');
          if (!kept) lossSeen++;
        }
      }),
      { seed: 20, numRuns: 300 },
    );
    assert.ok(lossSeen > 50, 'crashes do lose batches');
  });

  it('a planned failure changes nothing and the next write succeeds', async () => {
    const kv = createFaultyKv({ seed: 1, failWrites: [2] });
    await kv.write(batch(0));
    await assert.rejects(kv.write(batch(1)), (thrown) => isCessError(thrown, 'KV_IO'));
    await kv.write(batch(2));
    assert.deepEqual([kv.has(utf8('a0')), kv.has(utf8('a1')), kv.has(utf8('a2'))], [true, false, true]);
    assert.equal(kv.writeCount(), 3);
  });

  it('a planned crash leaves its write complete or absent, depending on the seed', async () => {
    const outcomes = new Set<boolean>();
    for (let seed = 0; seed < 20; seed++) {
      const kv = createFaultyKv({ seed, crashAtWrite: 2 });
      await kv.write(batch(0), { durable: true });
      await assert.rejects(kv.write(batch(1), { durable: true }), (thrown) => isCessError(thrown, 'KV_CRASHED'));
      const after = kv.reopen();
      assert.equal(after.has(utf8('a0')), true);
      assert.equal(after.has(utf8('a1')), after.has(utf8('b1')));
      outcomes.add(after.has(utf8('a1')));
    }
    assert.equal(outcomes.size, 2);
  });
});
