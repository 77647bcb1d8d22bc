// The part of a chain specification that says how authorities are elected (docs/protocol/r2s.md §4). Every value has a default, so that
// a specification without it is of a chain with elections, too.
import { type Codec, struct, u32, u128 } from '@cess/codec';
import { PRODUCTION_ELECTION, PRODUCTION_EXIT, PRODUCTION_PERIODS } from '@cess/consensus';
import { CESS } from '@cess/primitives';
import type { GenesisConfig } from '@cess/runtime';

export interface ElectionsSpec {
  readonly slotsPerEpoch: number;
  readonly epochsPerEra: number;
  readonly seats: number;
  /** With fewer members than this there is no new set. */
  readonly minimumMembers: number;
  /** In the smallest unit. The authorities of the genesis have it on hold. */
  readonly minimumStake: bigint;
  /** 0 to 1000. */
  readonly creditThreshold: number;
  /** In eras. */
  readonly reportEras: number;
  readonly deferralEras: number;
  readonly coolingOffEras: number;
  /** Divided by points at the end of each era, in the smallest unit, as far as the pot of rewards has it. */
  readonly eraReward: bigint;
  /** Trials of candidates: how many of the last ones count, and how many of them must have been answered; 0: none. */
  readonly trials: number;
  readonly trialsRequired: number;
}

const production: ElectionsSpec = {
  ...PRODUCTION_PERIODS,
  ...PRODUCTION_ELECTION,
  ...PRODUCTION_EXIT,
  eraReward: 0n,
  trials: 6,
  trialsRequired: 4,
};

export const defaultElections: Readonly<Record<'development' | 'production', ElectionsSpec>> = {
  development: { ...production, minimumMembers: 1, minimumStake: 1000n * CESS, trials: 0, trialsRequired: 0 },
  production,
};

const amounts: ReadonlySet<string> = new Set(['minimumStake', 'eraReward'] satisfies (keyof ElectionsSpec)[]);
/** A chain whose eras are shorter than a proof of a candidate takes could not elect by it. */
const leastSlotsPerEpoch = 4;
const maxTrials = 31;

/** Checks the JSON form: numbers, and amounts as decimal strings in the smallest unit. `refuse` throws. */
export function parseElections(
  value: unknown,
  type: 'development' | 'production',
  refuse: (reason: string) => never,
): ElectionsSpec | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse('"elections" must be an object');
  const parsed: Record<string, number | bigint> = { ...defaultElections[type] };
  for (const [name, given] of Object.entries(value)) {
    if (!(name in parsed)) refuse(`"elections" has an unknown field "${name}"`);
    if (amounts.has(name)) {
      if (typeof given !== 'string' || !/^\d{1,38}$/.test(given)) refuse(`"elections.${name}" is not a decimal string`);
      parsed[name] = BigInt(given as string);
    } else {
      if (!Number.isSafeInteger(given) || given < 0 || given > 1_000_000) refuse(`"elections.${name}" is not a count`);
      parsed[name] = given as number;
    }
  }
  const spec = parsed as unknown as ElectionsSpec;
  if (spec.slotsPerEpoch < leastSlotsPerEpoch)
    refuse(`"elections.slotsPerEpoch" must be at least ${leastSlotsPerEpoch}`);
  if (spec.epochsPerEra < 1) refuse('"elections.epochsPerEra" must be at least 1');
  if (spec.minimumMembers < 1 || spec.minimumMembers > spec.seats)
    refuse('"elections.minimumMembers" must lie between 1 and the seats');
  if (type === 'production' && spec.minimumMembers < 4) refuse('a production chain needs at least 4 members');
  if (spec.minimumStake < 1n) refuse('"elections.minimumStake" must not be zero');
  if (spec.creditThreshold > 1000) refuse('"elections.creditThreshold" must be at most 1000');
  if (spec.coolingOffEras <= spec.reportEras + spec.deferralEras)
    refuse('"elections.coolingOffEras" must be longer than report and deferral together');
  if (spec.trials > maxTrials || spec.trialsRequired > spec.trials)
    refuse(`"elections.trials" must be at most ${maxTrials}, and "elections.trialsRequired" no more than that`);
  return spec;
}

/** What the digest of a specification that names them says of elections. Fields are never changed, removed or reordered. */
export const electionsIdentity: Codec<Omit<ElectionsSpec, keyof Trials>> = struct({
  slotsPerEpoch: u32,
  epochsPerEra: u32,
  seats: u32,
  minimumMembers: u32,
  minimumStake: u128,
  creditThreshold: u32,
  reportEras: u32,
  deferralEras: u32,
  coolingOffEras: u32,
  eraReward: u128,
});

type Trials = Pick<ElectionsSpec, 'trials' | 'trialsRequired'>;

export const trialsIdentity: Codec<Trials> = struct({ trials: u32, trialsRequired: u32 });

/** Rules of trials that a specification names; those of its type are not in its digest, as before there were trials. */
export function namedTrials(type: 'development' | 'production', spec: ElectionsSpec | undefined): Trials | undefined {
  const { trials, trialsRequired } = defaultElections[type];
  const isDefault = spec === undefined || (spec.trials === trials && spec.trialsRequired === trialsRequired);
  return isDefault ? undefined : { trials: spec.trials, trialsRequired: spec.trialsRequired };
}

export function electionsGenesis(spec: ElectionsSpec): Pick<GenesisConfig, 'periods' | 'stakingRules' | 'trials'> {
  return {
    trials: { of: spec.trials, required: spec.trialsRequired },
    periods: { slotsPerEpoch: spec.slotsPerEpoch, epochsPerEra: spec.epochsPerEra },
    stakingRules: {
      seats: spec.seats,
      minimum_members: spec.minimumMembers,
      minimum_stake: spec.minimumStake,
      credit_threshold: spec.creditThreshold,
      report_eras: spec.reportEras,
      deferral_eras: spec.deferralEras,
      cooling_off_eras: spec.coolingOffEras,
      era_reward: spec.eraReward,
    },
  };
}
