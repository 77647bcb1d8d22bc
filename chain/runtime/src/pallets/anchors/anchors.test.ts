import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8 } from '@cess/primitives';
import { query, tx } from '../../index.js';
import { failsWith } from '../../test-support/fails.js';
import { alice, bob, Harness } from '../../test-support/harness.js';
import { amountHeld, assertHoldsAgree } from '../../test-support/ledger-books.js';

const log = utf8('audit');
const root = (byte: number) => new Uint8Array(32).fill(byte);
const anchor = (sequence: bigint, byte: number, name = log) =>
  tx.Anchors.anchor({ log: name, sequence, root: root(byte) });

describe('Anchors', () => {
  it('an account commits to ever later states of a log, and the chain keeps the newest', () => {
    const chain = new Harness();
    failsWith(chain, bob, anchor(1n, 1, utf8('')), 'EmptyName');
    chain.run(bob, anchor(5n, 1));
    const { block, ...first } = query.Anchors.Anchors.get(chain, bob.publicKey, log) ?? {};
    assert.equal(block, chain.number);
    assert.deepEqual(first, {
      sequence: 5n,
      root: root(1),
      deposit: amountHeld(chain, bob.publicKey, 'Anchors.Anchor'),
    });
    chain.run(bob, anchor(6n, 2));
    assert.deepEqual(query.Anchors.Anchors.get(chain, bob.publicKey, log)?.root, root(2));
  });

  it('no anchor is replaced by an earlier one or by one of the same sequence', () => {
    const chain = new Harness();
    chain.run(bob, anchor(5n, 1));
    failsWith(chain, bob, anchor(5n, 2), 'NotNewer');
    failsWith(chain, bob, anchor(4n, 2), 'NotNewer');
    assert.deepEqual(query.Anchors.Anchors.get(chain, bob.publicKey, log)?.root, root(1));
  });

  it('logs of other names and accounts have anchors of their own', () => {
    const chain = new Harness();
    chain.run(bob, anchor(5n, 1));
    chain.run(bob, anchor(1n, 2, utf8('index')));
    chain.run(alice, anchor(1n, 3));
    assert.deepEqual(query.Anchors.Anchors.get(chain, bob.publicKey, log)?.root, root(1));
    assert.equal([...query.Anchors.Anchors.entries(chain, [])].length, 3);
  });

  it('an anchor has a deposit while it stays', () => {
    const chain = new Harness();
    const held = () => amountHeld(chain, bob.publicKey, 'Anchors.Anchor');
    failsWith(chain, bob, tx.Anchors.remove({ log }), 'NoAnchor');
    chain.run(bob, anchor(1n, 1));
    const one = held();
    assert.ok(one > 0n);
    chain.run(bob, anchor(2n, 1));
    assert.equal(held(), one);
    assertHoldsAgree(chain);
    chain.run(bob, tx.Anchors.remove({ log }));
    assert.equal(held(), 0n);
    assertHoldsAgree(chain);
    assert.equal(chain.run(bob, anchor(1n, 1)).error, undefined);
  });
});
