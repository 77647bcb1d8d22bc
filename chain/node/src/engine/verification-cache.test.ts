// The cache never says yes to what was not verified.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEd25519Signer, createRuntimeCrypto } from '@cess/crypto';
import { utf8 } from '@cess/primitives';
import { withVerificationCache } from './verification-cache.js';

describe('verification cache', () => {
  it('verifies a signature once, and anything that differs in any input anew', async () => {
    const real = await createRuntimeCrypto();
    let calls = 0;
    const cached = withVerificationCache({
      ...real,
      verifyEd25519: (...args) => {
        calls++;
        return real.verifyEd25519(...args);
      },
    });
    const signer = createEd25519Signer(new Uint8Array(32).fill(1));
    const message = utf8('message');
    const signature = signer.sign(message);
    for (let i = 0; i < 3; i++) assert.equal(cached.verifyEd25519(signature, message, signer.publicKey), true);
    assert.equal(calls, 1);
    const otherKey = createEd25519Signer(new Uint8Array(32).fill(2)).publicKey;
    const otherSignature = signature.slice();
    otherSignature[0]! ^= 1;
    for (let i = 0; i < 2; i++) {
      assert.equal(cached.verifyEd25519(signature, utf8('other'), signer.publicKey), false);
      assert.equal(cached.verifyEd25519(signature, message, otherKey), false);
      assert.equal(cached.verifyEd25519(otherSignature, message, signer.publicKey), false);
      assert.equal(cached.verifySr25519(signature, message, signer.publicKey), false);
    }
    assert.equal(calls, 7, 'failures are not remembered');
  });
});
