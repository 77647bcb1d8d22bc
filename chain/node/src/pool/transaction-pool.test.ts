// The pool keeps order, replaces by priority, and stays within its limits.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ValidTransaction } from '@cess/chain-primitives';
import { utf8 } from '@cess/primitives';
import fc from 'fast-check';
import { type PoolEntry, TransactionPool } from './transaction-pool.js';

function validity(from: string, nonce: number, stateNonce: number, priority = 1n, longevity = 64n): ValidTransaction {
  const tag = (n: number) => utf8(`${from}/${n}`);
  return {
    priority,
    requires: nonce > stateNonce ? [tag(nonce - 1)] : [],
    provides: [tag(nonce)],
    longevity,
    propagate: true,
  };
}

function names(entries: Iterable<PoolEntry>): string[] {
  return Array.from(entries, ({ bytes }) => Buffer.from(bytes).toString());
}

function add(pool: TransactionPool, name: string, valid: ValidTransaction): string {
  const result = pool.add(utf8(name), valid, 0);
  return result.ok ? result.value.changes.map(({ type }) => type).join() : result.error.type;
}

describe('transaction pool', () => {
  it('a nonce gap makes a transaction wait until it is filled', () => {
    const pool = new TransactionPool();
    assert.equal(add(pool, 'a2', validity('a', 2, 0)), 'future');
    assert.equal(add(pool, 'a1', validity('a', 1, 0)), 'future');
    assert.deepEqual(names(pool.inOrder()), []);
    assert.equal(add(pool, 'a0', validity('a', 0, 0)), 'ready,ready,ready');
    assert.deepEqual(names(pool.inOrder()), ['a0', 'a1', 'a2']);
  });

  it('priority decides the order, but nothing overtakes what it requires', () => {
    const pool = new TransactionPool();
    add(pool, 'a0', validity('a', 0, 0, 1n));
    add(pool, 'a1', validity('a', 1, 0, 100n));
    add(pool, 'b0', validity('b', 0, 0, 5n));
    add(pool, 'c0', validity('c', 0, 0, 5n));
    assert.deepEqual(names(pool.inOrder()), ['b0', 'c0', 'a0', 'a1']);
  });

  it('a higher priority replaces a transaction of the same nonce, an equal one does not', () => {
    const pool = new TransactionPool();
    add(pool, 'a0', validity('a', 0, 0, 5n));
    assert.equal(add(pool, 'a0', validity('a', 0, 0, 5n)), 'already-known');
    assert.equal(add(pool, 'a0-same', validity('a', 0, 0, 5n)), 'too-low-priority');
    assert.equal(add(pool, 'a0-more', validity('a', 0, 0, 6n)), 'usurped,ready');
    assert.deepEqual(names(pool.inOrder()), ['a0-more']);
  });

  it('an account has a bounded number of places, and gets them back', () => {
    const pool = new TransactionPool({ maxTransactions: 10, maxBytes: 1000, maxFuture: 10, maxPerSender: 2 });
    const account = (name: string) => name.repeat(32);
    const of = (name: string, nonce: number, priority = 1n) => validity(account(name), nonce, 0, priority);
    assert.equal(add(pool, 'a0', of('a', 0)), 'ready');
    assert.equal(add(pool, 'a1', of('a', 1)), 'ready');
    assert.equal(add(pool, 'a2', of('a', 2)), 'full');
    assert.equal(add(pool, 'a1-more', of('a', 1, 2n)), 'usurped,ready', 'a replacement takes no place');
    assert.equal(add(pool, 'b0', of('b', 0)), 'ready');
    pool.blockIncluded([utf8('a0')], 1);
    assert.equal(add(pool, 'a2', of('a', 2)), 'ready');
  });

  it('an included transaction leaves, its successor becomes free, the expired go', () => {
    const pool = new TransactionPool();
    add(pool, 'a0', validity('a', 0, 0));
    add(pool, 'a1', validity('a', 1, 0));
    add(pool, 'b0', validity('b', 0, 0, 1n, 3n));
    const first = pool.blockIncluded([utf8('a0'), utf8('unknown')], 1);
    assert.deepEqual(names(first.included), ['a0']);
    assert.deepEqual(names(pool.inOrder()), ['a1', 'b0']);
    const third = pool.blockIncluded([], 3);
    assert.deepEqual(
      third.changes.map(({ type, entry }) => [type, ...names([entry])]),
      [['invalid', 'b0']],
    );
  });

  it('removing a transaction sends its dependants back to waiting', () => {
    const pool = new TransactionPool();
    add(pool, 'a0', validity('a', 0, 0));
    add(pool, 'a1', validity('a', 1, 0));
    const entry = [...pool.entries()][0]!;
    assert.deepEqual(
      pool.remove(entry.hash, 'invalid').map(({ type }) => type),
      ['invalid', 'future'],
    );
    assert.deepEqual(names(pool.inOrder()), []);
  });

  it('a full pool drops waiting ones first, then the lowest priority, and refuses what would be dropped itself', () => {
    const pool = new TransactionPool({ maxTransactions: 3, maxBytes: 1000, maxFuture: 2, maxPerSender: 10 });
    add(pool, 'f5', validity('f', 5, 0, 100n));
    add(pool, 'a0', validity('a', 0, 0, 3n));
    add(pool, 'b0', validity('b', 0, 0, 2n));
    assert.equal(add(pool, 'c0', validity('c', 0, 0, 1n)), 'ready,dropped');
    assert.deepEqual(names(pool.entries()).sort(), ['a0', 'b0', 'c0']);
    assert.equal(add(pool, 'd0', validity('d', 0, 0, 1n)), 'full');
    assert.equal(add(pool, 'e0', validity('e', 0, 0, 9n)), 'ready,dropped');
    assert.deepEqual(names(pool.inOrder()), ['e0', 'a0', 'b0']);
  });

  it('random traffic never breaks limits, tag uniqueness or order', () => {
    const step = fc.record({
      from: fc.constantFrom('a', 'b', 'c'),
      nonce: fc.nat(6),
      priority: fc.bigInt(0n, 4n),
      size: fc.integer({ min: 1, max: 40 }),
      include: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const pool = new TransactionPool({ maxTransactions: 8, maxBytes: 150, maxFuture: 4, maxPerSender: 8 });
        steps.forEach(({ from, nonce, priority, size, include }, i) => {
          pool.add(new Uint8Array(size).fill(i), validity(from, nonce, 0, priority), 0);
          assert.ok(pool.size <= 8 && pool.bytes <= 150);
          const order = [...pool.inOrder()];
          const seen = new Set<string>();
          for (const entry of order) {
            for (const tag of entry.requires) assert.ok(seen.has(tag));
            for (const tag of entry.provides) {
              assert.equal(seen.has(tag), false);
              seen.add(tag);
            }
          }
          if (include === 0)
            pool.blockIncluded(
              order.slice(0, 2).map(({ bytes }) => bytes),
              1,
            );
        });
      }),
      { seed: 11, numRuns: 300 },
    );
  });
});
