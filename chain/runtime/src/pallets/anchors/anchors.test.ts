import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8 } from '@cess/primitives';
import { anchorHistory, noAnchors } from '@cess/types';
import { query, tx } from '../../index.js';
import { failsWith } from '../../test-support/fails.js';
import { alice, bob, Harness } from '../../test-support/harness.js';
import { amountHeld, assertHoldsAgree } from '../../test-support/ledger-books.js';
import { SPEC_NAME } from '../../version.js';

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
      count: 1,
      history: anchorHistory(noAnchors, { sequence: 5n, root: root(1) }),
    });
    chain.run(bob, anchor(6n, 2));
    assert.deepEqual(query.Anchors.Anchors.get(chain, bob.publicKey, log)?.root, root(2));
  });

  it('the history commits to all anchors of a log', () => {
    const chain = new Harness();
    const all = [5n, 6n, 9n].map((sequence) => ({ sequence, root: root(Number(sequence)) }));
    for (const { sequence } of all) chain.run(bob, anchor(sequence, Number(sequence)));
    chain.run(bob, anchor(1n, 1, utf8('index')));
    const { count, history } = query.Anchors.Anchors.get(chain, bob.publicKey, log) ?? {};
    assert.equal(count, 3);
    assert.deepEqual(history, all.reduce(anchorHistory, noAnchors));
    assert.notDeepEqual(
      history,
      [all[1], all[0], all[2]].map((each) => each ?? assert.fail()).reduce(anchorHistory, noAnchors),
    );
  });

  it('anchors of version 5 get a history that begins with them', () => {
    const chain = new Harness();
    chain.run(bob, anchor(5n, 5));
    const key = query.Anchors.Anchors.key(bob.publicKey, log);
    const value = chain.ext.get(key);
    assert.ok(value);
    const deposit = amountHeld(chain, bob.publicKey, 'Anchors.Anchor');
    chain.ext.put(key, value.subarray(0, 8 + 32 + 4 + 16));
    query.System.LastRuntimeUpgrade.put(chain, { spec_version: 5, spec_name: SPEC_NAME });
    chain.advance(1);
    assert.deepEqual(chain.hookFailures, []);
    const { block: _block, ...migrated } = query.Anchors.Anchors.get(chain, bob.publicKey, log) ?? {};
    const history = anchorHistory(noAnchors, { sequence: 5n, root: root(5) });
    assert.deepEqual(migrated, { sequence: 5n, root: root(5), deposit, count: 1, history });
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
