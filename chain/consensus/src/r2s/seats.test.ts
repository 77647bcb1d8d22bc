// R2S-5, R2S-7: the order of authors, and replacement within an era (docs/protocol/r2s.md §3).
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { toHex, utf8 } from '@cess/primitives';
import fc from 'fast-check';
import { authorOf, createDraws, orderMembers, removeMember } from '../index.js';
import { account } from '../test-support/candidates.js';

const seedOf = (number: number): Uint8Array => createHash('sha512').update(String(number)).digest();
const accounts = (count: number): Uint8Array[] => Array.from({ length: count }, (_, i) => account(i + 1));

/** Pearson's statistic of counts that should be equal. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe('draws from a hash', () => {
  it('RS-3.1: they are the numbers of SHA-256 without those that would favour low results', () => {
    // About one number in 2277 is from the largest multiple of this bound on.
    const bound = Number((10n * 2n ** 64n) / 20_489n);
    const end = 2n ** 64n - (2n ** 64n % BigInt(bound));
    const expected: number[] = [];
    let skipped = 0;
    for (let i = 0; i < 20_000; i++) {
      const counter = Buffer.alloc(4);
      counter.writeUInt32LE(i);
      const number = createHash('sha256').update('domain').update(seedOf(1)).update(counter).digest().readBigUInt64LE();
      if (number < end) expected.push(Number(number % BigInt(bound)));
      else skipped++;
    }
    assert.ok(skipped > 0, 'the test covers numbers that are skipped');
    const draw = createDraws(utf8('domain'), seedOf(1));
    assert.deepEqual(
      expected.map(() => draw(bound)),
      expected,
    );
  });

  it('RS-3.1: they are below the bound, which is at least 1', () => {
    const draw = createDraws(utf8('domain'), seedOf(2));
    for (let bound = 1; bound < 200; bound++) assert.ok(draw(bound) < bound);
    assert.throws(() => draw(0), /at least one outcome/);
  });
});

describe('the order of authors', () => {
  it('RS-3.2: it is a permutation that depends on the members, the seed and the era, and on nothing else', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(500), { maxLength: 20 }),
        fc.nat(),
        fc.bigInt(0n, 99n),
        (numbers, seed, era) => {
          const members = numbers.map(account);
          const order = orderMembers(members, seedOf(seed), era);
          assert.deepEqual(order.map(toHex).sort(), members.map(toHex).sort());
          assert.deepEqual(orderMembers([...members.toReversed(), ...members], seedOf(seed), era), order);
        },
      ),
      { seed: 1, numRuns: 200 },
    );
    assert.notDeepEqual(orderMembers(accounts(11), seedOf(1), 1n), orderMembers(accounts(11), seedOf(1), 2n));
    assert.notDeepEqual(orderMembers(accounts(11), seedOf(1), 1n), orderMembers(accounts(11), seedOf(2), 1n));
  });

  it('RS-3.2: all orders of four members are equally likely', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 12_000; seed++) {
      const order = orderMembers(accounts(4), seedOf(seed), 0n).map(toHex).join();
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    assert.equal(counts.size, 24);
    // 23 degrees of freedom: a uniform order exceeds 49.7 once in a thousand. The seeds are fixed.
    assert.ok(chiSquare([...counts.values()]) < 49.7);
  });

  it('RS-3.3: authors take turns; without seats nobody authors', () => {
    const order = orderMembers(accounts(7), seedOf(1), 0n);
    for (const first of [0n, 5n, 1n << 40n]) {
      const round = Array.from({ length: 7 }, (_, i) => toHex(authorOf(order, first + BigInt(i))!));
      assert.equal(new Set(round).size, 7);
      assert.deepEqual(authorOf(order, first), order[Number(first % 7n)]);
    }
    assert.deepEqual(orderMembers([], seedOf(1), 0n), []);
    assert.equal(authorOf([], 5n), undefined);
  });
});

describe('replacement of a member that misbehaved', () => {
  const seats = accounts(4);
  const removal = { offender: account(2), pool: [], removed: [], beacon: seedOf(1), era: 3n };

  it('RS-3.4: a candidate of the pool takes the seat, never one that is seated or was removed', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 12 })), fc.nat(), (numbers, seed) => {
        const pool = numbers.map(account);
        const removed = [account(5), account(6)];
        const outcome = removeMember(seats, { ...removal, pool, removed, beacon: seedOf(seed) });
        const free = numbers.filter((number) => number > 6).map((number) => toHex(account(number)));
        assert.equal(outcome.seat, 1);
        assert.deepEqual(outcome.seats, seats.with(1, outcome.replacement!));
        if (free.length === 0) assert.equal(outcome.replacement, undefined);
        else assert.ok(free.includes(toHex(outcome.replacement!)));
        const again = removeMember(seats, { ...removal, pool: pool.toReversed(), removed, beacon: seedOf(seed) });
        assert.deepEqual(again, outcome, 'the order of the pool does not matter');
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('RS-3.4: every candidate of the pool is equally likely', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 6000; seed++) {
      const pool = [10, 11, 12, 13, 14, 15].map(account);
      const { replacement } = removeMember(seats, { ...removal, pool, beacon: seedOf(seed) });
      counts.set(toHex(replacement!), (counts.get(toHex(replacement!)) ?? 0) + 1);
    }
    assert.equal(counts.size, 6);
    assert.ok(chiSquare([...counts.values()]) < 20.5, '5 degrees of freedom, once in a thousand');
  });

  it('RS-3.5: without a pool the seat is vacant, and its slots stay empty', () => {
    const { seats: left } = removeMember(seats, removal);
    assert.equal(authorOf(left, 1n), undefined);
    assert.deepEqual(authorOf(left, 2n), account(3));
  });

  it('RS-3.5: the last member keeps its seat, and who holds none cannot lose one', () => {
    assert.deepEqual(removeMember([account(2)], removal).seats, [account(2)]);
    assert.deepEqual(removeMember([undefined, account(2)], removal).seat, undefined);
    assert.deepEqual(removeMember([account(2)], { ...removal, pool: [account(9)] }).seats, [account(9)]);
    assert.deepEqual(removeMember(seats, { ...removal, offender: account(99), pool: [account(9)] }).seats, seats);
  });
});
