// What an enclave signs besides tag sets (docs/protocol/audit.md §1, §4): the evidence of a software enclave, and verdicts.
import { sha256 } from '@cess/crypto';
import { concatBytes, invariant, utf8 } from '@cess/primitives';
import type { RoundRef } from './references.js';

const evidenceDomain = utf8('CESS/tee/software/v1');
const verdictDomain = utf8('CESS/verdict/v2');

/** The message that a software enclave signs: controller account (32 bytes) and report data (64 bytes). */
export function softwareEvidenceMessage(controller: Uint8Array, reportData: Uint8Array): Uint8Array {
  invariant(controller.length === 32 && reportData.length === 64, 'an account of 32 bytes, report data of 64');
  return concatBytes(evidenceDomain, controller, reportData);
}

/** The verdict on one proof. Seed and opening bind it to this life of the round: a registry that begins anew counts from 0 again. */
export interface Verdict extends RoundRef {
  /** Seed of the round, 64 bytes. */
  readonly seed: Uint8Array;
  /** Block that opened the round. */
  readonly openedAt: number;
  /** The judged proof, 128 bytes. */
  readonly proof: Uint8Array;
  readonly passed: boolean;
}

/** The 32-byte digest of a verdict, which the signer key of the enclave signs. */
export function verdictDigest(genesis: Uint8Array, worker: number, verdict: Verdict): Uint8Array {
  const { provider, keyId, round, seed, openedAt, proof, passed } = verdict;
  invariant(genesis.length === 32 && keyId.length === 32 && seed.length === 64, 'fixed lengths of what is judged');
  const life = [u32(provider), keyId, u32(round), seed, u32(openedAt)];
  const judged = [sha256(proof), Uint8Array.of(passed ? 1 : 0)];
  return sha256(concatBytes(verdictDomain, genesis, u32(worker), ...life, ...judged));
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}
