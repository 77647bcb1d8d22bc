// Candidates and members as the chain records them: stake, seat, points, score, credit, and what waits to be slashed.
import { type ChainClient, query } from '@cess/client';
import { CREDIT_ERAS, creditOfEra, pointsOf, positionOf, reviewExit, weighCredit } from '@cess/consensus';
import { equalBytes, toHex } from '@cess/primitives';
import { accountOf, addressOf } from './chain.js';
import { type EraCredit, readEraCredits } from './tee-workers.js';

type Candidate = NonNullable<ReturnType<typeof query.Staking.Candidates.decodeValue>>;
type Clock = NonNullable<ReturnType<typeof query.Session.Clock.decodeValue>>;
type Rules = ReturnType<typeof query.Staking.Rules.decodeValue>;

/** Of the last election; the score in tenths of a point, the parts of 1000. */
interface ElectionScore {
  /** From 1, the best. */
  readonly rank: number;
  readonly score: number;
  readonly credit: number;
  readonly stakeScore: number;
  readonly vrfScore: number;
}

export interface ListedCandidate {
  readonly address: string;
  readonly state: Candidate['state'];
  readonly stake: bigint;
  readonly hasSeat: boolean;
  /** Undefined where it did not take part in the last election. */
  readonly election: ElectionScore | undefined;
}

interface WaitingSlash {
  readonly amount: bigint;
  readonly offenceEra: number;
  /** Era in which it is taken, unless it is cancelled before. */
  readonly takenIn: number;
}

interface Offence {
  readonly era: number;
  /** At that time. */
  readonly stake: bigint;
  /** What was decided to be taken for it. */
  readonly charged: bigint;
}

export interface ValidatorState {
  /** Finalized block of all values. */
  readonly block: number;
  readonly address: string;
  readonly era: number;
  readonly epoch: number;
  /** Proofs for the coming election are taken now. */
  readonly takesProofs: boolean;
  readonly minimumStake: bigint;
  /** Credit below which a candidate leaves the pool, 0 to 1000. */
  readonly creditThreshold: number;
  /** Undefined for an account that is no candidate. */
  readonly candidate:
    | {
        readonly state: Candidate['state'];
        readonly stake: bigint;
        readonly slashed: bigint;
        /** Hex. */
        readonly key: string;
        /** Whether the credit threshold holds for it already. */
        readonly isRated: boolean;
        readonly enteredIn: number;
        readonly lastSeatIn: number | undefined;
        readonly exitAnnouncedIn: number | undefined;
        readonly hasPostedProof: boolean;
      }
    | undefined;
  /** How an exit that was announced stands: when the cooling-off period ends, or what comes back now. */
  readonly exit:
    | { readonly type: 'CoolingOff'; readonly endsIn: number }
    | { readonly type: 'Free'; readonly returned: bigint; readonly taken: bigint }
    | undefined;
  readonly seat: { readonly number: number; readonly key: string } | undefined;
  /** Whether it has a seat in the next era; undefined before the election. */
  readonly isElected: boolean | undefined;
  readonly points: { readonly total: number; readonly blocks: number; readonly missed: number };
  readonly election: ElectionScore | undefined;
  readonly slashes: readonly WaitingSlash[];
  readonly offences: readonly Offence[];
  /** Of the five eras before this one, 0 to 1000. */
  readonly credit: number;
  readonly eraCredits: readonly EraCredit[];
  /** TEE workers that credit it. */
  readonly workers: readonly { readonly index: number; readonly state: string }[];
}

/** Entries of maps that are not keyed by account, of which one screen looks through this many. */
const mostEntries = 5_000;

