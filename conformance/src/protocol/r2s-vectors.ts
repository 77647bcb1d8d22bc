// Vectors of docs/protocol/r2s.md, computed by the code.
import { type Header, r2sPreRuntime } from '@cess/chain-primitives';
import {
  authorOf,
  beginSlot,
  createElectionVrf,
  createEquivocationProof,
  type ElectionCandidate,
  elect,
  electionInput,
  encodeEquivocationProof,
  equivocationSlash,
  type MemberEra,
  orderMembers,
  PRODUCTION_ELECTION,
  recordElection,
  removeMember,
  type Schedule,
  sealHeader,
  settleEra,
  startEraClock,
  vrfScoreOf,
} from '@cess/consensus';
import { createEd25519Signer, vrfProofToHash, vrfProve, vrfVerify } from '@cess/crypto';
import { CESS, elementAt, invariant, toHex } from '@cess/primitives';
import { pattern, type Vector, type VectorFile } from './vector.js';

const beacon = pattern(64, 140);
const era = 7n;
const accounts = Array.from({ length: 14 }, (_, i) => pattern(32, 150 + 5 * i));
const electionVrf = createElectionVrf({
  prove: (seed, alpha) => vrfProve(seed, alpha),
  verify: (key, alpha, proof) => vrfVerify(key, alpha, proof),
  proofToHash: (proof) => vrfProofToHash(proof),
});
const hexOrNull = (bytes: Uint8Array | undefined): string | null => (bytes === undefined ? null : toHex(bytes));

function proofVector(): Vector {
  const secretSeed = pattern(32, 141);
  const seed = electionInput(beacon, era);
  const proof = electionVrf.VRF_Proof(secretSeed, seed);
  const output = electionVrf.VRF_Hash(secretSeed, seed);
  return {
    name: 'proof of a candidate',
    input: { secretSeed: toHex(secretSeed), beacon: toHex(beacon), era: String(era) },
    output: { seed: toHex(seed), P: toHex(proof), R: toHex(output), vrfScore: vrfScoreOf(output) },
  };
}

function orderVector(): Vector {
  const members = accounts.slice(0, 11);
  const order = orderMembers(members, beacon, era);
  const slot = 298_333_333n;
  return {
    name: 'order of an era',
    input: { members: members.map(toHex), seed: toHex(beacon), era: String(era), slot: String(slot) },
    output: { order: order.map(toHex), author: hexOrNull(authorOf(order, slot)) },
  };
}

function replacementVector(): Vector {
  const seats = accounts.slice(0, 4);
  const offender = elementAt(accounts, 2);
  const pool = accounts.slice(3);
  const removed = [elementAt(accounts, 13)];
  const outcome = removeMember(seats, { offender, pool, removed, beacon, era });
  return {
    name: 'replacement of a member',
    input: {
      seats: seats.map(toHex),
      offender: toHex(offender),
      pool: pool.map(toHex),
      removed: removed.map(toHex),
      beacon: toHex(beacon),
      era: String(era),
    },
    output: { seat: outcome.seat ?? null, replacement: hexOrNull(outcome.replacement) },
  };
}

function electionVector(): Vector {
  const seed = electionInput(beacon, era);
  const candidates = accounts.map((account, i): ElectionCandidate => {
    const isSilent = i % 5 === 4;
    return {
      account,
      stake: (2_900_000n + 150_000n * BigInt((i * 5) % 14) + (i === 6 ? 20_000_000n : 0n)) * CESS,
      credit: (i * 397) % 1001,
      vrfOutput: isSilent ? undefined : electionVrf.VRF_Hash(pattern(32, 160 + i), seed),
      erasInPool: i,
      mayServe: i !== 8,
      hasPassedTrials: true,
    };
  });
  const rules = { ...PRODUCTION_ELECTION, seats: 8, creditThreshold: 160 };
  const incumbents = accounts.slice(0, 5);
  const { outcome, members, pool, ranking } = elect(candidates, incumbents, rules);
  return {
    name: 'election',
    input: {
      candidates: candidates.map((candidate) => ({
        account: toHex(candidate.account),
        stake: String(candidate.stake),
        credit: candidate.credit,
        R: hexOrNull(candidate.vrfOutput),
        erasInPool: candidate.erasInPool,
        mayServe: candidate.mayServe,
      })),
      incumbents: incumbents.map(toHex),
      seats: rules.seats,
      minimumMembers: rules.minimumMembers,
      minimumStake: String(rules.minimumStake),
      creditThreshold: rules.creditThreshold,
    },
    output: {
      outcome,
      members: members.map(toHex),
      pool: pool.map(toHex),
      ranking: ranking.map(({ candidate, stakeScore, vrfScore, score }) => ({
        account: toHex(candidate.account),
        stakeScore,
        vrfScore,
        score,
      })),
    },
  };
}

