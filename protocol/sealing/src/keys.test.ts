import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemRng, x25519PairFromSecret } from '@cess/crypto';
import { type CessError, isCessError, type Rng, toHex, utf8 } from '@cess/primitives';
import {
  deriveOwnerMasterKey,
  deriveOwnerX25519,
  keyWrapCodec,
  openKeyFile,
  plaintextKeyFile,
  sealKeyFile,
  unwrapKeyWith,
  unwrapStreamKey,
  wrapKeyTo,
  wrapStreamKey,
} from './index.js';

const countingRng = (): Rng => {
  let next = 1;
  return { bytes: (length) => new Uint8Array(length).map(() => next++ & 0xff) };
};
const invalidWrap = (error: unknown) => isCessError(error, 'WRAP_INVALID');

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
