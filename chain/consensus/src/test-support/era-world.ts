// A chain of the rules of R²S alone: candidates work, are elected, author, misbehave, exit and are paid, slot by slot, by the
// functions of this package. Amounts of tokens are kept in books that must balance.
import { sha512 } from '@cess/crypto';
import { concatBytes, toHex } from '@cess/primitives';
import {
  authorOf,
  beginSlot,
  creditOfEra,
  type ElectionCandidate,
  type ElectionRules,
  type EraClock,
  elect,
  equivocationSlash,
  missedSlots,
  nextBeacon,
  PERBILL,
  pointsOf,
  positionOf,
  recordElection,
  removeMember,
  type Schedule,
  settleEra,
  slashDue,
  startEraClock,
  weighCredit,
} from '../index.js';
import { account, rules } from './candidates.js';

export const worldSchedule: Schedule = { firstSlot: 77n, slotsPerEpoch: 6, epochsPerEra: 3 };
export const ERA_REWARD = 1_000_003n;

/** A candidate and its books. Amounts in the smallest unit. */
export interface Resident {
  readonly account: Uint8Array;
  stake: bigint;
  readonly stakeAtFirst: bigint;
  income: bigint;
  readonly enteredIn: bigint;
  mayServe: boolean;
  /** Credit of the last eras, the last one first. */
  history: number[];
  /** Work of the present era. */
  work: bigint;
  penalties: number;
  blocks: number;
  missed: number;
}

/** What happens in a slot. */
export interface SlotPlan {
  /** Whether the author of the slot makes a block. */
  readonly isOnline: boolean;
  /** A candidate works this much; by number. */
  readonly worker: number;
  readonly work: bigint;
  /** The author of the slot is reported for an equivocation in this block. */
  readonly isEquivocation?: boolean;
  /** A candidate announces its exit; by number. */
  readonly leaver?: number;
}

export class EraWorld {
  clock: EraClock;
  slot = worldSchedule.firstSlot;
  /** Slot of the last block; undefined before the first. */
  lastBlock: bigint | undefined;
  treasury = 0n;
  /** Members of each era that began. */
  readonly eras: Uint8Array[][] = [];
  readonly outcomes: string[] = [];
  #beacon: Uint8Array = new Uint8Array(64);
  #removed: Uint8Array[] = [];
  #pool: Uint8Array[] = [];
  #electedPool: Uint8Array[] = [];
  #taken = new Map<Resident, bigint>();
  #stakeOfEra = new Map<Resident, bigint>();
  readonly residents: Resident[] = [];
  readonly rules: ElectionRules;

  constructor(
    stakes: readonly bigint[],
    first: number,
    changed: Partial<ElectionRules> = {},
    readonly schedule: Schedule = worldSchedule,
  ) {
    this.rules = { ...rules, ...changed };
    for (const stake of stakes) this.#enter(stake);
    const members = this.residents.slice(0, first).map(({ account: id }) => id);
    this.clock = startEraClock(members, this.#beacon);
    this.eras.push(members);
  }

  #enter(stake: bigint): void {
    this.residents.push({
      account: account(this.residents.length + 1),
      stake,
      stakeAtFirst: stake,
      income: 0n,
      enteredIn: 0n,
      mayServe: true,
      history: [],
      work: 0n,
      penalties: 0,
      blocks: 0,
      missed: 0,
    });
  }

  residentOf(id: Uint8Array): Resident {
    return this.residents.find((resident) => toHex(resident.account) === toHex(id))!;
  }

