// What an election costs a block: choosing among many candidates, and the proof of one of them, against the verification of a signature.
import {
  createElectionVrf,
  type ElectionCandidate,
  elect,
  electionInput,
  PRODUCTION_ELECTION,
  startEraClock,
  type Vrf,
  verifyElectionProof,
} from '@cess/consensus';
import { createEd25519Signer, sha512, verifyEd25519, vrfProofToHash, vrfProve, vrfVerify } from '@cess/crypto';
import { CESS, invariant, utf8 } from '@cess/primitives';
import { cpuSecondsOf } from './support/measure.js';
import { type Row, report } from './support/report.js';

const maxRatio = 100;
const vrf: Vrf = {
  prove: (seed, alpha) => vrfProve(seed, alpha),
  verify: (key, alpha, proof) => vrfVerify(key, alpha, proof),
  proofToHash: (proof) => vrfProofToHash(proof),
};
const secretSeed = new Uint8Array(32).fill(7);
const signer = createEd25519Signer(secretSeed);

function candidates(count: number): ElectionCandidate[] {
  return Array.from({ length: count }, (_, i) => {
    const output = sha512(utf8(String(i)));
    const stake = (3_000_000n + BigInt((i * 7919) % 9_000_000)) * CESS;
    const account = output.slice(0, 32);
    return {
      account,
      stake,
      credit: (i * 397) % 1001,
      vrfOutput: output,
      erasInPool: 9,
      mayServe: true,
      hasPassedTrials: true,
    };
  });
}

function verification(): number {
  const message = new Uint8Array(32);
  const signature = signer.sign(message);
  return cpuSecondsOf(() => invariant(verifyEd25519(signature, message, signer.publicKey), 'the signature is valid'));
}

function proof(): number {
  const beacon = new Uint8Array(64);
  const clock = startEraClock([signer.publicKey], beacon);
  const schedule = { firstSlot: 0n, slotsPerEpoch: 10, epochsPerEra: 1 };
  const made = createElectionVrf(vrf).VRF_Proof(secretSeed, electionInput(beacon, 1n));
  const posted = { slot: 1n, clock, publicKey: signer.publicKey, registeredIn: undefined, proof: made };
  return cpuSecondsOf(() => invariant(verifyElectionProof(schedule, posted, vrf).ok, 'the proof is valid'));
}

const reference = verification();
const rows: Row[] = [{ name: 'verification of a signature', value: reference * 1e3, unit: 'ms' }];
for (const count of [100, 1000]) {
  const all = candidates(count);
  const incumbents = all.slice(0, PRODUCTION_ELECTION.seats).map(({ account }) => account);
  const seconds = cpuSecondsOf(() => elect(all, incumbents, PRODUCTION_ELECTION));
  const ratio = seconds / reference;
  const target = `at most ${maxRatio}`;
  rows.push({
    name: `election among ${count}`,
    value: seconds * 1e3,
    unit: 'ms',
    ratio,
    of: 'that of a signature',
    target,
    met: ratio <= maxRatio,
  });
}
const ofProof = proof();
rows.push({
  name: 'proof of a candidate',
  value: ofProof * 1e3,
  unit: 'ms',
  ratio: ofProof / reference,
  of: 'that of a signature',
});
report('election', rows);
