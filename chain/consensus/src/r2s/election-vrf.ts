// The candidates' VRF under the names of the white paper (§3.1.1, R2S-4). `Sk` is the seed of the candidate's ed25519 key, `Pk`
// its public key, `Seed` the bytes that `electionInput` returns, P the proof of 80 bytes and R its output of 64 bytes:
//   R = VRF_Hash(Sk, Seed), P = VRF_Proof(Sk, Seed), R = VRF_P2H(P), VRF_Verify(Pk, Seed, P).
// The VRF is that of the beacon (docs/protocol/beacon.md): ECVRF of RFC 9381.
import { CessError, concatBytes, err, ok, type Result, utf8 } from '@cess/primitives';
import type { Vrf } from './beacon.js';
import { type EraClock, isKeyOlderThan } from './era-clock.js';
import { u64Bytes } from './hash-stream.js';
import { positionOf, type Schedule } from './schedule.js';

const domain = utf8('CESS/r2s-election/v1');

export interface ElectionVrf {
  /** R. Throws `VRF_FAILED`. */
  VRF_Hash(secretSeed: Uint8Array, seed: Uint8Array): Uint8Array;
  /** P. */
  VRF_Proof(secretSeed: Uint8Array, seed: Uint8Array): Uint8Array;
  /** R of a proof; undefined if the proof is malformed. The proof is not verified. */
  VRF_P2H(proof: Uint8Array): Uint8Array | undefined;
  VRF_Verify(publicKey: Uint8Array, seed: Uint8Array, proof: Uint8Array): boolean;
}

/** The `Seed` of the election for `era`: domain ‖ beacon in force (64) ‖ u64 era. */
export function electionInput(beacon: Uint8Array, era: bigint): Uint8Array {
  return concatBytes(domain, beacon, u64Bytes(era));
}

export function createElectionVrf(vrf: Vrf): ElectionVrf {
  return {
    VRF_Hash: (secretSeed, seed) => {
      const output = vrf.proofToHash(vrf.prove(secretSeed, seed));
      if (output === undefined) throw new CessError('VRF_FAILED', 'The VRF gave a proof without output.');
      return output;
    },
    VRF_Proof: (secretSeed, seed) => vrf.prove(secretSeed, seed),
    VRF_P2H: (proof) => vrf.proofToHash(proof),
    VRF_Verify: (publicKey, seed, proof) => vrf.verify(publicKey, seed, proof) !== undefined,
  };
}

/** A proof that a candidate posts in the block of `slot`, whose clock is `clock`. */
export interface PostedProof {
  readonly slot: bigint;
  readonly clock: EraClock;
  /** ed25519 key of the candidate. */
  readonly publicKey: Uint8Array;
  /** Epoch in which this key was registered; undefined for the genesis. */
  readonly registeredIn: bigint | undefined;
  readonly proof: Uint8Array;
}

/** R of a proof that counts in the election of the next era. Error: `ELECTION_PROOF_INVALID`. */
export function verifyElectionProof(
  schedule: Schedule,
  { slot, clock, publicKey, registeredIn, proof }: PostedProof,
  vrf: Vrf,
): Result<Uint8Array, CessError<'ELECTION_PROOF_INVALID'>> {
  const { era, isLastEpoch, isSecondHalf } = positionOf(schedule, slot);
  if (!isLastEpoch || isSecondHalf) return fail('proofs are taken in the first half of the last epoch of an era only');
  if (!isKeyOlderThan(clock.seed, registeredIn)) return fail('the key is younger than the randomness of the election');
  const output = vrf.verify(publicKey, electionInput(clock.seed.beacon, era + 1n), proof);
  return output === undefined ? fail('the proof does not verify') : ok(output);
}

function fail(reason: string): Result<never, CessError<'ELECTION_PROOF_INVALID'>> {
  return err(new CessError('ELECTION_PROOF_INVALID', `The proof does not count: ${reason}.`, { reason }));
}
