// Tagging keys of tests, their checked SRS and proofs under them. Each takes a while and is made once.
import { type Bls12, type G1Point, sha256, shake256 } from '@cess/crypto';
import { concatBytes, invariant, type Rng, toHex, utf8 } from '@cess/primitives';
import {
  type Challenge,
  checkPublicKey,
  checkSrs,
  createFieldKernel,
  type GeneratedKey,
  keyGen,
  proofGen,
  type Srs,
} from '@cess/proofs';
import { GENESIS_HASH, runtimeCrypto } from './harness.js';

const { bls } = runtimeCrypto;
export const kernel = createFieldKernel();

// These keys are no secrets: multiples of the generator come from its table, which is faster.
const openBls: Bls12 = new Proxy(bls, {
  get: (_, name) => {
    if (name === 'mulG1') return mulG1;
    const value = bls[name as keyof Bls12];
    return typeof value === 'function' ? (value as (...args: never[]) => unknown).bind(bls) : value;
  },
});

function mulG1(point: G1Point, scalar: Uint8Array): G1Point {
  return point === bls.generatorG1 ? bls.mulGeneratorG1(scalar) : bls.mulG1(point, scalar);
}

function seededRng(seed: string): Rng {
  let requests = 0;
  return { bytes: (length) => shake256(length, utf8(`${seed}/${requests++}`)) };
}

const keys = new Map<string, GeneratedKey>();
/** The same for the same seed. */
export function keyOf(seed: string): GeneratedKey {
  const key = keys.get(seed) ?? keyGen(openBls, seededRng(seed), GENESIS_HASH);
  keys.set(seed, key);
  return key;
}

const checkedSrs = new Map<GeneratedKey, Srs>();
function srsOf(generated: GeneratedKey): Srs {
  const known = checkedSrs.get(generated);
  if (known !== undefined) return known;
  const key = checkPublicKey(bls, generated.publicKey, GENESIS_HASH);
  invariant(key.ok, 'a registered key passes');
  const srs = checkSrs(bls, key.value, generated.srs, seededRng('srs'));
  invariant(srs.ok, 'an honest SRS passes');
  checkedSrs.set(generated, srs.value);
  return srs.value;
}

const proofs = new Map<string, Uint8Array>();
/** The same for the same factors over the same blocks. */
export function proofOf(key: GeneratedKey, challenge: Challenge, read: Parameters<typeof proofGen>[2]): Uint8Array {
  const inputs = challenge.fragments.flatMap(({ indices, factors }, fragment) => [
    factors,
    ...indices.map((index) => read(fragment, index)).flatMap(({ block, tag }) => [block, tag]),
  ]);
  const name = toHex(sha256(concatBytes(key.secret.keyId, challenge.point, ...inputs)));
  const known = proofs.get(name);
  if (known !== undefined) return known;
  const proof = proofGen({ bls, kernel, srs: srsOf(key) }, challenge, read);
  invariant(proof.ok, 'the tags are readable');
  proofs.set(name, proof.value);
  return proof.value;
}
