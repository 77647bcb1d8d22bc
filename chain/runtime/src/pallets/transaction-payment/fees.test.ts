// The price of weight follows demand: whoever fills blocks pays more with every block.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { query, tx } from '../../index.js';
import { alice, Harness } from '../../test-support/harness.js';
import { ONE } from './declaration.js';
import { nextMultiplier } from './fees.js';

const after = (blocks: number, fullness: bigint, from = ONE): bigint => {
  let multiplier = from;
  for (let i = 0; i < blocks; i++) multiplier = nextMultiplier(multiplier, fullness);
  return multiplier;
};

describe('the fee multiplier', () => {
  it('doubles within 70 full blocks, and is back after as many empty ones', () => {
    const risen = after(70, ONE);
    assert.ok(risen > 2n * ONE);
    assert.equal(after(75, 0n, risen), ONE);
  });

  it('stays where half of the room is used', () => {
    assert.equal(after(1000, ONE / 2n, 7n * ONE), 7n * ONE);
  });

  it('never leaves 1 to 100', () => {
    assert.equal(after(1000, ONE), 100n * ONE);
    fc.assert(
      fc.property(fc.bigInt(ONE, 100n * ONE), fc.bigInt(0n, ONE), (multiplier, fullness) => {
        const next = nextMultiplier(multiplier, fullness);
        assert.ok(next >= ONE && next <= 100n * ONE);
      }),
      { seed: 5 },
    );
  });

  it('follows the blocks of the chain and changes what a call costs', () => {
    const chain = new Harness();
    const fullBlock = () => {
      chain.open();
      for (let i = 0; i < 2; i++) chain.apply(alice, tx.System.remark({ remark: new Uint8Array(1_040_000) }));
      chain.close();
    };
    const multiplier = () => query.TransactionPayment.NextFeeMultiplier.get(chain);
    chain.advance(3);
    assert.equal(multiplier(), ONE);
    for (let i = 0; i < 5; i++) fullBlock();
    const risen = multiplier();
    assert.ok(risen > (102n * ONE) / 100n, String(risen));
    chain.advance(1);
    assert.ok(multiplier() < risen);
  });
});
