import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromHex, isCessError, toHex, utf8 } from '@cess/primitives';
import { ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js';
import { blake2AsU8a, sr25519Sign as polkadotSign, secp256k1Sign, sr25519PairFromSeed } from '@polkadot/util-crypto';
import {
  blake2_256,
  createEcdsaSigner,
  createEd25519Signer,
  createRuntimeCrypto,
  createSr25519Signer,
  recoverEcdsa,
  verifyEd25519,
  verifySr25519,
  vrfProve,
} from './index.js';

// RFC 8032 §7.1, tests 1 to 3: seed, public key, message, signature.
const rfc8032 = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
] as const;

test('Ed25519 reproduces the vectors of RFC 8032', () => {
  for (const [seed, publicKey, message, signature] of rfc8032) {
    const signer = createEd25519Signer(fromHex(seed));
    assert.equal(toHex(signer.publicKey), publicKey);
    assert.equal(toHex(signer.sign(fromHex(message))), signature);
    assert.equal(verifyEd25519(fromHex(signature), fromHex(message), fromHex(publicKey)), true);
  }
});

test('Ed25519 refuses a flipped bit anywhere, s + L, and malformed lengths, without throwing', () => {
  const [, publicKeyHex, , signatureHex] = rfc8032[1];
  const publicKey = fromHex(publicKeyHex);
  const signature = fromHex(signatureHex);
  const message = fromHex('72');
  for (let i = 0; i < signature.length; i++) {
    const bad = signature.slice();
    bad[i]! ^= 1;
    assert.equal(verifyEd25519(bad, message, publicKey), false, `byte ${i}`);
  }
  const order = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010');
  const malleated = signature.slice();
  let carry = 0;
  for (let i = 0; i < 32; i++) {
    carry += malleated[32 + i]! + order[i]!;
    malleated[32 + i] = carry & 0xff;
    carry >>= 8;
  }
  assert.equal(verifyEd25519(malleated, message, publicKey), false);
  assert.equal(verifyEd25519(signature, utf8('s'), publicKey), false);
  assert.equal(verifyEd25519(signature.subarray(1), message, publicKey), false);
  assert.equal(verifyEd25519(signature, message, publicKey.subarray(1)), false);
  assert.equal(verifyEd25519(signature, message, new Uint8Array(32).fill(0xff)), false);
  assert.throws(
    () => createEd25519Signer(new Uint8Array(31)),
    (error) => isCessError(error, 'KEY_LENGTH'),
  );
});

test('Ed25519 refuses keys of small order, for which one signature is valid for every message', () => {
  const base = '5866666666666666666666666666666666666666666666666666666666666666';
  // R = s B with s = 1: with a key whose multiples vanish, the equation s B = R + h A holds for every message.
  const signature = fromHex(`${base}01${'00'.repeat(31)}`);
  const sign = (key: string) => `${key.slice(0, 62)}${(Number.parseInt(key.slice(62), 16) | 0x80).toString(16)}`;
  const smallOrder = ED25519_TORSION_SUBGROUP.flatMap((key) => [key, sign(key)]);
  for (const key of smallOrder) {
    for (let i = 0; i < 16; i++) {
      assert.equal(verifyEd25519(signature, Uint8Array.of(i), fromHex(key)), false, `${key}, message ${i}`);
    }
  }
});

test('Ed25519 refuses keys whose coordinate is not below the modulus', () => {
  // y = p + 1 stands for 1, the neutral element, as y = 1 does.
  const signature = fromHex(
    `5866666666666666666666666666666666666666666666666666666666666666${'01'}${'00'.repeat(31)}`,
  );
  for (const first of ['ed', 'ee', 'ff']) {
    for (const last of ['7f', 'ff']) {
      assert.equal(verifyEd25519(signature, utf8('m'), fromHex(`${first}${'ff'.repeat(30)}${last}`)), false, first);
    }
  }
});

test('Ed25519 stays right when more public keys pass than the cache holds', () => {
  const message = utf8('m');
  const [, publicKey, , signature] = rfc8032[1];
  const garbage = new Uint8Array(32);
  for (let i = 0; i < 5000; i++) {
    new DataView(garbage.buffer).setUint32(0, i);
    verifyEd25519(fromHex(signature), message, garbage);
  }
  assert.equal(verifyEd25519(fromHex(signature), fromHex('72'), fromHex(publicKey)), true);
});

// Substrate's //Alice.
const aliceSr25519Seed = fromHex('e5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a');
const aliceSr25519Key = 'd43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d';

test('sr25519 derives the known key of Alice and verifies the published signature of the sr25519-crust test suite', () => {
  assert.equal(toHex(createSr25519Signer(aliceSr25519Seed).publicKey), aliceSr25519Key);
  const published = fromHex(
    '4e172314444b8f820bb54c22e95076f220ed25373e5c178234aa6c211d29271244b947e3ff3418ff6b45fd1df1140c8cbff69fc58ee6dc96df70936a2bb74b82',
  );
  const message = utf8('this is a message');
  const key = fromHex('46ebddef8cd9bb167dc30878d7113b7e168e6f0646beffd77d69d39bad76b47a');
  assert.equal(verifySr25519(published, message, key), true);
  assert.equal(verifySr25519(published, utf8('another message'), key), false);
});

