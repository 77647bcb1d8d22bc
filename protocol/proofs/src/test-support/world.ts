// One enclave, one provider and a seeded source of bytes, for tests of whole rounds.
import { createEd25519Signer, createMclBls12, g1EncodedLength, shake256 } from '@cess/crypto';
import { invariant, type Rng, utf8 } from '@cess/primitives';
import { fragmentRootOf } from '@cess/sealing';
import type { FieldKernel } from '../field-kernel.js';
import {
  blockOf,
  blockSizeBytes,
  type ChallengeContext,
  checkPublicKey,
  type FragmentIdentity,
  fragmentTagId,
  keyGen,
  type StoredBlock,
  sectorSizeBytes,
  sectorsPerBlock,
  sigGen,
  tagSizeBytes,
} from '../index.js';
import { createFieldKernel } from '../wasm-field-kernel.js';
import { withChanges } from './with-changes.js';

export const bls = await createMclBls12();
export const kernel: FieldKernel = createFieldKernel();
export const signer = createEd25519Signer(new Uint8Array(32).fill(9));

/** Bytes that a text and the number of earlier requests fix. */
export function seededRng(seed: string): Rng {
  let requests = 0;
  return { bytes: (length) => shake256(length, utf8(`${seed}/${requests++}`)) };
}

/** `length` bytes that the text fixes. */
export function contentOf(length: number, seed: string): Uint8Array {
  return shake256(length, utf8(`content/${seed}`));
}

/** The same with zeros in all but the first sectors of every block: sums over the SRS are as long as the blocks are deep. */
export function shallowContentOf(length: number, seed: string): Uint8Array {
  return contentOf(length, seed).map((byte, i) => (i % blockSizeBytes < 4 * sectorSizeBytes ? byte : 0));
}

/** A backend that multiplies the generator by its table: keys of tests have no secrets to keep. */
const withTable = withChanges(bls, {
  mulG1: (point, scalar) => (point === bls.generatorG1 ? bls.mulGeneratorG1(scalar) : bls.mulG1(point, scalar)),
});

/** The network of the tests' keys. */
export const keyGenesis = new Uint8Array(32).fill(0xee);

/** The key of these random bytes, with what its checks give; keys.test.ts runs the long ones. */
export function createKey(seed: string) {
  const generated = keyGen(withTable, seededRng(seed), keyGenesis);
  const key = checkPublicKey(bls, generated.publicKey, keyGenesis);
  invariant(key.ok, 'an honest key passes');
  const srsPoints = Array.from({ length: sectorsPerBlock }, (_, j) => {
    const point = bls.decodeG1(generated.srs.subarray(j * g1EncodedLength, (j + 1) * g1EncodedLength), {
      trusted: true,
    });
    invariant(point.ok, 'an SRS is made of points');
    return point.value;
  });
  return { ...generated, key: key.value, srsPoints };
}

export const honestKey = createKey('tests');

export interface StoredFragment {
  readonly identity: FragmentIdentity;
  readonly id: Uint8Array;
  readonly length: number;
  readonly bytes: Uint8Array;
  readonly tags: Uint8Array;
  readonly signature: Uint8Array;
}

export function identityOf(bytes: Uint8Array, changes: Partial<FragmentIdentity> = {}): FragmentIdentity {
  return {
    genesis: new Uint8Array(32).fill(1),
    orderId: new Uint8Array(32).fill(2),
    fileId: new Uint8Array(32).fill(3),
    segment: 4,
    fragment: 5,
    replica: 0,
    root: fragmentRootOf(bytes),
    provider: 6,
    keyId: honestKey.key.id,
    ...changes,
  };
}

/** A fragment that the honest enclave tagged. */
export function storeFragment(bytes: Uint8Array, changes: Partial<FragmentIdentity> = {}): StoredFragment {
  const identity = identityOf(bytes, changes);
  const result = sigGen({ bls, kernel, secret: honestKey.secret, signer, identity, fragment: bytes });
  invariant(result.ok, 'the enclave tags an honest fragment');
  return { identity, id: fragmentTagId(identity), length: bytes.length, bytes, ...result.value };
}

export function contextOf(seed: string, changes: Partial<ChallengeContext> = {}): ChallengeContext {
  return {
    genesis: new Uint8Array(32).fill(1),
    seed: shake256(64, utf8(`beacon/${seed}`)),
    provider: 6,
    keyId: honestKey.key.id,
    ...changes,
  };
}

const tagOf = (tags: Uint8Array, index: number): Uint8Array =>
  tags.subarray(index * tagSizeBytes, (index + 1) * tagSizeBytes);

/** Reads challenged blocks of fragments in the order of the challenge. */
export function readerOf(fragments: readonly StoredFragment[]): (fragment: number, index: number) => StoredBlock {
  return (fragment, index) => {
    const { bytes, tags } = fragments[fragment]!;
    return { block: blockOf(bytes, index), tag: tagOf(tags, index) };
  };
}
