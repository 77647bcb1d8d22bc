import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concatBytes, fromHex, isCessError, toHex, utf8 } from '@cess/primitives';
import { ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { createEd25519Signer, type VrfSuite, vrfProofToHash, vrfProve, vrfVerify } from './index.js';

interface Vector {
  readonly suite: VrfSuite;
  readonly seed: string;
  readonly publicKey: string;
  readonly alpha: string;
  readonly pi: string;
  readonly beta: string;
}

// RFC 9381 appendix B.3 (examples 16 to 18, TAI) and B.4 (examples 19 to 21, ELL2).
const keys = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
  ],
] as const;
const outputs = [
  [
    'TAI',
    '8657106690b5526245a92b003bb079ccd1a92130477671f6fc01ad16f26f723f26f8a57ccaed74ee1b190bed1f479d9727d2d0f9b005a6e456a35d4fb0daab1268a1b0db10836d9826a528ca76567805',
    '90cf1df3b703cce59e2a35b925d411164068269d7b2d29f3301c03dd757876ff66b71dda49d2de59d03450451af026798e8f81cd2e333de5cdf4f3e140fdd8ae',
  ],
  [
    'TAI',
    'f3141cd382dc42909d19ec5110469e4feae18300e94f304590abdced48aed5933bf0864a62558b3ed7f2fea45c92a465301b3bbf5e3e54ddf2d935be3b67926da3ef39226bbc355bdc9850112c8f4b02',
    'eb4440665d3891d668e7e0fcaf587f1b4bd7fbfe99d0eb2211ccec90496310eb5e33821bc613efb94db5e5b54c70a848a0bef4553a41befc57663b56373a5031',
  ],
  [
    'TAI',
    '9bc0f79119cc5604bf02d23b4caede71393cedfbb191434dd016d30177ccbf8096bb474e53895c362d8628ee9f9ea3c0e52c7a5c691b6c18c9979866568add7a2d41b00b05081ed0f58ee5e31b3a970e',
    '645427e5d00c62a23fb703732fa5d892940935942101e456ecca7bb217c61c452118fec1219202a0edcf038bb6373241578be7217ba85a2687f7a0310b2df19f',
  ],
  [
    'ELL2',
    '7d9c633ffeee27349264cf5c667579fc583b4bda63ab71d001f89c10003ab46f14adf9a3cd8b8412d9038531e865c341cafa73589b023d14311c331a9ad15ff2fb37831e00f0acaa6d73bc9997b06501',
    '9d574bf9b8302ec0fc1e21c3ec5368269527b87b462ce36dab2d14ccf80c53cccf6758f058c5b1c856b116388152bbe509ee3b9ecfe63d93c3b4346c1fbc6c54',
  ],
  [
    'ELL2',
    '47b327393ff2dd81336f8a2ef10339112401253b3c714eeda879f12c509072ef055b48372bb82efbdce8e10c8cb9a2f9d60e93908f93df1623ad78a86a028d6bc064dbfc75a6a57379ef855dc6733801',
    '38561d6b77b71d30eb97a062168ae12b667ce5c28caccdf76bc88e093e4635987cd96814ce55b4689b3dd2947f80e59aac7b7675f8083865b46c89b2ce9cc735',
  ],
  [
    'ELL2',
    '926e895d308f5e328e7aa159c06eddbe56d06846abf5d98c2512235eaa57fdce35b46edfc655bc828d44ad09d1150f31374e7ef73027e14760d42e77341fe05467bb286cc2c9d7fde29120a0b2320d04',
    '121b7f9b9aaaa29099fc04a94ba52784d44eac976dd1a3cca458733be5cd090a7b5fbd148444f17f8daf1fb55cb04b1ae85a626e30a54b4b0f8abf4a43314a58',
  ],
] as const;
const vectors: Vector[] = outputs.map(([suite, pi, beta], i) => {
  const [seed, publicKey, alpha] = keys[i % 3]!;
  return { suite, seed, publicKey, alpha, pi, beta };
});

