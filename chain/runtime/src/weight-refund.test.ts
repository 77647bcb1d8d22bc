// A call pays for the weight that it used. What it declared beyond that is given back, in the fee and in the room of the block;
// a call that fails gets nothing back, so that failing calls are never a cheap way to fill a block.
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { BASE_EXTRINSIC_WEIGHT } from './block-limits.js';
import { palletList } from './construct.js';
import { DispatchFailure } from './frame/failure.js';
import { refTime } from './frame/weight.js';
import { query, tx } from './index.js';
import { weightToFee } from './pallets/transaction-payment/index.js';
import { alice, Harness } from './test-support/harness.js';

const system = palletList.find(({ declaration }) => declaration.id.name === 'System');
assert.ok(system);
const remark = (system.calls as unknown as Readonly<Record<string, { weight: unknown; dispatch: unknown }>>)['remark'];
assert.ok(remark);
const original = { ...remark };

const declared = 100_000_000_000n;
const tip = 7n;

/** One call: what it cost beyond an extrinsic without weight, and what the block booked for it. */
function run(dispatch: () => unknown): { readonly spent: bigint; readonly booked: bigint; readonly issued: bigint } {
  const call = tx.System.remark({ remark: new Uint8Array(3) });
  const cost = (weight: bigint, body: () => unknown) => {
    Object.assign(remark as object, { weight: () => refTime(weight), dispatch: body });
    const chain = new Harness();
    const [before, total] = [chain.free(alice.publicKey), query.Balances.TotalIssuance.get(chain)];
    chain.open();
    chain.apply(alice, call, { tip });
    const booked = query.System.BlockWeight.get(chain).normal.ref_time - BASE_EXTRINSIC_WEIGHT.ref_time;
    const issued = query.Balances.TotalIssuance.get(chain) - total;
    return { spent: before - chain.free(alice.publicKey), booked, issued };
  };
  const [free, paid] = [cost(0n, () => undefined), cost(declared, dispatch)];
  return { spent: paid.spent - free.spent, booked: paid.booked, issued: paid.issued - free.issued };
}

describe('weight that a call did not use', () => {
  afterEach(() => {
    Object.assign(remark, original);
  });

  it('is given back with its fee', () => {
    const used = 10_000_000_000n;
    const { spent, booked, issued } = run(() => refTime(used));
    assert.equal(booked, used);
    assert.equal(spent, weightToFee(refTime(used)));
    assert.ok(issued <= 0n, 'a refund issues nothing');
  });

  it('is not given back when the call says nothing, or claims to have used more', () => {
    for (const dispatch of [() => undefined, () => refTime(2n * declared)]) {
      assert.deepEqual(run(dispatch).booked, declared);
      assert.equal(run(dispatch).spent, weightToFee(refTime(declared)));
    }
  });

  it('is not given back when the call fails', () => {
    const { spent, booked } = run(() => {
      throw new DispatchFailure({ type: 'Other' });
    });
    assert.equal(booked, declared);
    assert.equal(spent, weightToFee(refTime(declared)));
  });
});
