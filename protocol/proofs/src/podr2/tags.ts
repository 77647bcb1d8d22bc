// SigGen (PODR2-1, docs/protocol/podr2.md §4): the enclave signs the blocks of a fragment. tag-gen.ts is the provider's side.
//   f_i(X) = Σ_j m_ij X^j;  delta_i = x·(H(id ‖ i) + f_i(alpha)·g1)
//   xi = Ed25519 of SHA-256("CESS/PoDR2/tags/v1" ‖ id ‖ u64 length ‖ u32 n ‖ u32 s ‖ key id ‖ SHA-256(delta_0 ‖ …))
import { type Bls12, type Ed25519Signer, type G1Point, sha256 } from '@cess/crypto';
import { concatBytes, equalBytes, err, ok, type Result, utf8 } from '@cess/primitives';
import { fragmentRootOf } from '@cess/sealing';
import type { FieldKernel } from '../field-kernel.js';
import { blockPoint } from './block-point.js';
import { type FragmentIdentity, fragmentTagId } from './identity.js';
import type { TagSecret } from './keys.js';
import { blockOf, podr2BlockCount, sectorsPerBlock } from './parameters.js';
import { exactly, u32Bytes } from './preimage.js';

const tagSetDomain = utf8('CESS/PoDR2/tags/v1');

/** All tags of one fragment with the signature of the enclave. */
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
  /** The root must come from the chain, not from the provider. */
  readonly identity: FragmentIdentity;
  readonly fragment: Uint8Array;
}

/** The message of xi. `tagsHash` is SHA-256 of the concatenated tags, so that the chain can verify xi without them. */
export function tagSetDigest(identity: FragmentIdentity, fragmentLength: number, tagsHash: Uint8Array): Uint8Array {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(fragmentLength), true);
  const shape = [length, u32Bytes(podr2BlockCount(fragmentLength)), u32Bytes(sectorsPerBlock)];
  const hash = exactly(32, tagsHash, 'hash of the tags');
  return sha256(concatBytes(tagSetDomain, fragmentTagId(identity), ...shape, identity.keyId, hash));
}

/** The enclave's side. It recomputes the root, and rejects bytes with another root and requests for another key. */
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