  /** Plays one slot; true if it has a block. */
  play(plan: SlotPlan): boolean {
    const slot = this.slot++;
    const { clock, events } = beginSlot(this.schedule, this.clock, slot, this.#beacon);
    const author = authorOf(clock.seats, slot);
    if (author === undefined || !plan.isOnline) return false;
    const parent = { slot: this.lastBlock ?? slot - 1n, clock: this.clock };
    for (const missed of missedSlots(this.schedule, parent, { slot, clock }))
      this.residentOf(missed.account).missed += missed.slots;
    this.clock = clock;
    this.lastBlock = slot;
    for (const event of events) {
      if (event.type === 'EraStarted') this.#beginEra();
      if (event.type === 'ElectionDue') this.#elect(event.era);
    }
    this.residentOf(author).blocks++;
    this.#apply(plan, author);
    this.#beacon = nextBeacon(this.#beacon, sha512(concatBytes(author, this.#beacon)));
    return true;
  }

  #apply({ worker, work, isEquivocation, leaver }: SlotPlan, author: Uint8Array): void {
    const { length } = this.residents;
    this.residents[worker % length]!.work += work;
    if (leaver !== undefined) this.residents[leaver % length]!.mayServe = false;
    if (isEquivocation === true) this.#punish(author);
  }

  #punish(offender: Uint8Array): void {
    const resident = this.residentOf(offender);
    if (!this.#taken.has(resident)) this.#taken.set(resident, 0n);
    const fraction = equivocationSlash(this.#taken.size, this.clock.seats.length);
    for (const [one, taken] of this.#taken) {
      const due = slashDue(this.#stakeOfEra.get(one) ?? one.stakeAtFirst, fraction, taken);
      one.stake -= due;
      this.treasury += due;
      this.#taken.set(one, taken + due);
    }
    resident.mayServe = false;
    resident.penalties++;
    const { era, seats } = this.clock;
    const pool = this.#pool.filter((id) => this.residentOf(id).mayServe);
    const removal = { offender, pool, removed: this.#removed, beacon: this.#beacon, era };
    this.clock = { ...this.clock, seats: removeMember(seats, removal).seats };
    this.#removed.push(offender);
  }

  #beginEra(): void {
    const members = this.residents.map((resident) => ({
      account: resident.account,
      points: pointsOf({ blocks: resident.blocks, uncleReferences: 0, referencedUncles: 0 }),
      tips: 0n,
    }));
    const { incomes, undistributed } = settleEra(ERA_REWARD, members);
    this.treasury += undistributed;
    const most = this.residents.reduce((max, { work }) => (work > max ? work : max), 0n);
    for (const [i, resident] of this.residents.entries()) {
      resident.income += incomes[i]!;
      resident.history = [creditOfEra(resident.work, most, resident.penalties), ...resident.history].slice(0, 5);
      resident.work = 0n;
      resident.penalties = 0;
      resident.blocks = 0;
    }
    this.#taken = new Map();
    this.#removed = [];
    this.#pool = this.#electedPool;
    this.#stakeOfEra = new Map(this.residents.map((resident) => [resident, resident.stake]));
    this.eras.push(this.clock.seats.map((id) => id!));
  }

  #elect(era: bigint): void {
    const candidates = this.residents.map((resident): ElectionCandidate => {
      const { account: id, stake, history, mayServe, enteredIn } = resident;
      const output = sha512(concatBytes(id, this.clock.seed.beacon));
      const erasInPool = Number(era - 1n - enteredIn);
      const standing = { erasInPool, mayServe, hasPassedTrials: true };
      return { account: id, stake, credit: weighCredit(history), vrfOutput: output, ...standing };
    });
    const incumbents = this.clock.seats.filter((id) => id !== undefined);
    const { members, pool, outcome } = elect(candidates, incumbents, this.rules);
    this.#electedPool = [...pool];
    this.outcomes.push(outcome);
    this.clock = recordElection(this.clock, members);
  }

  /** Tokens that exist beyond those that there were at first; the rewards of the eras that were settled. */
  issued(): bigint {
    const held = this.residents.reduce(
      (sum, { stake, income, stakeAtFirst }) => sum + stake + income - stakeAtFirst,
      0n,
    );
    return held + this.treasury;
  }

  /** Everything that later blocks depend on, as text. */
  trace(): string {
    const { era, epoch } = positionOf(this.schedule, this.slot);
    const books = this.residents.map(({ stake, income, history }) => `${stake}/${income}/${history.join()}`);
    const seats = this.clock.seats.map((id) => (id === undefined ? '-' : toHex(id)));
    return [era, epoch, toHex(this.#beacon), PERBILL, ...seats, ...books].join(' ');
  }
}