test('sr25519 signs what it verifies, and refuses flipped bits and malformed input without throwing', () => {
  const signer = createSr25519Signer(aliceSr25519Seed);
  const message = utf8('a message');
  const signature = signer.sign(message);
  assert.equal(verifySr25519(signature, message, signer.publicKey), true);
  const foreign = polkadotSign(message, sr25519PairFromSeed(aliceSr25519Seed));
  assert.equal(verifySr25519(foreign, message, signer.publicKey), true);
  for (let i = 0; i < 64; i++) {
    const bad = signature.slice();
    bad[i]! ^= 1;
    assert.equal(verifySr25519(bad, message, signer.publicKey), false, `byte ${i}`);
  }
  assert.equal(verifySr25519(signature.subarray(1), message, signer.publicKey), false);
  assert.equal(verifySr25519(signature, message, new Uint8Array(33)), false);
  assert.equal(verifySr25519(signature, message, new Uint8Array(32).fill(0xff)), false);
  assert.equal(verifySr25519(signature, message, signer.publicKey), true, 'still right after all that');
});

test('sr25519 signs with fresh randomness, messages of any length', () => {
  const signer = createSr25519Signer(aliceSr25519Seed);
  for (const length of [0, 1, 5_000_000]) {
    const message = new Uint8Array(length).fill(7);
    const [first, second] = [signer.sign(message), signer.sign(message)];
    assert.notDeepEqual(first, second);
    for (const signature of [first, second]) {
      assert.equal(verifySr25519(signature, message, signer.publicKey), true, `${length} bytes`);
    }
    assert.equal(verifySr25519(first, new Uint8Array(length + 1).fill(7), signer.publicKey), false);
  }
});

// Substrate's //Alice for ecdsa.
const aliceEcdsaSecret = fromHex('cb6df9de1efca7a3998a8ead4e02159d5fa99c3e0d4fd6432667390bb4726854');
const aliceEcdsaKey = '020a1091341fe5664bfa1782d5e04779689068c916b04cb365ec3153755684d9a1';

test('ecdsa recovers the known key of Alice from its own signatures and from those of an independent signer', () => {
  const signer = createEcdsaSigner(aliceEcdsaSecret);
  assert.equal(toHex(signer.publicKey), aliceEcdsaKey);
  for (let i = 0; i < 20; i++) {
    const message = utf8(`message ${i}`);
    const hash = blake2_256(message);
    assert.equal(toHex(recoverEcdsa(signer.signHash(hash), hash)!), aliceEcdsaKey);
    const foreign = secp256k1Sign(message, { publicKey: signer.publicKey, secretKey: aliceEcdsaSecret }, 'blake2');
    assert.deepEqual(foreign, signer.signHash(blake2AsU8a(message)), 'RFC 6979 makes both equal');
    const ethereumStyle = foreign.slice();
    ethereumStyle[64]! += 27;
    assert.equal(toHex(recoverEcdsa(ethereumStyle, hash)!), aliceEcdsaKey);
  }
});

test('ecdsa recovery of hostile signatures gives undefined, any number of times', () => {
  const hash = blake2_256(utf8('x'));
  const hostile = [
    new Uint8Array(65),
    new Uint8Array(65).fill(0xff),
    new Uint8Array(64),
    new Uint8Array(66),
    Uint8Array.from([...new Uint8Array(32).fill(0xff), ...new Uint8Array(31), 1, 0]),
    Uint8Array.from([...createEcdsaSigner(aliceEcdsaSecret).signHash(hash).slice(0, 64), 4]),
  ];
  for (const signature of hostile) {
    for (let i = 0; i < 50; i++) assert.equal(recoverEcdsa(signature, hash), undefined);
  }
  const good = createEcdsaSigner(aliceEcdsaSecret).signHash(hash);
  assert.equal(recoverEcdsa(good, hash.subarray(1)), undefined);
  assert.equal(toHex(recoverEcdsa(good, hash)!), aliceEcdsaKey);
  const bad = good.slice();
  bad[40]! ^= 1;
  const recovered = recoverEcdsa(bad, hash);
  assert.notEqual(recovered === undefined ? '' : toHex(recovered), aliceEcdsaKey);
  assert.throws(
    () => createEcdsaSigner(new Uint8Array(32)),
    (error) => isCessError(error, 'KEY_INVALID'),
  );
});

test('the runtime sees the same functions under its own names', async () => {
  const crypto = await createRuntimeCrypto();
  const signer = createEd25519Signer(fromHex(rfc8032[0][0]));
  assert.equal(crypto.verifyEd25519(signer.sign(utf8('a')), utf8('a'), signer.publicKey), true);
  const seed = fromHex(rfc8032[0][0]);
  const proof = vrfProve(seed, utf8('a'));
  assert.ok(crypto.verifyVrf(signer.publicKey, utf8('a'), proof) !== undefined);
  assert.equal(crypto.verifyVrf(signer.publicKey, utf8('b'), proof), undefined);
  assert.deepEqual(Object.keys(crypto).sort(), [
    'blake2_128',
    'blake2_256',
    'bls',
    'recoverEcdsa',
    'sha256',
    'twox128',
    'twox64',
    'verifyEd25519',
    'verifySr25519',
    'verifyVrf',
  ]);
});
