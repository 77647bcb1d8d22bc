// Account ids: form, and a vector that every gateway must agree on.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { accountIdOf } from './index.js';

describe('the account id of an owner', () => {
  it('has twelve digits, the first of which is not 0', () => {
    for (let index = 0; index < 1000; index++) {
      assert.match(accountIdOf(new Uint8Array(32).fill(index % 256).fill(index >> 8, 0, 1)), /^[1-9][0-9]{11}$/);
    }
  });

  it('follows from the SHA-256 of its context and the owner', () => {
    const owner = new Uint8Array(32).fill(3);
    const digest = createHash('sha256').update('CESS/account-id/v1').update(owner).digest('hex');
    assert.equal(accountIdOf(owner), String(100000000000n + (BigInt(`0x${digest.slice(0, 16)}`) % 900000000000n)));
  });
});
