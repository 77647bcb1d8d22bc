import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CessError, fromHex, isCessError, type Rng, toHex, utf8 } from '@cess/primitives';
import {
  deriveOwnerMasterKey,
  deriveOwnerX25519,
  hkdfSha256,
  keyWrapCodec,
  openKeyFile,
  plaintextKeyFile,
  sealKeyFile,
  systemRng,
  unwrapKeyWith,
  unwrapStreamKey,
  wrapKeyTo,
  wrapStreamKey,
  x25519PairFromSecret,
  x25519SharedSecret,
} from './index.js';

const countingRng = (): Rng => {
  let next = 1;
  return { bytes: (length) => new Uint8Array(length).map(() => next++ & 0xff) };
};
const invalidWrap = (error: unknown) => isCessError(error, 'WRAP_INVALID');

test('HKDF-SHA256 gives test case 1 of RFC 5869', () => {
  const okm = hkdfSha256({
    secret: new Uint8Array(22).fill(0x0b),
    salt: fromHex('000102030405060708090a0b0c'),
    info: fromHex('f0f1f2f3f4f5f6f7f8f9'),
    length: 42,
  });
  assert.equal(toHex(okm), '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865');
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

test('owner keys follow from the seed alone', () => {
  const master = deriveOwnerMasterKey(new Uint8Array(32).fill(1));
  assert.equal(toHex(master), '6c0664208c5bd961a0530df19221c6fa1b106e46eb17489ad60e6690719ea0d8');
  assert.equal(
    toHex(deriveOwnerX25519(master).publicKey),
    '0a3060a3b546f3180e734de214233023b0a3933322419f60310b2bf5ecc91d17',
  );
  assert.notDeepEqual(deriveOwnerMasterKey(new Uint8Array(32).fill(2)), master);
});

test('a key wrapped to an X25519 key opens for its holder and purpose only', () => {
  const owner = deriveOwnerX25519(deriveOwnerMasterKey(new Uint8Array(32).fill(1)));
  const gateway = x25519PairFromSecret(new Uint8Array(32).fill(9));
  const bucketKey = new Uint8Array(32).fill(0x42);
  const context = utf8('bucket photos');
  const wrap = wrapKeyTo(owner.publicKey, bucketKey, context, systemRng);
  assert.deepEqual(unwrapKeyWith(owner.secretKey, wrap, context), bucketKey);
  assert.throws(() => unwrapKeyWith(gateway.secretKey, wrap, context), invalidWrap);
  assert.throws(() => unwrapKeyWith(owner.secretKey, wrap, utf8('bucket films')), invalidWrap);
  for (const at of [0, 31, 32, 47]) {
    const sealed = wrap.value.sealed.slice();
    sealed[at]! ^= 1;
    const damaged = { type: 'x25519', value: { ...wrap.value, sealed } } as const;
    assert.throws(() => unwrapKeyWith(owner.secretKey, damaged, context), invalidWrap);
  }
  const again = wrapKeyTo(owner.publicKey, bucketKey, context, systemRng);
  assert.notDeepEqual(again.value.sealed, wrap.value.sealed);
});

test('a stream key wrapped by the bucket key opens for that bucket and stream only', () => {
  const bucketKey = new Uint8Array(32).fill(3);
  const streamId = new Uint8Array(32).fill(4);
  const streamKey = new Uint8Array(32).fill(5);
  const wrap = wrapStreamKey(bucketKey, streamId, streamKey);
  assert.deepEqual(unwrapStreamKey(bucketKey, streamId, wrap), streamKey);
  assert.throws(() => unwrapStreamKey(new Uint8Array(32), streamId, wrap), invalidWrap);
  assert.throws(() => unwrapStreamKey(bucketKey, new Uint8Array(32), wrap), invalidWrap);
});

test('wraps have a stable byte form with a type byte first, and unknown types are refused', () => {
  const bucket = wrapStreamKey(new Uint8Array(32).fill(3), new Uint8Array(32).fill(4), new Uint8Array(32).fill(5));
  const bytes = keyWrapCodec.encode(bucket);
  assert.equal(
    toHex(bytes),
    '00bfafa9513c85138b4f4fccdb96b370afcc5e4e69ad769ed951ba8aeb4b2fec711c8761b153dadbfec2494ef71b38f68f',
  );
  assert.deepEqual(keyWrapCodec.decode(bytes), bucket);
  const owner = x25519PairFromSecret(new Uint8Array(32).fill(9));
  const wrap = wrapKeyTo(owner.publicKey, new Uint8Array(32).fill(5), utf8('c'), countingRng());
  assert.equal(
    toHex(keyWrapCodec.encode(wrap)),
    '0157db4b359f23ae5e146e4e2512056704722506348c150c14753d0c933d04d42107a37cbc142093c8b755dc1b10e86cb426374ad16aa853ed0bdfc0b2b86d1c7c9c594b19ef0b31dac3e3087e03fb12d44307f63d7d3a711215538bcbff231d5ae4a39e051c1e5649e9d8ee68fc593406',
  );
  assert.deepEqual(keyWrapCodec.decode(keyWrapCodec.encode(wrap)), wrap);
  const unknown = bytes.slice();
  unknown[0] = 9;
  assert.throws(
    () => keyWrapCodec.decode(unknown),
    (error) => isCessError(error, 'SCALE_MALFORMED'),
  );
  assert.throws(
    () => keyWrapCodec.decode(bytes.subarray(1)),
    (error) => isCessError(error, 'SCALE_MALFORMED'),
  );
});

const code = (expected: string) => (error: unknown) => {
  assert.equal((error as CessError).code, expected);
  return true;
};

test('a key file opens with its passphrase and for its purpose only', async () => {
  const secret = new Uint8Array(32).fill(7);
  const text = await sealKeyFile('owner', secret, 'correct horse', systemRng);
  assert.equal(text.includes(toHex(secret)), false);
  assert.deepEqual(await openKeyFile('owner', text, { passphrase: 'correct horse' }), secret);
  await assert.rejects(openKeyFile('owner', text, { passphrase: 'wrong' }), code('KEY_FILE_PASSPHRASE'));
  await assert.rejects(openKeyFile('owner', text), code('KEY_FILE_PASSPHRASE'));
  await assert.rejects(openKeyFile('provider', text, { passphrase: 'correct horse' }), code('KEY_FILE_PURPOSE'));
  const renamed = text.replace('"owner"', '"provider"');
  await assert.rejects(openKeyFile('provider', renamed, { passphrase: 'correct horse' }), code('KEY_FILE_PASSPHRASE'));
});

test('an unprotected key file says so and loads only where that is allowed', async () => {
  const secret = new Uint8Array(32).fill(7);
  const text = plaintextKeyFile('provider', secret);
  assert.match(text, /plaintext-development-only/);
  assert.deepEqual(await openKeyFile('provider', text, { allowPlaintext: true }), secret);
  await assert.rejects(openKeyFile('provider', text), code('KEY_FILE_PLAINTEXT'));
});

test('what is no key file is refused with a clear code', async () => {
  const good = plaintextKeyFile('p', new Uint8Array(32));
  for (const text of ['', '{', 'null', '[]', '{}', 'x'.repeat(5000), good.replace('"version": 1', '"version": 2')]) {
    await assert.rejects(openKeyFile('p', text, { allowPlaintext: true }), code('KEY_FILE_MALFORMED'));
  }
  const noHex = good.replace(/"secret": "[^"]*"/, '"secret": "zz"');
  await assert.rejects(openKeyFile('p', noHex, { allowPlaintext: true }), code('KEY_FILE_MALFORMED'));
});
