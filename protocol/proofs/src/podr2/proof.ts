// ProofGen (PODR2-1, PODR2-3, docs/protocol/podr2.md §5): one proof of 128 bytes for all challenged blocks of a provider
// under one key.
//   F(X) = Σ v_(k,i) f_(k,i)(X);  y = F(r);  Q(X) = (F(X) - y) / (X - r);  psi = Σ_j Q_j SRS_j;  sigma = Σ v_(k,i) delta_(k,i)
//   proof = y ‖ psi ‖ sigma
import { type Bls12, type G1Point, isCanonicalScalar } from '@cess/crypto';
import { concatBytes, err, invariant, ok, type Result } from '@cess/primitives';
import type { BlockSum, FieldKernel } from '../field-kernel.js';
import { widenFactors } from './block-point.js';
import type { Challenge } from './challenge.js';
import type { Srs } from './check-key.js';
import { commitTo } from './commitment.js';
import { proofSizeBytes, sectorsPerBlock } from './parameters.js';

export interface Prover {
  readonly bls: Bls12;
  readonly kernel: FieldKernel;
  readonly srs: Srs;
}

export interface StoredBlock {
  /** At most 31,744 bytes; the last block of a fragment is shorter. */
  readonly block: Uint8Array;
  /** 48 bytes, as accepted by tagGen. */
  readonly tag: Uint8Array;
}

/** An unfinished proof. Blocks are added one by one, in any order. None is kept. */
export class ProofBuilder {
  readonly #prover: Prover;
  readonly #point: Uint8Array;
  readonly #sum: BlockSum;
  readonly #tags: G1Point[] = [];
  readonly #factors: Uint8Array[] = [];

  constructor(prover: Prover, challenge: Challenge) {
    this.#prover = prover;
    this.#point = challenge.point;
    this.#sum = prover.kernel.newSum();
  }

  /** Adds a block with its v. False if the bytes are not a valid tag, because the stored data is damaged. */
  addBlock(factor: Uint8Array, { block, tag }: StoredBlock): boolean {
    const point = this.#prover.bls.decodeG1(tag, { trusted: true });
    if (!point.ok) return false;
    this.#prover.kernel.accumulate(this.#sum, factor, block);
    this.#tags.push(point.value);
    this.#factors.push(factor);
    return true;
  }

  /** y ‖ psi ‖ sigma. */
  finish(): Uint8Array {
    const { bls, kernel, srs } = this.#prover;
    invariant(srs.length === sectorsPerBlock, 'the SRS has s points');
    const { value, quotient } = kernel.divide(kernel.coefficientsOf(this.#sum), this.#point);
    const psi = commitTo(bls, srs, quotient);
    const sigma = bls.multiScalarMulG1(this.#tags, widenFactors(concatBytes(...this.#factors)));
    return concatBytes(value, bls.encodeG1(psi), bls.encodeG1(sigma));
  }
}

/** The proof of a challenge; `read` gives block `index` of challenged fragment number `fragment`. */
export function proofGen(
  prover: Prover,
  challenge: Challenge,
  read: (fragment: number, index: number) => StoredBlock,
): Result<Uint8Array, 'TAG_DAMAGED'> {
  const builder = new ProofBuilder(prover, challenge);
  for (const [fragment, { indices, factors }] of challenge.fragments.entries()) {
    for (const [i, index] of indices.entries()) {
      if (!builder.addBlock(factors.subarray(i * 16, (i + 1) * 16), read(fragment, index))) return err('TAG_DAMAGED');
    }
  }
  return ok(builder.finish());
}

export interface ParsedProof {
  readonly y: Uint8Array;
  readonly psi: G1Point;
  readonly sigma: G1Point;
}

/** The one encoding of a proof. psi may be infinity (all challenged sectors but the first are zero), sigma may not. */
export function parseProof(bls: Bls12, bytes: Uint8Array): Result<ParsedProof, 'PROOF_MALFORMED'> {
  if (bytes.length !== proofSizeBytes) return err('PROOF_MALFORMED');
  const y = bytes.subarray(0, 32);
  const psi = bls.decodeG1(bytes.subarray(32, 80), { allowInfinity: true });
  const sigma = bls.decodeG1(bytes.subarray(80));
  if (!isCanonicalScalar(y) || !psi.ok || !sigma.ok) return err('PROOF_MALFORMED');
  return ok({ y, psi: psi.value, sigma: sigma.value });
}