function equivocationVector(): Vector {
  const authoritySeed = pattern(32, 142);
  const signer = createEd25519Signer(authoritySeed);
  const slot = 298_333_333n;
  const claim = r2sPreRuntime({
    slot,
    authority_index: 3,
    vrf_output: pattern(64, 143),
    vrf_proof: pattern(80, 144),
  });
  const sealed = (stateRoot: Uint8Array): Header =>
    sealHeader(
      {
        parent_hash: pattern(32, 145),
        number: 70_000,
        state_root: stateRoot,
        extrinsics_root: pattern(32, 146),
        digest: { logs: [claim] },
      },
      signer,
    );
  const stateRoots = [pattern(32, 147), pattern(32, 148)] as const;
  const headers = [sealed(stateRoots[0]), sealed(stateRoots[1])] as const;
  return {
    name: 'proof of an equivocation',
    input: {
      authoritySeed: toHex(authoritySeed),
      slot: String(slot),
      seat: 3,
      vrfOutput: toHex(pattern(64, 143)),
      vrfProof: toHex(pattern(80, 144)),
      parentHash: toHex(pattern(32, 145)),
      number: 70_000,
      extrinsicsRoot: toHex(pattern(32, 146)),
      stateRoots: stateRoots.map(toHex),
    },
    output: { proof: toHex(encodeEquivocationProof(createEquivocationProof(signer.publicKey, slot, headers))) },
  };
}

/** Blocks in these slots, of which epoch 4 and the eras 2 and 3 have none; block i has the beacon pattern(64, i). */
function clockVector(): Vector {
  const schedule: Schedule = { firstSlot: 1000n, slotsPerEpoch: 10, epochsPerEra: 3 };
  const slots = [1000n, 1009n, 1014n, 1020n, 1025n, 1029n, 1030n, 1052n, 1058n, 1125n, 1130n, 1140n];
  const members = accounts.slice(0, 4);
  const electedMembers = accounts.slice(4, 9);
  const genesisBeacon = pattern(64, 0);
  let clock = startEraClock(members, genesisBeacon);
  const steps = slots.map((slot, i) => {
    const step = beginSlot(schedule, clock, slot, pattern(64, i));
    const isDue = step.events.some(({ type }) => type === 'ElectionDue');
    clock = isDue ? recordElection(step.clock, electedMembers) : step.clock;
    return {
      events: step.events.map(({ type }) => type),
      epoch: String(clock.epoch),
      era: String(clock.era),
      seed: toHex(clock.seed.beacon),
      seats: clock.seats.map(hexOrNull),
    };
  });
  return {
    name: 'epochs and eras of blocks',
    input: {
      firstSlot: String(schedule.firstSlot),
      slotsPerEpoch: schedule.slotsPerEpoch,
      epochsPerEra: schedule.epochsPerEra,
      members: members.map(toHex),
      elected: electedMembers.map(toHex),
      beaconAfterBlock: 'pattern(64, number of the block)',
      slots: slots.map(String),
    },
    output: { blocks: steps },
  };
}

function settlementVector(): Vector {
  const reward = 1_000_000_000_000_000_003n;
  const members = accounts.slice(0, 7).map((account, i): MemberEra => {
    return { account, points: 20 * ((i * 3) % 7) + i, tips: BigInt(i) * 1_000_001n };
  });
  const { incomes, undistributed } = settleEra(reward, members);
  invariant(undistributed === 0n, 'somebody has points');
  return {
    name: 'reward of an era',
    input: {
      reward: String(reward),
      members: members.map(({ account, points, tips }) => ({ account: toHex(account), points, tips: String(tips) })),
    },
    output: { incomes: incomes.map(String) },
  };
}

function slashVector(): Vector {
  const members = 11;
  return {
    name: 'slash of equivocators',
    input: { members },
    output: { billionths: [1, 2, 3, 4].map((offenders) => Number(equivocationSlash(offenders, members))) },
  };
}

export function r2sVectors(): VectorFile {
  return [
    proofVector(),
    orderVector(),
    replacementVector(),
    electionVector(),
    clockVector(),
    equivocationVector(),
    settlementVector(),
    slashVector(),
  ];
}