/** Undefined for a chain without elections. */
export async function readCandidates(client: ChainClient): Promise<readonly ListedCandidate[] | undefined> {
  const at = await client.finalizedHash();
  const clock = await client.value(query.Session.Clock, at);
  if (clock === undefined) return undefined;
  const scoreOf = await readScores(client, at);
  const candidates: ListedCandidate[] = [];
  for await (const [[account], { state, stake }] of client.entries(query.Staking.Candidates, [], at)) {
    const hasSeat = seatOf(clock, account) !== undefined;
    candidates.push({ address: addressOf(account), state, stake, hasSeat, election: scoreOf(account) });
  }
  const rank = ({ election }: ListedCandidate) => election?.rank ?? Number.MAX_SAFE_INTEGER;
  return candidates.sort((a, b) => rank(a) - rank(b));
}

async function readScores(
  client: ChainClient,
  at: Uint8Array,
): Promise<(account: Uint8Array) => ElectionScore | undefined> {
  const ranking = (await client.value(query.Staking.LastElection, at))?.ranking ?? [];
  return (account) => {
    const index = ranking.findIndex((each) => equalBytes(each.account, account));
    const ranked = ranking[index];
    if (ranked === undefined) return undefined;
    const { score, credit, stake_score: stakeScore, vrf_score: vrfScore } = ranked;
    return { rank: index + 1, score, credit, stakeScore, vrfScore };
  };
}

function seatOf({ seats }: Clock, account: Uint8Array): ValidatorState['seat'] {
  const number = seats.findIndex((holder) => holder !== undefined && equalBytes(holder.account, account));
  const holder = seats[number];
  return holder && { number, key: toHex(holder.key) };
}

/** Undefined for what is no address, and for a chain without elections. */
export async function readValidator(client: ChainClient, address: string): Promise<ValidatorState | undefined> {
  const account = accountOf(address);
  const at = await client.finalizedHash();
  const clock = await client.value(query.Session.Clock, at);
  if (account === undefined || clock === undefined) return undefined;
  const rules = await client.value(query.Staking.Rules, at);
  const candidate = await client.entry(query.Staking.Candidates, [account], at);
  const deferred = await client.entry(query.Offences.Deferred, [account], at);
  const points = (await client.value(query.Staking.Points, at)).find((each) => equalBytes(each.account, account));
  return {
    block: (await client.header(at)).number,
    address: addressOf(account),
    era: Number(clock.era),
    epoch: Number(clock.epoch),
    takesProofs: await takesProofs(client, at),
    minimumStake: rules.minimum_stake,
    creditThreshold: rules.credit_threshold,
    candidate: candidate && {
      ...candidateFields(candidate, clock.era),
      hasPostedProof: (await client.entry(query.Staking.Outputs, [account], at)) !== undefined,
    },
    exit: candidate && exitOf({ candidate, deferred, rules, era: clock.era }),
    seat: seatOf(clock, account),
    isElected: clock.elected?.some((member) => equalBytes(member.account, account)),
    points: {
      total: points === undefined ? 0 : totalOf(points),
      blocks: points?.blocks ?? 0,
      missed: points?.missed ?? 0,
    },
    election: (await readScores(client, at))(account),
    slashes: deferred.map(({ amount, offence_era, decided_in }) => ({
      amount,
      offenceEra: Number(offence_era),
      takenIn: Number(decided_in) + rules.deferral_eras,
    })),
    offences: await readOffences(client, account, at),
    credit: await readCredit(client, { account, era: clock.era, at }),
    eraCredits: await readEraCredits(client, account, at),
    workers: await readBoundWorkers(client, account, at),
  };
}

function candidateFields(
  { state, stake, slashed, key, entered_in, last_seat, exit_announced }: Candidate,
  era: bigint,
) {
  return {
    ...{ state, stake, slashed, key: toHex(key) },
    isRated: era - entered_in >= BigInt(CREDIT_ERAS),
    enteredIn: Number(entered_in),
    lastSeatIn: last_seat === undefined ? undefined : Number(last_seat),
    exitAnnouncedIn: exit_announced === undefined ? undefined : Number(exit_announced),
  };
}

interface Points {
  readonly blocks: number;
  readonly uncle_references: number;
  readonly referenced_uncles: number;
}

