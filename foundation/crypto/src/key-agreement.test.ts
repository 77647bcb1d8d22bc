import assert from 'node:assert/strict';
import { hkdfSync } from 'node:crypto';
import { test } from 'node:test';
import { fromHex, isCessError, toHex } from '@cess/primitives';
import { hkdfSha256, x25519PairFromSecret, x25519SharedSecret } from './index.js';

test('HKDF-SHA256 gives test case 1 of RFC 5869', () => {
  const okm = hkdfSha256({
    secret: new Uint8Array(22).fill(0x0b),
    salt: fromHex('000102030405060708090a0b0c'),
    info: fromHex('f0f1f2f3f4f5f6f7f8f9'),
    length: 42,
  });
  assert.equal(toHex(okm), '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865');
});

test('HKDF-SHA256 gives test case 3 of RFC 5869, without salt and info, and what node:crypto gives for lengths around its blocks', () => {
  const empty = new Uint8Array(0);
  const secret = new Uint8Array(22).fill(0x0b);
  const okm = hkdfSha256({ secret, salt: empty, info: empty, length: 42 });
  assert.equal(toHex(okm), '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8');
  for (const length of [1, 31, 32, 33, 64, 65, 255 * 32]) {
    const input = { secret, salt: Uint8Array.of(1), info: Uint8Array.of(2), length };
    assert.deepEqual(hkdfSha256(input), new Uint8Array(hkdfSync('sha256', secret, input.salt, input.info, length)));
  }
});

test('X25519 gives the Diffie-Hellman vector of RFC 7748 §6.1 from both sides', () => {
  const alice = x25519PairFromSecret(fromHex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a'));
  const bob = x25519PairFromSecret(fromHex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb'));
  assert.equal(toHex(alice.publicKey), '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a');
  assert.equal(toHex(bob.publicKey), 'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f');
  const shared = '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742';
  assert.equal(toHex(x25519SharedSecret(alice.secretKey, bob.publicKey)), shared);
  assert.equal(toHex(x25519SharedSecret(bob.secretKey, alice.publicKey)), shared);
});

test('a public key of small order gives no shared secret', () => {
  const pair = x25519PairFromSecret(new Uint8Array(32).fill(5));
  for (const point of ['00'.repeat(32), `01${'00'.repeat(31)}`]) {
    assert.throws(
      () => x25519SharedSecret(pair.secretKey, fromHex(point)),
      (error) => isCessError(error, 'KEY_INVALID'),
    );
  }
});
