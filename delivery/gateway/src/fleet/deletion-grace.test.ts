import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DeletionGrace } from './deletion-grace.js';

const file = (number: number) => new Uint8Array(32).fill(number);

describe('the grace of deletions in a fleet', () => {
  it('keeps a file for a minute from the first question on, and each deletion anew', () => {
    let nowMs = 1_000;
    const grace = new DeletionGrace(() => nowMs);
    assert.equal(grace.isWaiting(file(1)), true);
    nowMs += 59_999;
    assert.equal(grace.isWaiting(file(1)), true);
    assert.equal(grace.isWaiting(file(2)), true);
    nowMs += 1;
    assert.equal(grace.isWaiting(file(1)), false);
    assert.equal(grace.isWaiting(file(2)), true);
    assert.equal(grace.isWaiting(file(1)), true, 'it is deleted again');
  });
});
