// Vectors: tests of sp_runtime::generic::Era.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCessError } from '@cess/primitives';
import fc from 'fast-check';
import { type Era, era, eraBirth, eraDeath, mortalEra } from './era.js';

describe('era', () => {
  it('has the bytes of Substrate', () => {
    const vectors: readonly (readonly [Era, readonly number[]])[] = [
      [{ type: 'Immortal' }, [0]],
      [mortalEra(64, 42), [5 + (42 % 16) * 16, Math.floor(42 / 16)]],
      [mortalEra(32768, 20000), [14 + (2500 % 16) * 16, Math.floor(2500 / 16)]],
    ];
    for (const [value, bytes] of vectors) {
      assert.deepEqual(era.encode(value), Uint8Array.from(bytes));
      assert.deepEqual(era.decode(Uint8Array.from(bytes)), value);
    }
  });

  it('rounds the period up to a power of two within 4 and 65536', () => {
    const periods = [1, 4, 5, 200, 256, 257, 65536, 1_000_000].map((period) => mortalEra(period, 1));
    assert.deepEqual(
      periods.map((value) => value.type === 'Mortal' && value.period),
      [4, 4, 8, 256, 256, 512, 65536, 65536],
    );
  });

  it('refuses phases beyond the period and periods below 4', () => {
    for (const bytes of [
      [0x41, 0],
      [0x11, 0xff],
      [0xf0, 0],
      [1, 0x40],
    ]) {
      assert.throws(
        () => era.decode(Uint8Array.from(bytes)),
        (thrown) => isCessError(thrown, 'SCALE_MALFORMED'),
        String(bytes),
      );
    }
  });

  it('lives for one period from its birth and covers the block for which it was made', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 70_000 }),
        fc.integer({ min: 0, max: 2 ** 31 }),
        fc.nat(100_000),
        (period, current, later) => {
          const value = mortalEra(period, current);
          assert.ok(value.type === 'Mortal');
          assert.deepEqual(era.decode(era.encode(value)), value);
          const birth = eraBirth(value, current);
          assert.ok(birth <= current && current < eraDeath(value, current));
          assert.equal(eraDeath(value, current) - birth, value.period);
          const within = Math.min(later, value.period - 1 - (current - birth));
          assert.equal(eraBirth(value, current + within), birth);
          assert.notEqual(eraBirth(value, birth + value.period), birth);
        },
      ),
      { seed: 5 },
    );
  });

  it('an immortal era is born with the chain and never dies', () => {
    assert.deepEqual(
      [eraBirth({ type: 'Immortal' }, 99), eraDeath({ type: 'Immortal' }, 99)],
      [0, Number.MAX_SAFE_INTEGER],
    );
  });
});
