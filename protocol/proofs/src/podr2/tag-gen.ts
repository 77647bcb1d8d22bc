// TagGen (PODR2-2, docs/protocol/podr2.md §4): a provider verifies the tags of an enclave before it uses them. It checks root and
// xi of every fragment, then all tags of all fragments in one equation with random 128-bit rho:
//   e(Σ rho_i delta_i, g2) = e(Σ rho_i H(id ‖ i) + Σ_j (Σ_i rho_i m_ij) SRS_j, X)
// The sum over the SRS and the pairings cost about 100 ms for any amount of data, so small fragments are checked in one batch.
// When the equation fails, the batch is bisected until the wrong tags are found.
import { type Bls12, type G1Point, sha256, verifyEd25519 } from '@cess/crypto';
import { concatBytes, equalBytes, err, invariant, ok, type Result, type Rng } from '@cess/primitives';
import { fragmentRootOf } from '@cess/sealing';
import type { FieldKernel } from '../field-kernel.js';
import { rightOnes } from './bisect.js';
import { blockPoint, nonZeroFactors, widenFactors } from './block-point.js';
import type { Srs } from './check-key.js';
import { commitTo } from './commitment.js';
import { type FragmentIdentity, fragmentTagId } from './identity.js';
import type { VerifyingKey } from './keys.js';
import { blockOf, podr2BlockCount, tagSizeBytes } from './parameters.js';
import { type TagSet, tagSetDigest } from './tags.js';

export interface TagGenContext {
  readonly bls: Bls12;
  readonly kernel: FieldKernel;
  readonly key: VerifyingKey;
  readonly srs: Srs;
  readonly rng: Rng;
  /** Called between steps of at most about 10 ms (30 ms for the root of 8 MiB). May block. */
  readonly pause?: () => void;
}

/** One fragment and its claimed tags. */
export interface TagGenItem {
  /** Public half of the enclave's identity key. */
  readonly signerKey: Uint8Array;
  readonly identity: FragmentIdentity;
  readonly fragment: Uint8Array;
  readonly tagSet: TagSet;
}

export interface TagGenInput extends TagGenContext, TagGenItem {}

export type TagRefusal = 'ROOT_MISMATCH' | 'KEY_MISMATCH' | 'TAG_COUNT' | 'SIGNATURE' | 'TAG_MALFORMED' | 'TAG_WRONG';

/** An item of which only the equation remains to be checked. */
interface Prepared {
  readonly index: number;
  readonly fragment: Uint8Array;
  readonly tags: readonly G1Point[];
  readonly points: readonly G1Point[];
}

/** The verified tags of one fragment. */
export function tagGen(input: TagGenInput): Result<Uint8Array, TagRefusal> {
  const [refusal] = tagGenBatch(input, [input]);
  return refusal === undefined ? ok(input.tagSet.tags) : err(refusal);
}

/** For fragments under one key: the reason why each is rejected. Undefined for correct tags. */
export function tagGenBatch(context: TagGenContext, items: readonly TagGenItem[]): (TagRefusal | undefined)[] {
  const verdicts: (TagRefusal | undefined)[] = [];
  const prepared: Prepared[] = [];
  for (const [index, item] of items.entries()) {
    const result = prepare(context, item);
    verdicts.push(result.ok ? 'TAG_WRONG' : result.error);
    if (result.ok) prepared.push({ index, fragment: item.fragment, ...result.value });
  }
  for (const { index } of rightOnes(prepared, (some) => equationHolds(context, some))) verdicts[index] = undefined;
  return verdicts;
}

function prepare(
  { bls, key, pause = () => {} }: TagGenContext,
  { signerKey, identity, fragment, tagSet }: TagGenItem,
): Result<Pick<Prepared, 'tags' | 'points'>, TagRefusal> {
  const blockCount = podr2BlockCount(fragment.length);
  if (tagSet.tags.length !== blockCount * tagSizeBytes) return err('TAG_COUNT');
  if (!equalBytes(key.id, identity.keyId)) return err('KEY_MISMATCH');
  if (!equalBytes(fragmentRootOf(fragment), identity.root)) return err('ROOT_MISMATCH');
  const digest = tagSetDigest(identity, fragment.length, sha256(tagSet.tags));
  if (!verifyEd25519(tagSet.signature, digest, signerKey)) return err('SIGNATURE');
  const id = fragmentTagId(identity);
  const [tags, points] = [[] as G1Point[], [] as G1Point[]];
  for (let i = 0; i < blockCount; i++) {
    const tag = bls.decodeG1(tagSet.tags.subarray(i * tagSizeBytes, (i + 1) * tagSizeBytes));
    if (!tag.ok) return err('TAG_MALFORMED');
    tags.push(tag.value);
    points.push(blockPoint(bls, id, i));
    pause();
  }
  return ok({ tags, points });
}

function equationHolds(
  { bls, kernel, key, srs, rng, pause = () => {} }: TagGenContext,
  items: readonly Prepared[],
): boolean {
  const sum = kernel.newSum();
  const allFactors: Uint8Array[] = [];
  for (const { fragment, tags } of items) {
    const factors = nonZeroFactors(rng.bytes(tags.length * 16));
    for (let i = 0; i < tags.length; i++) {
      kernel.accumulate(sum, factors.subarray(i * 16, (i + 1) * 16), blockOf(fragment, i));
      pause();
    }
    allFactors.push(factors);
  }
  const weights = widenFactors(concatBytes(...allFactors));
  const content = commitTo(bls, srs, kernel.coefficientsOf(sum), pause);
  pause();
  const points = items.flatMap((item) => item.points);
  const tags = items.flatMap((item) => item.tags);
  invariant(points.length === tags.length && weights.length === tags.length * 32, 'one factor for each tag');
  const expected = bls.addG1(bls.multiScalarMulG1(points, weights), content);
  pause();
  const proven = bls.multiScalarMulG1(tags, weights);
  pause();
  return bls.pairingProductIsOne([
    { g1: bls.negateG1(proven), g2: bls.generatorG2 },
    { g1: expected, g2: key.x },
  ]);
}
