// States of roles in good standing, for tests of what the console says of them.
import { CESS } from '@cess/primitives';
import type { ProviderState, ShownRegistry } from '../api/provider.js';
import type { WorkerState } from '../api/tee-workers.js';
import type { ValidatorState } from '../api/validators.js';

export const healthyRegistry: ShownRegistry = {
  keyId: 'ab'.repeat(32),
  worker: 0,
  fragments: 10,
  bytes: 100,
  provenBytes: 100,
  rounds: 5,
  passedAt: 90,
  strikes: 0,
  round: undefined,
  openSince: undefined,
};

export const healthyProvider: ProviderState = {
  block: 100,
  index: 3,
  address: 'account',
  beneficiary: 'account',
  nodeKey: 'cd',
  endpoint: 'http://127.0.0.1:1',
  state: 'Positive',
  registeredAt: 1,
  declaredBytes: 1000,
  heldBytes: 100,
  provenBytes: 100,
  fragments: 10,
  tagged: 10,
  stake: 4000n * CESS,
  requiredStake: 4000n * CESS,
  debt: 0n,
  unbonding: 0n,
  releases: undefined,
  failures: 0,
  registries: [healthyRegistry],
  cycleBlocks: 2400,
  openClaims: 0,
  claims: [],
};

export const healthyCandidate: NonNullable<ValidatorState['candidate']> = {
  state: 'Active',
  stake: 1000n * CESS,
  slashed: 0n,
  key: 'ab',
  isRated: true,
  enteredIn: 0,
  lastSeatIn: 9,
  exitAnnouncedIn: undefined,
  hasPostedProof: false,
};

export const healthyValidator: ValidatorState = {
  block: 100,
  address: 'account',
  era: 9,
  epoch: 30,
  takesProofs: false,
  minimumStake: 1000n * CESS,
  creditThreshold: 100,
  candidate: healthyCandidate,
  exit: undefined,
  seat: { number: 0, key: 'ab' },
  isElected: undefined,
  points: { total: 200, blocks: 10, missed: 0 },
  election: undefined,
  slashes: [],
  offences: [],
  credit: 100,
  eraCredits: [],
  workers: [{ index: 0, state: 'Active' }],
};

export const healthyWorker: WorkerState = {
  block: 100,
  index: 0,
  controller: 'account',
  endpoint: 'http://127.0.0.1:1',
  state: 'Active',
  stake: 50_000n * CESS,
  requiredStake: 50_000n * CESS,
  taggedBytes: 0,
  verifiedBytes: 0,
  verdicts: 0,
  missed: 0,
  wrong: 0,
  missedInARow: 0,
  lastWrong: undefined,
  signerKey: 'ab',
  registeredAt: 1,
  dutyCount: 0,
  duties: [],
  openFailed: 0,
  verifiers: 1,
  tagKeys: [],
  bond: 'candidate',
  isBondCandidate: true,
  credit: [],
};
