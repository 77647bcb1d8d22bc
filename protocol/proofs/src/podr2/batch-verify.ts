// Batch verification of proofs (docs/protocol/podr2.md §5). Random weights combine all proofs into one equation. When it fails,
// the batch is bisected until the wrong proofs are found.
//   rho = SHAKE256(SHA-256("CESS/PoDR2/batch/v1" ‖ randomness ‖ all (base ‖ key id ‖ proof))), 128 bits for each proof
//   e(-Σ rho sigma, g2) · Π_T e(Σ rho (W + y·g1 - r·psi), X_T) · e(Σ rho psi, XA_T) = 1
// The weights depend on every proof. With predictable weights, two wrong proofs could cancel each other.
import { type Bls12, type G1Point, integerOfBytes, reduceScalar, scalarBytes, sha256, shake256 } from '@cess/crypto';
import { concatBytes, elementAt, equalBytes, invariant, toHex, utf8 } from '@cess/primitives';
import { rightOnes } from './bisect.js';
import { nonZeroFactors } from './block-point.js';
import type { Challenge } from './challenge.js';
import type { VerifyingKey } from './keys.js';
import { exactly } from './preimage.js';
import { type ParsedProof, parseProof } from './proof.js';
import { challengedPoint } from './verify.js';

const batchDomain = utf8('CESS/PoDR2/batch/v1');
/** Most proofs in one equation. Longer batches use several equations. */
const equationSize = 256;

export interface BatchItem {
  readonly key: VerifyingKey;
  readonly challenge: Challenge;
  readonly proof: Uint8Array;
}

interface Weighted extends ParsedProof {
  readonly index: number;
  readonly key: VerifyingKey;
  readonly w: G1Point;
  readonly r: bigint;
  readonly rho: bigint;
}

/** The verdict on each item. `randomness`: 32 bytes that no prover could know when it sent its proof. */
export function batchVerify(bls: Bls12, items: readonly BatchItem[], randomness: Uint8Array): boolean[] {
  const verdicts = new Array<boolean>(items.length).fill(false);
  const weights = batchWeights(items, randomness);
  for (let from = 0; from < items.length; from += equationSize) {
    const weighted: Weighted[] = [];
    for (const [i, { key, challenge, proof }] of items.slice(from, from + equationSize).entries()) {
      invariant(equalBytes(key.id, challenge.keyId), 'a challenge is verified with its key');
      const parsed = parseProof(bls, proof);
      if (!parsed.ok) continue;
      const index = from + i;
      const rho = integerOfBytes(weights.subarray(index * 16, (index + 1) * 16));
      const r = integerOfBytes(challenge.point);
      weighted.push({ ...parsed.value, index, key, w: challengedPoint(bls, challenge), r, rho });
    }
    for (const { index } of rightOnes(weighted, (some) => equationHolds(bls, some))) verdicts[index] = true;
  }
  return verdicts;
}

/** 16 bytes for each item, derived from all items and the randomness. */
export function batchWeights(items: readonly BatchItem[], randomness: Uint8Array): Uint8Array {
  const claims = items.flatMap(({ challenge, proof }) => [challenge.base, challenge.keyId, sha256(proof)]);
  const seed = sha256(concatBytes(batchDomain, exactly(32, randomness, 'randomness'), ...claims));
  return nonZeroFactors(shake256(Math.max(items.length, 1) * 16, seed));
}

function equationHolds(bls: Bls12, proofs: readonly Weighted[]): boolean {
  const groups = new Map<string, Weighted[]>();
  for (const proof of proofs) {
    const id = toHex(proof.key.id);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [proof]);
    else group.push(proof);
  }
  const rhos = concatBytes(...proofs.map(({ rho }) => scalarBytes(rho)));
  const sigma = bls.multiScalarMulG1(
    proofs.map((proof) => proof.sigma),
    rhos,
  );
  const terms = [{ g1: bls.negateG1(sigma), g2: bls.generatorG2 }];
  for (const group of groups.values()) {
    const { key } = elementAt(group, 0);
    const ys = reduceScalar(group.reduce((sum, { y, rho }) => sum + rho * integerOfBytes(y), 0n));
    const content = bls.multiScalarMulG1(
      [bls.generatorG1, ...group.map(({ w }) => w), ...group.map(({ psi }) => psi)],
      concatBytes(
        scalarBytes(ys),
        ...group.map(({ rho }) => scalarBytes(rho)),
        ...group.map(({ r, rho }) => scalarBytes(reduceScalar(-r * rho))),
      ),
    );
    const psi = bls.multiScalarMulG1(
      group.map((proof) => proof.psi),
      concatBytes(...group.map(({ rho }) => scalarBytes(rho))),
    );
    terms.push({ g1: content, g2: key.x }, { g1: psi, g2: key.xAlpha });
  }
  return bls.pairingProductIsOne(terms);
}
