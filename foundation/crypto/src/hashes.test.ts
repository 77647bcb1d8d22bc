import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, toHex, utf8 } from '@cess/primitives';
import { blake2AsU8a, xxhashAsU8a } from '@polkadot/util-crypto';
import fc from 'fast-check';
import { blake2_128, blake2_256, keccak256, sha256, sha512, twox64, twox128, twox256 } from './index.js';

test('BLAKE2b-256 and -128 give the known answers of RFC 7693 digests with those lengths', () => {
  assert.equal(toHex(blake2_256(utf8(''))), '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8');
  assert.equal(toHex(blake2_256(utf8('abc'))), 'bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319');
  assert.equal(toHex(blake2_128(utf8('abc'))), 'cf4ab791c62b8d2b2109c90275287816');
});

test('TwoX gives the known storage prefix of System and the known xxHash64 of nothing', () => {
  assert.equal(toHex(twox128(utf8('System'))), '26aa394eea5630e07c48ae0c9558cef7');
  assert.equal(toHex(twox128(utf8('Account'))), 'b99d880ec681799c0cf30e8886371da9');
  assert.equal(toHex(twox64(utf8(''))), '99e9d85137db46ef');
});

test('BLAKE2b and TwoX agree with an independent implementation on any input', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      assert.deepEqual(blake2_256(bytes), blake2AsU8a(bytes, 256, null, true));
      assert.deepEqual(blake2_128(bytes), blake2AsU8a(bytes, 128, null, true));
      assert.deepEqual(twox64(bytes), xxhashAsU8a(bytes, 64, true));
      assert.deepEqual(twox128(bytes), xxhashAsU8a(bytes, 128, true));
      assert.deepEqual(twox256(bytes), xxhashAsU8a(bytes, 256, true));
    }),
    { seed: 1, numRuns: 200 },
  );
});

test('Keccak-256 gives the known answers of Ethereum', () => {
  assert.equal(toHex(keccak256(utf8(''))), 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470');
  assert.equal(
    toHex(keccak256(utf8('Transfer(address,address,uint256)'))),
    'ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef',
  );
});

test('SHA-2 gives the known answers of FIPS 180-4', () => {
  assert.equal(toHex(sha256(utf8('abc'))), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  assert.deepEqual(
    sha512(utf8('abc')),
    fromHex(
      'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    ),
  );
});
