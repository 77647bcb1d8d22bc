// IFACE-1: the prices and dates that the console shows are those that the calls of StorageHandler compute.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commandOf, type LeaseOrder, quoteOf, timeOfBlock } from './territory.js';

const terms = { block: 1_000, blockTimeMs: 5_000_000, slotMs: 6_000, unitPrice: 10n };
const perDay = 14_400;
const territory = {
  name: 'default',
  state: 'Active',
  totalBytes: 5n * 2n ** 30n,
  usedBytes: 0n,
  lockedBytes: 0n,
  remainingBytes: 5n * 2n ** 30n,
  deadline: 1_000 + 10 * perDay - 1,
} as const;

describe('quotes of territories', () => {
  it('a new one costs its space for its days', () => {
    const quote = quoteOf({ kind: 'buy', name: 'a', gib: 3, days: 30 }, terms);
    assert.deepEqual(quote, { gib: 3, days: 30, price: 900n, deadline: 1_000 + 30 * perDay });
  });

  it('more space costs the started days that are left, at least one', () => {
    assert.deepEqual(quoteOf({ kind: 'expand', territory, gib: 2 }, terms), {
      ...{ gib: 2, days: 10, price: 200n },
      deadline: territory.deadline,
    });
    const ended = { ...territory, deadline: 990 };
    assert.equal(quoteOf({ kind: 'expand', territory: ended, gib: 2 }, terms).days, 1);
  });

  it('a renewal costs all its space, from the end of the lease, or from now where that has passed', () => {
    const quote = quoteOf({ kind: 'renew', territory, days: 30 }, terms);
    assert.deepEqual([quote.price, quote.deadline], [1_500n, territory.deadline + 30 * perDay]);
    const frozen = { ...territory, state: 'Frozen', deadline: 990 } as const;
    assert.equal(quoteOf({ kind: 'renew', territory: frozen, days: 30 }, terms).deadline, 1_000 + 30 * perDay);
  });

  it('a block is due one slot after the one before', () => {
    assert.equal(timeOfBlock(1_010, terms), 5_060_000);
  });

  it('commands quote names that a shell would read something into', () => {
    const order = (name: string): LeaseOrder => ({ kind: 'expand', territory: { ...territory, name }, gib: 1 });
    assert.equal(commandOf(order('default')), 'cess territory expand default 1');
    assert.equal(commandOf(order("a'$(b)")), "cess territory expand 'a'\\''$(b)' 1");
    assert.equal(commandOf({ kind: 'buy', name: 'a b', gib: 1, days: 30 }), "cess territory mint 'a b' 1 30");
  });
});
