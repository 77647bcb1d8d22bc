// Whether a call is free takes many reads; strangers must not make nodes decide it for transactions that cannot run yet.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { u32 } from '@cess/codec';
import { concatBytes } from '@cess/primitives';
import { palletList } from './construct.js';
import { tx } from './index.js';
import { feeDetails, runtimeDispatchInfo } from './pallets/transaction-payment/index.js';
import { alice, Harness } from './test-support/harness.js';

const system = palletList.find(({ declaration }) => declaration.id.name === 'System');
const calls = system?.calls as unknown as Readonly<Record<string, { feeless: () => boolean }>>;
const remark = calls['remark'];
assert.ok(remark);
const original = remark.feeless;

describe('a call that is free when it is due', () => {
  let asked = 0;
  beforeEach(() => {
    asked = 0;
    remark.feeless = () => {
      asked++;
      return true;
    };
  });
  afterEach(() => {
    remark.feeless = original;
  });

  const call = tx.System.remark({ remark: new Uint8Array(3) });
  const validate = (chain: Harness, encoded: Uint8Array) =>
    chain.runtime.validateTransaction(chain.ext, 'External', encoded, chain.parentHash);

  it('is examined for the next transaction of its signer, and not for later ones', () => {
    const chain = new Harness();
    assert.ok(validate(chain, chain.sign(alice, call)).ok);
    assert.equal(asked, 1);
    assert.ok(validate(chain, chain.sign(alice, call, { nonce: 1 })).ok);
    assert.equal(asked, 1);
  });

  it('is refused as future out of its turn, and is free in its turn', () => {
    const chain = new Harness();
    const before = chain.free(alice.publicKey);
    chain.open();
    const early = chain.apply(alice, call, { nonce: 1 });
    assert.deepEqual(early, { type: 'Err', value: { type: 'Invalid', value: { type: 'Future' } } });
    assert.equal(asked, 0);
    assert.equal(chain.apply(alice, call).type, 'Ok');
    chain.close();
    assert.equal(chain.free(alice.publicKey), before);
  });

  it('has no fee in the answers about fees', () => {
    const chain = new Harness();
    const encoded = chain.sign(alice, call);
    const args = concatBytes(encoded, u32.encode(encoded.length));
    const info = chain.runtime.call(chain.ext, 'TransactionPaymentApi_query_info', args);
    const details = chain.runtime.call(chain.ext, 'TransactionPaymentApi_query_fee_details', args);
    assert.equal(runtimeDispatchInfo.decode(info).partial_fee, 0n);
    assert.equal(feeDetails.decode(details).inclusion_fee, undefined);
  });
});

describe('an unsigned extrinsic', () => {
  it('has no fee in the answers about fees', () => {
    const chain = new Harness();
    const [inherent] = chain.runtime.inherentExtrinsics(chain.ext, { timestampMs: 1n });
    assert.ok(inherent);
    const args = concatBytes(inherent, u32.encode(inherent.length));
    const info = chain.runtime.call(chain.ext, 'TransactionPaymentApi_query_info', args);
    assert.equal(runtimeDispatchInfo.decode(info).partial_fee, 0n);
  });
});
