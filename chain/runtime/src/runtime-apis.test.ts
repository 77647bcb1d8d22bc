import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { balance } from '@cess/chain-primitives';
import { bytes, option, u32, vec } from '@cess/codec';
import { CESS, concatBytes, type ErrorCode, isCessError } from '@cess/primitives';
import fc from 'fast-check';
import { tx } from './index.js';
import { runtimeVersionCodec as versionCodec } from './pallets/system/index.js';
import { feeDetails, runtimeDispatchInfo } from './pallets/transaction-payment/index.js';
import { alice, bob, Harness } from './test-support/harness.js';

describe('runtime APIs', () => {
  const chain = new Harness();
  const call = (name: string, args: Uint8Array = new Uint8Array()) => chain.runtime.call(chain.ext, name, args);
  const transfer = chain.sign(
    alice,
    tx.Balances.transfer_keep_alive({ dest: { type: 'Id', value: bob.publicKey }, value: CESS }),
  );
  const withLength = concatBytes(transfer, u32.encode(transfer.length));

  it('Core_version names cess and lists the APIs', () => {
    const version = versionCodec.decode(call('Core_version'));
    assert.deepEqual([version.spec_name, version.impl_name, version.system_version], ['cess', 'cess-node', 1]);
    assert.equal(version.apis.length, chain.runtime.version.apis.length);
  });

  it('Metadata serves the versions that it lists and no others', () => {
    const versions = vec(u32).decode(call('Metadata_metadata_versions'));
    assert.deepEqual(versions, [14, 15, 16]);
    for (const version of versions) {
      const served = option(bytes()).decode(call('Metadata_metadata_at_version', u32.encode(version)));
      assert.deepEqual(served, chain.runtime.metadata(version as 14));
    }
    assert.equal(option(bytes()).decode(call('Metadata_metadata_at_version', u32.encode(13))), undefined);
    assert.deepEqual(bytes().decode(call('Metadata_metadata')), chain.runtime.metadata(14));
  });

  it('the fee that is asked for is the fee that is paid', () => {
    const info = runtimeDispatchInfo.decode(call('TransactionPaymentApi_query_info', withLength));
    const { inclusion_fee } = feeDetails.decode(call('TransactionPaymentApi_query_fee_details', withLength));
    assert.equal(
      inclusion_fee!.base_fee + inclusion_fee!.len_fee + inclusion_fee!.adjusted_weight_fee,
      info.partial_fee,
    );
    assert.equal(
      balance.decode(call('TransactionPaymentApi_query_length_to_fee', u32.encode(transfer.length))),
      inclusion_fee!.len_fee,
    );
    const before = chain.free(alice.publicKey);
    chain.run(alice, tx.Balances.transfer_keep_alive({ dest: { type: 'Id', value: bob.publicKey }, value: CESS }));
    assert.equal(before - CESS - chain.free(alice.publicKey), info.partial_fee);
  });

  it('AccountNonceApi_account_nonce counts', () => {
    assert.equal(u32.decode(call('AccountNonceApi_account_nonce', alice.publicKey)), chain.nonceOf(alice));
  });

  it('TaggedTransactionQueue_validate_transaction answers with validity or its reason', () => {
    const valid = chain.sign(alice, tx.System.remark({ remark: new Uint8Array() }));
    const ask = (encoded: Uint8Array) =>
      call('TaggedTransactionQueue_validate_transaction', concatBytes(Uint8Array.of(2), encoded, chain.parentHash));
    assert.equal(ask(valid)[0], 0);
    assert.deepEqual(ask(transfer), Uint8Array.of(1, 0, 3), 'Err(Invalid(Stale))');
  });

  it('unknown names and malformed arguments are told apart', () => {
    for (const name of ['Nope_nope', 'Core_nope', 'Core_', 'Core_toString', '']) {
      assert.throws(
        () => call(name),
        (thrown) => isCessError(thrown, 'RUNTIME_API_UNKNOWN'),
        name,
      );
    }
    assert.throws(
      () => call('Metadata_metadata_at_version', Uint8Array.of(1)),
      (thrown) => isCessError(thrown, 'SCALE_MALFORMED'),
    );
  });

  it('whatever a stranger passes, the answer is a coded error', () => {
    const junk = concatBytes(Uint8Array.of(8, 4, 250), u32.encode(3));
    const coded = (name: string, args: Uint8Array, code: ErrorCode) =>
      assert.throws(
        () => call(name, args),
        (thrown) => isCessError(thrown, code),
        name,
      );
    coded('TransactionPaymentApi_query_info', junk, 'EXTRINSIC_MALFORMED');
    coded('TransactionPaymentApi_query_fee_details', junk, 'EXTRINSIC_MALFORMED');
    coded('BlockBuilder_apply_extrinsic', transfer, 'BLOCK_NOT_OPEN');
    coded('BlockBuilder_finalize_block', new Uint8Array(), 'BLOCK_INVALID');
  });

  it('random arguments never throw anything but coded errors', () => {
    const names = [
      'Core_version',
      'Metadata_metadata_at_version',
      'BlockBuilder_apply_extrinsic',
      'BlockBuilder_finalize_block',
    ];
    names.push(
      'TaggedTransactionQueue_validate_transaction',
      'AccountNonceApi_account_nonce',
      'TransactionPaymentApi_query_info',
    );
    names.push('TransactionPaymentApi_query_fee_details', 'TransactionPaymentApi_query_weight_to_fee');
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.uint8Array({ maxLength: 120 }), (name, args) => {
        try {
          call(name, args);
        } catch (thrown) {
          assert.ok(isCessError(thrown), String(thrown));
        }
        assert.equal(chain.ext.depth, 0);
      }),
      { seed: 7, numRuns: 1000 },
    );
  });
});
