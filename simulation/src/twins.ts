// Twins: four voters, one of which exists twice with the same key, over a network that is divided anew in every round. Source: Bano et al.,
// "Twins: BFT Systems Made Robust" (OPODIS 2021). The voters are the production reducer without a node, so that a scenario takes
// milliseconds. Blocks fork, some announce sets of authorities, and voters crash and start again from what was written (SI-50).
import {
  type Announcement,
  type AuthoritySet,
  type BlockRef,
  type Message,
  Voter,
  type VoterConfig,
  type VoterEffect,
  type VoterInput,
} from '@cess/consensus';
import { fromHex } from '@cess/primitives';
import { BranchView } from './branch-view.js';
import { createRandom, type Random } from './random.js';
import { Schedule } from './schedule.js';

const seats = 4;
const gossipMs = 100;
/** A window is long enough for a round. */
const windowMs = 6 * gossipMs;
const windows = 7;
const healedWindows = 12;
const epoch = new Uint8Array(16);
const noSignature = new Uint8Array(64);

const hex32 = (value: number): string => value.toString(16).padStart(64, '0');
const keyOf = (seat: number): string => hex32(0x1000 + seat);
const members: AuthoritySet = {
  setId: 0n,
  authorities: Array.from({ length: seats }, (_, seat) => ({ key: fromHex(keyOf(seat)), weight: 1n })),
};
const genesis: BlockRef = { hash: hex32(1), number: 0 };
const config: Omit<VoterConfig, 'localKey'> = {
  gossipDurationMs: gossipMs,
  commitDelayMs: gossipMs,
  resendMs: 5 * gossipMs,
  catchUpTimeoutMs: 5 * gossipMs,
  behindBestBlocks: 0,
  isThreeQuartersRule: false,
};

interface Instance {
  readonly index: number;
  readonly seat: number;
  voter: Voter;
  readonly view: BranchView;
  authorities: AuthoritySet;
  record: Uint8Array | undefined;
  finalized: BlockRef;
  cancelTimer: () => void;
  /** Grows with each start: writes and messages of before are void. */
  life: number;
}

interface MadeBlock extends Announcement {
  readonly parent: string;
}

export interface TwinOutcome {
  readonly violations: readonly string[];
  readonly finalized: number;
  readonly sets: number;
  readonly proven: number;
}

/** Runs the scenario of this seed. */
export function runTwins(seed: number): TwinOutcome {
  return new TwinRun(seed).run();
}

class TwinRun {
  readonly #random: Random;
  readonly #schedule = new Schedule();
  readonly #instances: Instance[] = [];
  readonly #blocks = new Map<string, MadeBlock>();
  readonly #final = new Map<number, string>([[0, genesis.hash]]);
  readonly #votes = new Map<string, string>();
  readonly #proven = new Set<string>();
  readonly #violations: string[] = [];
  /** Instances of one group hear each other. */
  #groupOf: readonly number[] = [];
  #blockCount = 0;

  constructor(seed: number) {
    this.#random = createRandom(seed, 'twins');
    // The last seat has the twin.
    for (const [index, seat] of [0, 1, 2, 3, 3].entries()) {
      const view = new BranchView(genesis);
      const instance: Instance = {
        ...{ index, seat, view, authorities: members, record: undefined, finalized: genesis, life: 0 },
        voter: this.#createVoter(seat, view),
        cancelTimer: () => {},
      };
      this.#instances.push(instance);
    }
  }

