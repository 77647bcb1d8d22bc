import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { AccountLimits } from './account-limits.js';

describe('limits of an account', () => {
  let nowMs = 0;
  let limits: AccountLimits;
  beforeEach(() => {
    nowMs = 1_000_000;
    const rates = new Map([
      ['requests', { requestsPerSecond: 5 }],
      ['bytes', { bytesPerSecond: 1000 }],
      ['slow', { requestsPerSecond: 0.1 }],
    ]);
    limits = new AccountLimits(rates, () => nowMs);
  });
  const admitted = (account: string, tries: number) =>
    Array.from({ length: tries }, () => limits.admit(account)).filter((wait) => wait === 0).length;

  it('admit two seconds of requests at once, then the rate', () => {
    assert.equal(admitted('requests', 50), 10);
    nowMs += 1_000;
    assert.equal(admitted('requests', 50), 5);
    nowMs += 60_000;
    assert.equal(admitted('requests', 50), 10);
    assert.equal(limits.refused, 125);
  });

  it('say after how many seconds a request is admitted', () => {
    assert.equal(limits.admit('slow'), 0);
    assert.equal(limits.admit('slow'), 10);
    nowMs += 9_000;
    assert.equal(limits.admit('slow'), 1);
    nowMs += 1_000;
    assert.equal(limits.admit('slow'), 0);
  });

  it('let a transfer exceed the rate, and make the next one wait for the excess', () => {
    assert.equal(limits.admit('bytes'), 0);
    limits.charge('bytes', 12_000);
    assert.equal(limits.admit('bytes'), 10);
    nowMs += 10_000;
    assert.equal(limits.admit('bytes'), 0);
  });

  it('do not touch other accounts', () => {
    admitted('requests', 50);
    assert.equal(admitted('bytes', 50), 50);
    assert.equal(admitted('unlimited', 50), 50);
  });

  it('refill nothing while the clock goes back', () => {
    admitted('requests', 50);
    nowMs -= 60_000;
    assert.equal(admitted('requests', 50), 0);
    nowMs += 1_000;
    assert.equal(admitted('requests', 50), 5);
  });
});
