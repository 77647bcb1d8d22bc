import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DispatchError } from '@cess/chain-primitives';
import { blake2_256, createEcdsaSigner, createEd25519Signer, createSr25519Signer } from '@cess/crypto';
import { CESS } from '@cess/primitives';
import { extensionList } from '../extensions/declaration.js';
import { alice, bob, GENESIS_HASH, Harness } from '../test-support/harness.js';
import { SPEC_VERSION, TRANSACTION_VERSION } from '../version.js';
import {
  buildSigningPayload,
  describeDispatchError,
  type ExtrinsicSigner,
  encodeSignedExtrinsic,
  readExtrinsic,
  tx,
} from './index.js';
import { declarations } from './pallets.js';

const seed = new Uint8Array(32).fill(77);
const context = {
  nonce: 0,
  genesisHash: GENESIS_HASH,
  specVersion: SPEC_VERSION,
  transactionVersion: TRANSACTION_VERSION,
};
const transfer = (account: Uint8Array, value = CESS) =>
  tx.Balances.transfer_keep_alive({ dest: { type: 'Id', value: account }, value });

describe('signed extrinsics', () => {
  const ed25519 = createEd25519Signer(seed);
  const sr25519 = createSr25519Signer(seed);
  const ecdsa = createEcdsaSigner(seed);
  const signers: Readonly<Record<string, ExtrinsicSigner>> = {
    Ed25519: { account: ed25519.publicKey, sign: (payload) => ({ type: 'Ed25519', value: ed25519.sign(payload) }) },
    Sr25519: { account: sr25519.publicKey, sign: (payload) => ({ type: 'Sr25519', value: sr25519.sign(payload) }) },
    Ecdsa: {
      account: blake2_256(ecdsa.publicKey),
      sign: (payload) => ({ type: 'Ecdsa', value: ecdsa.signHash(blake2_256(payload)) }),
    },
  };
  for (const [scheme, signer] of Object.entries(signers)) {
    it(`CHAIN-4: an account of ${scheme} sends, and a signature over other bytes is refused`, () => {
      const chain = new Harness();
      chain.run(alice, transfer(signer.account, 100n * CESS));
      chain.open();
      const forged = encodeSignedExtrinsic(transfer(bob.publicKey), context, {
        ...signer,
        sign: (payload) => signer.sign(payload.slice(1)),
      });
      assert.deepEqual(chain.runtime.applyExtrinsic(chain.ext, forged).type, 'Err');
      const long = tx.System.remark({ remark: new Uint8Array(400) });
      assert.deepEqual(
        chain.runtime.applyExtrinsic(chain.ext, encodeSignedExtrinsic(transfer(bob.publicKey), context, signer)),
        { type: 'Ok', value: { type: 'Ok' } },
      );
      const later = encodeSignedExtrinsic(long, { ...context, nonce: 1 }, signer);
      assert.deepEqual(
        chain.runtime.applyExtrinsic(chain.ext, later),
        { type: 'Ok', value: { type: 'Ok' } },
        'payload above 256 bytes',
      );
    });
  }

  it('carry the extensions that clients of the existing chain know, and no other', () => {
    assert.deepEqual(
      extensionList.map(({ identifier }) => identifier),
      [
        ...['CheckNonZeroSender', 'CheckSpecVersion', 'CheckTxVersion', 'CheckGenesis', 'CheckMortality'],
        ...['CheckNonce', 'CheckWeight', 'ChargeTransactionPayment'],
      ],
    );
  });

  it('payloads above 256 bytes are signed by their hash', () => {
    const short = buildSigningPayload(new Uint8Array(100), context).payload;
    const long = buildSigningPayload(new Uint8Array(300), context).payload;
    assert.ok(short.length > 100);
    assert.equal(long.length, 32);
  });

  it('reads back signer, nonce, tip and call', () => {
    const call = transfer(bob.publicKey);
    const read = readExtrinsic(encodeSignedExtrinsic(call, { ...context, nonce: 9, tip: 4n }, signers['Ed25519']!));
    assert.deepEqual(
      [read.signer, read.nonce, read.tip, read.pallet, read.call],
      [ed25519.publicKey, 9, 4n, 'Balances', 'transfer_keep_alive'],
    );
    assert.deepEqual(read.args, { dest: { type: 'Id', value: bob.publicKey }, value: CESS });
  });
});

describe('errors', () => {
  it('every declared error is found by its index and has a sentence', () => {
    for (const pallet of Object.values(declarations)) {
      if (!('errors' in pallet)) continue;
      for (const [name, error] of Object.entries<DispatchError>(pallet.errors.byName)) {
        const info = describeDispatchError(error);
        assert.deepEqual([info.pallet, info.name], [pallet.id.name, name]);
        assert.match(info.docs, /^[A-Z].*\.$/);
      }
    }
  });

  it('errors of no pallet are named after their kind', () => {
    assert.equal(describeDispatchError({ type: 'BadOrigin' }).name, 'BadOrigin');
    assert.equal(describeDispatchError({ type: 'Token', value: 'Frozen' }).name, 'Token.Frozen');
    const unknown = { type: 'Module', value: { index: 250, error: Uint8Array.of(3, 0, 0, 0) } } as const;
    assert.deepEqual(describeDispatchError(unknown), { pallet: 'pallet 250', name: 'error 3', docs: '' });
  });
});
