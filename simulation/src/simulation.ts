// One run: nodes of a plan in virtual time, its faults, the healing, and the checks of safety and liveness (docs/protocol/simulation.md).
import { handledElsewhere, toHex } from '@cess/primitives';
import { query } from '@cess/runtime';
import { createDisguise } from './byzantine.js';
import { applyFaults } from './faults.js';
import { goodLinks } from './links.js';
import { type NetworkBase, networkBase } from './network-base.js';
import type { ByzantineKind, Plan } from './plan.js';
import { createRandom } from './random.js';
import { SafetyChecker, type Violation } from './safety-checker.js';
import { Schedule } from './schedule.js';
import { SharedExecution } from './shared-execution.js';
import { SimNetwork } from './sim-network.js';
import { type NodeWorld, SimNode } from './sim-node.js';
import { Trace } from './trace.js';
import { MachineClock } from './virtual-timers.js';

/** Time in which finality must be back everywhere after the healing: connections, synchronisation, repeated votes, three rounds. */
const graceMs = 120_000;
/** A process that ended by itself is started again after this time. */
const restartMs = 2_000;

/** Heights of honest nodes that run. */
export interface Mark {
  readonly atMs: number;
  readonly best: { readonly least: number; readonly most: number };
  readonly finalized: { readonly least: number; readonly most: number };
}

export interface Outcome {
  readonly plan: Plan;
  readonly violations: readonly Violation[];
  readonly traceHash: string;
  readonly virtualMs: number;
  readonly events: number;
  readonly messages: number;
  /** Height that all honest nodes have final at the end, and blocks that honest nodes made. */
  readonly finalized: number;
  readonly authored: number;
  readonly reorganisations: number;
  /** Late blocks that the chain of an honest node references in the era of the end. */
  readonly uncles: number;
  readonly lives: number;
  /** Number of the last set in which somebody voted. */
  readonly sets: number;
  /** Rounds and time from the healing until all honest nodes had everything final that was there at the healing. */
  readonly recovery: { readonly rounds: number; readonly ms: number } | undefined;
  readonly marks: readonly Mark[];
  readonly conflicts: number;
  /** Keys of authorities that were proven to have voted twice. */
  readonly proven: readonly string[];
  readonly repeatedExecutions: number;
}

/** Runs a plan to its end. The same plan gives the same outcome. */
export async function simulate(plan: Plan): Promise<Outcome> {
  const run = new Run(plan, await networkBase(plan.validators, plan.seats));
  return run.run();
}

class Run {
  readonly #schedule = new Schedule();
  readonly #trace = new Trace();
  readonly #execution = new SharedExecution();
  readonly #checker: SafetyChecker;
  readonly #network: SimNetwork;
  readonly #nodes: SimNode[] = [];
  readonly #marks: Mark[] = [];