function totalOf({ blocks, uncle_references, referenced_uncles }: Points): number {
  return pointsOf({ blocks, uncleReferences: uncle_references, referencedUncles: referenced_uncles });
}

/** The schedule by the time of the block. */
async function takesProofs(client: ChainClient, at: Uint8Array): Promise<boolean> {
  const firstSlot = await client.value(query.Session.FirstSlot, at);
  const { slots_per_epoch, epochs_per_era } = await client.value(query.Session.Periods, at);
  const slot = (await client.value(query.Timestamp.Now, at)) / (await client.value(query.Timestamp.SlotDuration, at));
  if (firstSlot === undefined || slot < firstSlot) return false;
  const schedule = { firstSlot, slotsPerEpoch: slots_per_epoch, epochsPerEra: epochs_per_era };
  const { isLastEpoch, isSecondHalf } = positionOf(schedule, slot);
  return isLastEpoch && !isSecondHalf;
}

interface ExitFacts {
  readonly candidate: Candidate;
  readonly deferred: readonly { readonly amount: bigint; readonly decided_in: bigint }[];
  readonly rules: Rules;
  readonly era: bigint;
}

function exitOf({ candidate, deferred, rules, era }: ExitFacts): ValidatorState['exit'] {
  const { stake, exit_announced: announcedIn, last_seat: lastSeatIn } = candidate;
  if (announcedIn === undefined) return undefined;
  const slashes = deferred.map(({ amount, decided_in: decidedIn }) => ({ amount, decidedIn }));
  const review = reviewExit({ stake, announcedIn, lastSeatIn, slashes }, era, {
    reportEras: rules.report_eras,
    deferralEras: rules.deferral_eras,
    coolingOffEras: rules.cooling_off_eras,
  });
  if (review.type === 'CoolingOff') return { type: 'CoolingOff', endsIn: Number(review.endsIn) };
  return { type: 'Free', returned: review.returned, taken: review.taken };
}

async function readOffences(client: ChainClient, account: Uint8Array, at: Uint8Array): Promise<readonly Offence[]> {
  const offences: Offence[] = [];
  let seen = 0;
  for await (const [[era], offenders] of client.entries(query.Offences.Offenders, [], at)) {
    if (++seen > mostEntries) break;
    const own = offenders.find((each) => equalBytes(each.account, account));
    if (own !== undefined) offences.push({ era: Number(era), stake: own.stake, charged: own.taken });
  }
  return offences.sort((a, b) => b.era - a.era);
}

interface CreditOf {
  readonly account: Uint8Array;
  readonly era: bigint;
  readonly at: Uint8Array;
}

/** As the runtime computes it for an election in this era (docs/protocol/r2s.md §5). */
async function readCredit(client: ChainClient, { account, era, at }: CreditOf): Promise<number> {
  const ledger = await client.entry(query.SchedulerCredit.Ledgers, [account], at);
  const most = await client.value(query.SchedulerCredit.MostWork, at);
  const eras = Array.from({ length: CREDIT_ERAS }, (_, i) => {
    const isOf = (each: { readonly era: bigint }) => each.era === era - BigInt(i + 1);
    const entry = ledger.find(isOf);
    return entry === undefined ? 0 : creditOfEra(entry.work, most.find(isOf)?.work ?? 0n, entry.penalties);
  });
  return weighCredit(eras);
}

async function readBoundWorkers(
  client: ChainClient,
  account: Uint8Array,
  at: Uint8Array,
): Promise<ValidatorState['workers']> {
  const workers: { readonly index: number; readonly state: string }[] = [];
  let seen = 0;
  for await (const [[index], { bond, state }] of client.entries(query.TeeWorker.Workers, [], at)) {
    if (++seen > mostEntries) break;
    if (bond !== undefined && equalBytes(bond, account)) workers.push({ index, state });
  }
  return workers.sort((a, b) => a.index - b.index);
}