  run(): TwinOutcome {
    for (const instance of this.#instances) this.#start(instance);
    for (let window = 0; window < windows; window++) {
      this.#groupOf = this.#instances.map(() => this.#random.below(3));
      this.#share();
      for (const group of [0, 1, 2]) if (this.#random.chance(0.7)) this.#makeBlock(group);
      if (this.#random.chance(0.3)) this.#restart(this.#random.pick(this.#instances));
      this.#schedule.runNow((window + 1) * windowMs);
    }
    this.#heal();
    return {
      violations: this.#violations,
      finalized: Math.min(...this.#honest().map(({ finalized }) => finalized.number)),
      sets: Math.max(...this.#instances.map(({ voter }) => voter.setId)),
      proven: this.#proven.size,
    };
  }

  /** Everybody hears everybody: what is there now becomes final. */
  #heal(): void {
    this.#groupOf = this.#instances.map(() => 0);
    this.#share();
    const target = Math.max(
      ...this.#honest().map(({ view, finalized }) => view.bestContaining(finalized.hash)?.number ?? 0),
    );
    const isDone = () => this.#honest().every(({ finalized }) => finalized.number >= target);
    for (let window = 0; window < healedWindows && !isDone() && this.#violations.length === 0; window++) {
      this.#makeBlock(0);
      this.#schedule.runNow((windows + window + 1) * windowMs);
      this.#share();
      if (window > 2) this.#synchronise();
    }
    if (this.#violations.length === 0 && !isDone()) {
      const heights = this.#honest().map(({ finalized }) => finalized.number);
      this.#violations.push(`block ${target} does not become final: ${heights}`);
    }
  }

  /** Who missed more than one set gets proofs by synchronisation (GR-53). */
  #synchronise(): void {
    const best = this.#honest().reduce((high, each) => (each.finalized.number > high.finalized.number ? each : high));
    for (const each of this.#instances) {
      if (each.voter.setId < best.voter.setId) this.#step(each, { type: 'finalized', block: best.finalized });
    }
  }

  #honest(): Instance[] {
    return this.#instances.filter(({ seat }) => seat !== seats - 1);
  }

  #createVoter(seat: number, view: BranchView): Voter {
    return new Voter(
      { ...config, localKey: keyOf(seat) },
      // Nobody forges here: signatures are not what twins try.
      { view, verify: () => true, sign: () => noSignature, random: () => this.#random.next() },
    );
  }

  #start(instance: Instance): void {
    const { record, finalized, authorities, view } = instance;
    const announced = [...this.#blocks.values()].filter(({ block, changes: [change] }) => {
      const isPending = change !== undefined && block.number + change.delayBlocks > finalized.number;
      return isPending && view.numberOf(block.hash) !== undefined;
    });
    const start = { record, epoch, isNewEpoch: record === undefined, finalized, authorities, announced };
    this.#step(instance, { type: 'start', start });
  }