  constructor(
    private readonly plan: Plan,
    private readonly base: NetworkBase,
  ) {
    const { validators, byzantine, seed, quality } = plan;
    const { crypto, seeds, spec, runtimes } = base;
    const schedule = this.#schedule;
    const trace = this.#trace;
    const keyOf = (seat: number) => crypto.signatures.createSigner(seeds[seat] as Uint8Array).publicKey;
    this.#checker = new SafetyChecker({
      nowMs: () => schedule.nowMs,
      trace,
      isConflictAllowed: plan.isConflictAllowed,
      forgingKeys: new Set(byzantine.flatMap(({ seat, kind }) => (kind === 'invalid-vrf' ? [toHex(keyOf(seat))] : []))),
      byzantineKeys: new Set(byzantine.map(({ seat }) => toHex(keyOf(seat)))),
      onEnded: (node) => schedule.after(restartMs, () => this.#nodes[node.number]?.start()),
    });
    const events = {
      onReport: (node: number, peer: number, offence: Parameters<SafetyChecker['onReport']>[2]) =>
        this.#checker.onReport(this.#nodes[node] as SimNode, this.#nodes[peer], offence),
    };
    this.#network = new SimNetwork({ schedule, random: createRandom(seed, 'network'), trace, events, quality });
    const world: NodeWorld = {
      ...{ schedule, network: this.#network, spec, runtimes, crypto },
      ...{ execution: this.#execution, observer: this.#checker },
    };
    const kindOf = new Map<number, ByzantineKind>(byzantine.map(({ seat, kind }) => [seat, kind]));
    const twins = byzantine.filter(({ kind }) => kind === 'twin' || kind === 'two-faced');
    const seats = [...Array(validators).keys(), ...twins.map(({ seat }) => seat)];
    for (const [number, seat] of seats.entries()) {
      const kind = kindOf.get(seat);
      const machine = plan.machines[number % plan.machines.length];
      const clock = new MachineClock(schedule, machine?.offsetMs ?? 0, machine?.drift ?? 0);
      const disguise = kind && createDisguise(kind, crypto);
      const node = new SimNode(world, {
        ...{ node: number, secretSeed: seeds[seat], isHonest: kind === undefined, clock },
        ...{ random: createRandom(seed, `node ${number}`), ...(disguise ? { disguise } : {}) },
      });
      node.disk.restore(base.genesisDisk);
      this.#nodes.push(node);
      schedule.at(machine?.startMs ?? 0, () => node.start());
    }
    this.#network.isStranger = strangers(validators, plan);
  }

  async run(): Promise<Outcome> {
    const { plan } = this;
    const heal = applyFaults(plan, {
      schedule: this.#schedule,
      links: this.#network.links,
      nodes: this.#nodes,
    });
    this.#submitTransfers();
    for (const atMs of plan.marksMs ?? []) this.#schedule.at(atMs, () => this.#mark());
    const isBroken = () => this.#checker.violations.length > 0;
    await this.#schedule.run(plan.durationMs, isBroken);
    let recovery: Outcome['recovery'];
    if (!isBroken() && !plan.isConflictAllowed) {
      heal();
      this.#network.links.quality = plan.healedQuality ?? goodLinks;
      recovery = await this.#recover();
    }
    const honest = this.#honest();
    return {
      plan,
      violations: this.#checker.violations,
      traceHash: this.#trace.digest,
      virtualMs: Math.floor(this.#schedule.nowMs),
      events: this.#schedule.events,
      messages: this.#network.messages,
      finalized: Math.min(...honest.map(({ number }) => this.#checker.finalizedOf(number))),
      authored: this.#checker.authoredBlocks,
      reorganisations: this.#checker.reorganisations,
      uncles: this.#uncles(),
      lives: this.#nodes.reduce((sum, { lives }) => sum + lives, 0),
      recovery,
      sets: this.#checker.highestSet,
      marks: this.#marks,
      conflicts: this.#checker.conflicts,
      proven: [...this.#checker.proven],
      repeatedExecutions: this.#execution.repeated,
    };
  }

  #mark(): void {
    const running = this.#honest().filter(({ parts }) => parts !== undefined);
    const best = running.map(({ parts }) => parts?.view.best.number ?? 0);
    const finalized = running.map(({ number }) => this.#checker.finalizedOf(number));
    const rangeOf = (heights: readonly number[]) => ({ least: Math.min(...heights), most: Math.max(...heights) });
    this.#marks.push({ atMs: this.#schedule.nowMs, best: rangeOf(best), finalized: rangeOf(finalized) });
  }

  #honest(): SimNode[] {
    return this.#nodes.filter(({ isHonest }) => isHonest);
  }

  #uncles(): number {
    const view = this.#honest().find(({ parts }) => parts !== undefined)?.parts?.view;
    if (view === undefined) return 0;
    const { Points } = query.Staking;
    const points = Points.decodeValue(view.reader.state.get(view.stateRoot(view.best.hash), Points.key()));
    return points.reduce((sum, { referenced_uncles }) => sum + referenced_uncles, 0);
  }

  /** SI-40: everything that there is now becomes final on every honest node. */
  async #recover(): Promise<Outcome['recovery']> {
    const honest = this.#honest();
    const healedMs = this.#schedule.nowMs;
    const best = () => Math.max(...honest.map(({ parts }) => parts?.view.best.number ?? 0));
    const round = () => Math.max(0, ...honest.map(({ number }) => this.#checker.rounds.get(number) ?? 0));
    const target = best() + 1;
    const before = round();
    const isBack = () =>
      this.#checker.violations.length > 0 || honest.every(({ number }) => this.#checker.finalizedOf(number) >= target);
    if (await this.#schedule.run(healedMs + graceMs, isBack)) {
      return { rounds: round() - before, ms: Math.floor(this.#schedule.nowMs - healedMs) };
    }
    const heights = honest.map(({ number }) => this.#checker.finalizedOf(number));
    this.#checker.violations.push({
      rule: 'SI-40',
      node: heights.findIndex((height) => height < target),
      atMs: Math.floor(this.#schedule.nowMs),
      text: `block ${target} is not final on every honest node ${graceMs / 1000} s after the healing: ${heights}`,
    });
    return undefined;
  }

  /** Transfers reach random nodes while they run. */
  #submitTransfers(): void {
    const random = createRandom(this.plan.seed, 'transfers');
    for (let nonce = 0; nonce < this.plan.transfers; nonce++) {
      this.#schedule.at(random.next() * this.plan.durationMs, () => {
        const pool = random.pick(this.#nodes).parts?.pool;
        // A refusal, or the crash of the node, is no fault.
        if (pool !== undefined) handledElsewhere(pool.submit(this.base.transfer(nonce)));
      });
    }
  }
}

/** The two faces of a two-faced authority have no peer in common. */
function strangers(validators: number, { byzantine }: Plan): (a: number, b: number) => boolean {
  const faces = new Map<number, number>();
  const twins = byzantine.filter(({ kind }) => kind === 'twin' || kind === 'two-faced');
  twins.forEach(({ seat, kind }, i) => {
    if (kind !== 'two-faced') return;
    faces.set(seat, 0);
    faces.set(validators + i, 1);
  });
  const isHidden = (face: number, from: number) => {
    const side = faces.get(face);
    return side !== undefined && from % 2 !== side;
  };
  return (a, b) => isHidden(a, b) || isHidden(b, a);
}
