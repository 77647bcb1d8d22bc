import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CESS } from '@cess/primitives';
import { query, tx } from './index.js';
import { alice, author, bob, Harness } from './test-support/harness.js';

const to = (account: Uint8Array) => ({ type: 'Id', value: account }) as const;

describe('executive', () => {
  it('CHAIN-1: a transfer moves tokens, pays its fee and ends with the outcome event', () => {
    const chain = new Harness();
    const before = chain.free(alice.publicKey);
    const { error, events } = chain.run(
      alice,
      tx.Balances.transfer_keep_alive({ dest: to(bob.publicKey), value: 5n * CESS }),
    );
    assert.equal(error, undefined);
    assert.equal(chain.free(bob.publicKey), 1_000_005n * CESS);
    const fee = before - 5n * CESS - chain.free(alice.publicKey);
    assert.ok(fee > 0n);
    assert.equal(events.at(-1)!.event.value.type, 'ExtrinsicSuccess');
    assert.equal(query.System.Account.get(chain, alice.publicKey).nonce, 1);
    assert.ok(chain.free(author.publicKey) > 0n);
  });
});