  /** Ends it, and starts it from what it had written. */
  #restart(instance: Instance): void {
    instance.life++;
    instance.cancelTimer();
    instance.voter = this.#createVoter(instance.seat, instance.view);
    this.#start(instance);
  }

  #step(instance: Instance, input: VoterInput): void {
    for (const effect of instance.voter.step(input, this.#schedule.nowMs)) this.#carryOut(instance, effect);
  }

  #carryOut(instance: Instance, effect: VoterEffect): void {
    switch (effect.type) {
      case 'persist':
        return this.#write(instance, effect.record, effect.write);
      case 'finalize':
        return this.#finalize(instance, effect);
      case 'broadcast':
        this.#check(instance, effect.message);
        for (const to of this.#instances) if (to !== instance) this.#deliver(instance, to, effect.message);
        return;
      case 'send':
        return this.#deliver(instance, this.#instances[Number(effect.peer)] as Instance, effect.message);
      case 'timer': {
        const { life } = instance;
        instance.cancelTimer();
        instance.cancelTimer = this.#schedule.at(effect.atMs, () => {
          if (instance.life === life) this.#step(instance, { type: 'tick' });
        });
        return;
      }
      case 'equivocation':
        this.#proven.add(effect.proof.voter);
        if (effect.proof.voter !== keyOf(seats - 1))
          this.#violations.push('an honest voter is proven to have voted twice');
        return;
      case 'halt':
        this.#violations.push('a voter halts over a conflict');
        return;
      case 'missing':
      case 'penalise':
      case 'key-in-use':
        return;
    }
  }

  #write(instance: Instance, record: Uint8Array, write: number): void {
    const { life } = instance;
    this.#schedule.after(2, () => {
      if (instance.life !== life) return;
      instance.record = record;
      this.#step(instance, { type: 'written', write });
    });
  }

  #finalize(instance: Instance, { block, change }: Extract<VoterEffect, { type: 'finalize' }>): void {
    let { hash } = block;
    for (let number = block.number; number > 0 && instance.seat !== seats - 1; number--) {
      const known = this.#final.get(number);
      if (known === hash) break;
      if (known !== undefined) this.#violations.push(`conflicting final blocks at ${number}`);
      this.#final.set(number, hash);
      hash = this.#blocks.get(hash)?.parent ?? '';
    }
    if (block.number < instance.finalized.number) this.#violations.push('finality goes back');
    instance.finalized = block;
    if (change === undefined) return;
    instance.authorities = change.authorities;
    // One batch with the block.
    instance.record = change.record;
    this.#write(instance, change.record, change.write);
  }

  #check({ seat, view, finalized }: Instance, message: Message): void {
    if (message.type !== 'vote' || message.vote.voter !== keyOf(seat) || seat === seats - 1) return;
    const { kind, round, setId, target } = message.vote;
    const name = `${seat}/${setId}/${round}/${kind}`;
    const before = this.#votes.get(name);
    if (before !== undefined && before !== target.hash) this.#violations.push(`an honest voter votes twice: ${name}`);
    this.#votes.set(name, target.hash);
    // A node drops branches beside the final block, and with them their changes.
    const isNew = before === undefined && view.contains(target, finalized);
    const limit = isNew ? this.#limitOf(view, target, setId) : undefined;
    if (limit !== undefined && target.number > limit) this.#violations.push(`a vote above the end of its set: ${name}`);
  }

  /** Height at which the set of a vote ends on the branch of its target. */
  #limitOf(view: BranchView, target: BlockRef, setId: number): number | undefined {
    let sets = 0;
    const path: BlockRef[] = [];
    for (let at: string | undefined = target.hash; at !== undefined; at = view.parentOf(at)) {
      path.push({ hash: at, number: view.numberOf(at) ?? 0 });
    }
    let effective = -1;
    for (const { hash } of path.reverse()) {
      const made = this.#blocks.get(hash);
      const change = made?.changes[0];
      // A second set that is announced before the first one takes effect is dropped.
      if (made === undefined || change === undefined || made.block.number <= effective) continue;
      effective = made.block.number + change.delayBlocks;
      if (sets++ === setId) return effective;
    }
    return undefined;
  }

  #deliver(from: Instance, to: Instance, message: Message): void {
    // A twin that heard its own key would fall silent.
    if (to.seat === seats - 1 && message.type === 'vote' && message.vote.voter === keyOf(to.seat)) return;
    const isLinked = () => this.#groupOf[from.index] === this.#groupOf[to.index];
    if (!isLinked()) return;
    const { life } = to;
    this.#schedule.after(1 + this.#random.below(gossipMs / 2), () => {
      if (to.life === life && isLinked()) this.#step(to, { type: 'message', peer: String(from.index), message });
    });
  }

  /** Blocks pass between all that can hear each other. */
  #share(): void {
    for (const made of this.#blocks.values()) {
      const groups = new Set(
        this.#instances
          .filter(({ view }) => view.numberOf(made.block.hash) !== undefined)
          .map(({ index }) => this.#groupOf[index]),
      );
      for (const to of this.#instances) if (groups.has(this.#groupOf[to.index])) this.#import(to, made);
    }
  }

  /** Somebody of the group makes a block on its best chain; at times with a change of the set, which has the same members. */
  #makeBlock(group: number): void {
    const here = this.#instances.filter(({ index }) => this.#groupOf[index] === group);
    if (here.length === 0) return;
    const author = this.#random.pick(here);
    const parent = author.view.bestContaining(author.finalized.hash) ?? author.finalized;
    const block = {
      hash: hex32(0x10000 + this.#random.below(1 << 20) * 4096 + this.#blockCount++),
      number: parent.number + 1,
    };
    const isChange = this.#random.chance(0.15);
    const changes = isChange
      ? [{ kind: 'set', authorities: members.authorities, delayBlocks: this.#random.below(3) } as const]
      : [];
    const made: MadeBlock = { block, parent: parent.hash, changes, timeMs: this.#schedule.nowMs };
    this.#blocks.set(block.hash, made);
    for (const to of here) {
      this.#schedule.after(this.#random.below(gossipMs), () => {
        if (this.#groupOf[to.index] === group) this.#import(to, made);
      });
    }
    this.#import(author, made);
  }

  #import(to: Instance, { block, parent, changes, timeMs }: MadeBlock): void {
    if (to.view.numberOf(block.hash) !== undefined || to.view.numberOf(parent) === undefined) return;
    to.view.add(block, parent);
    this.#step(to, { type: 'imported', block, changes, timeMs });
  }
}