for (const [i, vector] of vectors.entries()) {
  test(`example ${16 + i} of RFC 9381 (${vector.suite}): proof, output and verification`, () => {
    const pi = vrfProve(fromHex(vector.seed), fromHex(vector.alpha), vector.suite);
    assert.equal(toHex(pi), vector.pi);
    assert.equal(toHex(vrfProofToHash(pi, vector.suite)!), vector.beta);
    const beta = vrfVerify(fromHex(vector.publicKey), fromHex(vector.alpha), pi, vector.suite);
    assert.equal(toHex(beta!), vector.beta);
    assert.equal(toHex(createEd25519Signer(fromHex(vector.seed)).publicKey), vector.publicKey);
  });
}

test('ELL2 is the default suite, and a proof of one suite is none of the other', () => {
  const { seed, publicKey, alpha, pi } = vectors[4]!;
  assert.equal(toHex(vrfProve(fromHex(seed), fromHex(alpha))), pi);
  assert.equal(vrfVerify(fromHex(publicKey), fromHex(alpha), fromHex(pi), 'TAI'), undefined);
});

test('what a key proves it verifies, and nobody else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 80 }), (seed, alpha) => {
      const publicKey = createEd25519Signer(seed).publicKey;
      const pi = vrfProve(seed, alpha);
      assert.deepEqual(vrfVerify(publicKey, alpha, pi), vrfProofToHash(pi));
      assert.equal(vrfVerify(fromHex(keys[0][1]), alpha, pi), undefined);
      assert.equal(vrfVerify(publicKey, concatBytes(alpha, Uint8Array.of(0)), pi), undefined);
    }),
    { seed: 3, numRuns: 8 },
  );
});

test('a flipped bit in Gamma, c or s, and a wrong length are refused', () => {
  const { publicKey, alpha, pi } = vectors[3]!;
  for (const index of [0, 31, 32, 47, 48, 79]) {
    const bad = fromHex(pi);
    bad[index]! ^= 1;
    assert.equal(vrfVerify(fromHex(publicKey), fromHex(alpha), bad), undefined, `byte ${index}`);
  }
  for (const length of [0, 79, 81]) {
    const bad = new Uint8Array(length);
    bad.set(fromHex(pi).subarray(0, length));
    assert.equal(vrfVerify(fromHex(publicKey), fromHex(alpha), bad), undefined);
    assert.equal(vrfProofToHash(bad), undefined);
  }
});

test('s + L is refused although the equation holds (unique proofs)', () => {
  const { publicKey, alpha, pi } = vectors[3]!;
  const bad = fromHex(pi);
  const order = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
  let carry = 0;
  for (let i = 0; i < 32; i++) {
    carry += bad[48 + i]! + order[i]!;
    bad[48 + i] = carry & 0xff;
    carry >>= 8;
  }
  assert.equal(carry, 0);
  assert.equal(vrfVerify(fromHex(publicKey), fromHex(alpha), bad), undefined);
  assert.equal(vrfProofToHash(bad), undefined);
});

test('keys of small order and keys that are no canonical point are refused', () => {
  const pi = fromHex(vectors[3]!.pi);
  const torsion = ed25519.Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
  let point = torsion;
  for (let i = 1; i <= 8; i++, point = point.add(torsion)) {
    assert.equal(vrfVerify(point.toBytes(), utf8(''), pi), undefined, `${i} times the torsion point`);
  }
  assert.equal(vrfVerify(new Uint8Array(32).fill(0xff), utf8(''), pi), undefined);
  assert.equal(vrfVerify(new Uint8Array(31), utf8(''), pi), undefined);
  assert.throws(
    () => vrfProve(new Uint8Array(31), utf8('')),
    (error) => isCessError(error, 'KEY_LENGTH'),
  );
});

test('a Gamma with a small-order part does not verify, and its output would not change', () => {
  const { publicKey, alpha, pi } = vectors[4]!;
  const proof = fromHex(pi);
  const gamma = ed25519.Point.fromBytes(proof.subarray(0, 32));
  const torsion = ed25519.Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');
  proof.set(gamma.add(torsion).toBytes(), 0);
  assert.equal(vrfVerify(fromHex(publicKey), fromHex(alpha), proof), undefined);
  assert.equal(toHex(vrfProofToHash(proof)!), vectors[4]!.beta);
});
