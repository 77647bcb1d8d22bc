// SigGen and TagGen (PODR2-1, PODR2-2, docs/protocol/podr2.md §4): the enclave signs the blocks of a fragment, the provider
// checks all of it before it relies on a tag.
//   f_i(X) = Σ_j m_ij X^j;  delta_i = x·(H(id ‖ i) + f_i(alpha)·g1)
//   xi = Ed25519 of SHA-256("CESS/PoDR2/tags/v1" ‖ id ‖ u64 length ‖ u32 n ‖ u32 s ‖ key id ‖ SHA-256(delta_0 ‖ …))
import { type Bls12, type Ed25519Signer, fragmentRootOf, type G1Point, sha256, verifyEd25519 } from '@cess/crypto';
import { concatBytes, equalBytes, err, ok, type Result, type Rng, utf8 } from '@cess/primitives';
import type { FieldKernel } from '../field-kernel.js';
import { blockPoint, nonZeroFactors, widenFactors } from './block-point.js';
import type { Srs } from './check-key.js';
import { commitTo } from './commitment.js';
import { type FragmentIdentity, fragmentTagId } from './identity.js';
import type { TagSecret, VerifyingKey } from './keys.js';
import { blockOf, podr2BlockCount, sectorsPerBlock, tagSizeBytes } from './parameters.js';
import { exactly, u32Bytes } from './preimage.js';

const tagSetDomain = utf8('CESS/PoDR2/tags/v1');

/** All tags of one fragment with the word of the enclave for them. */
export interface TagSet {
  /** delta_0 … delta_(n-1), 48 bytes each. */
  readonly tags: Uint8Array;
  /** xi, 64 bytes. */
  readonly signature: Uint8Array;
}

export interface SigGenInput {
  readonly bls: Bls12;
  readonly kernel: FieldKernel;
  readonly secret: TagSecret;
  /** The enclave's identity key, registered with the tagging key. */
  readonly signer: Ed25519Signer;
  /** With the root from chain, not from the provider. */
  readonly identity: FragmentIdentity;
  readonly fragment: Uint8Array;
}

export interface TagGenInput {
  readonly bls: Bls12;
  readonly kernel: FieldKernel;
  readonly key: VerifyingKey;
  readonly srs: Srs;
  /** Public half of the enclave's identity key. */
  readonly signerKey: Uint8Array;
  readonly identity: FragmentIdentity;
  readonly fragment: Uint8Array;
  readonly tagSet: TagSet;
  readonly rng: Rng;
  /** Is called between steps of at most some 10 ms (the root: 30 ms); may block. */
  readonly pause?: () => void;
}

export type TagRefusal = 'ROOT_MISMATCH' | 'KEY_MISMATCH' | 'TAG_COUNT' | 'SIGNATURE' | 'TAG_MALFORMED' | 'TAG_WRONG';

/** What xi signs; `tagsHash` is SHA-256 of all tags one after another, so that the chain can check xi without them. */
export function tagSetDigest(identity: FragmentIdentity, fragmentLength: number, tagsHash: Uint8Array): Uint8Array {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(fragmentLength), true);
  const shape = [length, u32Bytes(podr2BlockCount(fragmentLength)), u32Bytes(sectorsPerBlock)];
  const hash = exactly(32, tagsHash, 'hash of the tags');
  return sha256(concatBytes(tagSetDomain, fragmentTagId(identity), ...shape, identity.keyId, hash));
}

/** The enclave's side. Computes the root anew and signs nothing of which it is not the root, nothing for another key. */
export function sigGen(input: SigGenInput): Result<TagSet, 'ROOT_MISMATCH' | 'KEY_MISMATCH'> {
  const { bls, kernel, secret, identity, fragment } = input;
  const blockCount = podr2BlockCount(fragment.length);
  if (!equalBytes(identity.keyId, secret.keyId)) return err('KEY_MISMATCH');
  if (!equalBytes(fragmentRootOf(fragment), identity.root)) return err('ROOT_MISMATCH');
  const id = fragmentTagId(identity);
  const powers = kernel.powers(secret.alpha);
  const points: G1Point[] = [];
  for (let i = 0; i < blockCount; i++) {
    const content = bls.mulGeneratorG1(kernel.evaluate(powers, blockOf(fragment, i)));
    points.push(bls.mulG1(bls.addG1(blockPoint(bls, id, i), content), secret.x));
  }
  powers.bytes.fill(0);
  const tags = bls.encodeManyG1(points);
  return ok({ tags, signature: input.signer.sign(tagSetDigest(identity, fragment.length, sha256(tags))) });
}

/**
 * The provider's side: the tags that it stores. Root and xi are checked, then every tag at once with random 128-bit rho:
 * e(Σ rho_i delta_i, g2) = e(Σ rho_i H(id ‖ i) + Σ_j (Σ_i rho_i m_ij) SRS_j, X).
 */
export function tagGen(input: TagGenInput): Result<Uint8Array, TagRefusal> {
  const { bls, kernel, key, identity, fragment, tagSet, pause = () => {} } = input;
  const blockCount = podr2BlockCount(fragment.length);
  if (tagSet.tags.length !== blockCount * tagSizeBytes) return err('TAG_COUNT');
  if (!equalBytes(key.id, identity.keyId)) return err('KEY_MISMATCH');
  if (!equalBytes(fragmentRootOf(fragment), identity.root)) return err('ROOT_MISMATCH');
  const digest = tagSetDigest(identity, fragment.length, sha256(tagSet.tags));
  if (!verifyEd25519(tagSet.signature, digest, input.signerKey)) return err('SIGNATURE');
  const id = fragmentTagId(identity);
  const factors = nonZeroFactors(input.rng.bytes(blockCount * 16));
  const [tags, points, sum] = [[] as G1Point[], [] as G1Point[], kernel.newSum()];
  for (let i = 0; i < blockCount; i++) {
    const tag = bls.decodeG1(tagSet.tags.subarray(i * tagSizeBytes, (i + 1) * tagSizeBytes));
    if (!tag.ok) return err('TAG_MALFORMED');
    tags.push(tag.value);
    points.push(blockPoint(bls, id, i));
    kernel.accumulate(sum, factors.subarray(i * 16, (i + 1) * 16), blockOf(fragment, i));
    pause();
  }
  const weights = widenFactors(factors);
  const content = commitTo(bls, input.srs, kernel.coefficientsOf(sum), pause);
  pause();
  const expected = bls.addG1(bls.multiScalarMulG1(points, weights), content);
  pause();
  const proven = bls.multiScalarMulG1(tags, weights);
  pause();
  const right = bls.pairingProductIsOne([
    { g1: bls.negateG1(proven), g2: bls.generatorG2 },
    { g1: expected, g2: key.x },
  ]);
  return right ? ok(tagSet.tags) : err('TAG_WRONG');
}
