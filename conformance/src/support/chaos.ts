// Disturbs a network of processes in every way that it must bear, one disturbance after another in several lanes: processes die and
// stop, disks fill up, fail and rot, clocks jump, providers lose everything. Each ends by itself, and the network heals.
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@cess/primitives/testing';
import type { ClockRule, FaultRule, Faults } from './fault-kit.js';
import { flipOneByteInEveryFile } from './files.js';
import type { TestNetwork } from './network.js';
import { isAlive } from './processes.js';
import { enclaveOf, holderOf, providerFolder, providerNames, replaced, teeFolder } from './role-processes.js';
import { pick, type Random, shuffled } from './seeded.js';
import type { SteadyLoad } from './steady-load.js';

export interface ChaosInit {
  readonly network: TestNetwork;
  readonly load: SteadyLoad;
  readonly faults: Faults;
  readonly random: Random;
  /** Mean pause between two disturbances of a lane. */
  readonly pauseMs: number;
  /** How many providers may lose everything, each once. */
  readonly wipes: number;
}

type Rule = FaultRule | ClockRule;
type Disturbance = () => Promise<void>;

/** Providers whose bytes are touched: at most 6 of any 12 holders, so that every segment can be read at any time. */
const mostVictims = 6;
const rottenFiles = 3;
/** Signed requests between roles tolerate a minute; a gateway beyond it stores nothing. */
const gatewaySkewMs = 20_000;
/** A chain whose only author was ahead stands until the clocks have come to its last block, and nothing is declared until then. */
const chainSkewMs = 30_000;
const providerSkewMs = 600_000;

export class Chaos {
  readonly counts: Record<string, number> = {};
  /** Names of providers that lost bytes: they may be punished. */
  readonly damaged = new Set<string>();
  /** Time from each death of the gateway to its next answer. */
  readonly gatewayOutagesMs: number[] = [];
  /** The first failure of the network itself. */
  failure: unknown;
  readonly #victims: readonly string[];
  readonly #toWipe: string[];
  readonly #rules = new Map<string, Rule>();
  /** Faults of the gateway that last now; those of both lanes may overlap. */
  #gatewayFaults = 0;
  readonly #ending = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(private readonly init: ChaosInit) {
    this.#victims = shuffled(init.random, providerNames(init.network.home)).slice(0, mostVictims);
    this.#toWipe = this.#victims.slice(0, init.wipes);
  }

  start(): void {
    this.#running = Promise.all([this.#run(this.#ofProcesses()), this.#run(this.#ofDisks())]).catch(
      (error: unknown) => {
        this.failure ??= error;
      },
    );
  }

  /** Resolves when every disturbance has ended. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#running;
    this.init.faults.clear();
  }

  /** Every disturbance of a lane once in random order, then again. */
  async #run(disturbances: Readonly<Record<string, Disturbance>>): Promise<void> {
    const { random, pauseMs } = this.init;
    while (!this.#ending.signal.aborted) {
      for (const [name, disturb] of shuffled(random, Object.entries(disturbances))) {
        await this.#pause(pauseMs * (0.5 + random()));
        if (this.#ending.signal.aborted) return;
        await disturb();
        this.counts[name] = (this.counts[name] ?? 0) + 1;
      }
    }
  }

  #ofProcesses(): Readonly<Record<string, Disturbance>> {
    const { home } = this.init.network;
    const provider = () => providerFolder(pick(this.init.random, providerNames(home)));
    return {
      'provider killed': () => this.#kill(provider()),
      'provider killed again': () => this.#kill(provider()),
      'provider stopped': () => this.#freeze(provider()),
      'gateway killed': () => this.#whileGatewayIsAway(() => this.#kill('gateway')),
      'gateway stopped': () => this.#whileGatewayIsAway(() => this.#freeze('gateway')),
      'chain killed': () => this.#kill('chain'),
      'chain stopped': () => this.#freeze('chain'),
      'TEE worker killed': () => this.#kill(teeFolder),
      'enclave killed': () => this.#killEnclave(),
    };
  }

  #ofDisks(): Readonly<Record<string, Disturbance>> {
    const victim = () => pick(this.init.random, this.#victims);
    const inProvider = () => `*/${victim()}/*`;
    return {
      'provider: full disk': () => this.#withRule({ call: 'write', files: inProvider(), error: 'ENOSPC' }),
      'provider: disk becomes full': () => this.#withRule({ call: 'write', files: inProvider(), error: 'SHORT' }),
      'provider: failing syncs': () => this.#withRule({ call: 'fsync', files: inProvider(), error: 'EIO' }),
      'provider: rotten files': async () => this.#rot(victim()),
      'provider: wiped': () => this.#wipe(),
      'provider: clock': () => this.#withRule(this.#clock(`*/${victim()}.json*`, providerSkewMs)),
      'gateway: full disk': () =>
        this.#whileGatewayIsAway(() => this.#withRule({ call: 'space', files: '*/gateway', error: 'ENOSPC' })),
      'gateway: failing syncs': () =>
        this.#whileGatewayIsAway(() => this.#withRule({ call: 'fsync', files: '*/gateway/data.mdb', error: 'EIO' })),
      'gateway: clock': () => this.#withRule(this.#clock('*/gateway.json*', gatewaySkewMs)),
      'chain: failing syncs': () =>
        this.#withRule({ call: 'fsync', files: '*/chain/chain/data.mdb', error: 'EIO', count: 1 }),
      'chain: clock': () => this.#withRule(this.#clock('*/node.json*', chainSkewMs)),
      'logs: full disk': () => this.#withRule({ call: 'write', files: '*/logs/*', error: 'ENOSPC' }),
    };
  }

  async #kill(folder: string): Promise<void> {
    const find = () => holderOf(this.init.network.home, folder);
    const pid = await eventually(() => {
      const found = find();
      return found !== undefined && isAlive(found) ? found : undefined;
    }, `${folder} runs`);
    process.kill(pid, 'SIGKILL');
    await replaced(find, pid, folder);
  }

  async #killEnclave(): Promise<void> {
    const find = () => enclaveOf(this.init.network.home);
    const pid = await eventually(find, 'an enclave runs');
    process.kill(pid, 'SIGKILL');
    await replaced(find, pid, 'the enclave');
  }

  /** SIGSTOP: the process keeps its connections and answers nothing. */
  async #freeze(folder: string): Promise<void> {
    const pid = holderOf(this.init.network.home, folder);
    if (pid === undefined || !isAlive(pid)) return;
    process.kill(pid, 'SIGSTOP');
    await this.#pause(this.#seconds(1, 8));
    if (isAlive(pid)) process.kill(pid, 'SIGCONT');
  }

  /** Requests may fail until the gateway answers again and stores. */
  async #whileGatewayIsAway(disturb: Disturbance): Promise<void> {
    const endOutage = this.init.load.beginOutage();
    this.#gatewayFaults++;
    await disturb();
    this.#gatewayFaults--;
    // While another fault of the gateway lasts, the end of this one says nothing.
    await eventually(() => this.#gatewayFaults === 0, 'the other faults of the gateway end');
    const endedMs = performance.now();
    const { endpoint } = this.init.network.credentials;
    await eventually(async () => (await fetch(endpoint).catch(() => undefined)) && true, 'the gateway answers');
    this.gatewayOutagesMs.push(performance.now() - endedMs);
    endOutage();
  }

  async #withRule(rule: Rule): Promise<void> {
    const name = JSON.stringify(rule);
    this.#rules.set(name, rule);
    this.init.faults.set(...this.#rules.values());
    await this.#pause(this.#seconds(2, 12));
    this.#rules.delete(name);
    this.init.faults.set(...this.#rules.values());
  }

  #clock(processes: string, mostMs: number): ClockRule {
    return { call: 'clock', processes, skewMs: Math.round((2 * this.init.random() - 1) * mostMs) };
  }

  #rot(name: string): void {
    this.damaged.add(name);
    flipOneByteInEveryFile(`${this.init.network.home}/${providerFolder(name)}/store`, rottenFiles);
  }

  async #wipe(): Promise<void> {
    const name = this.#toWipe.pop();
    if (name === undefined) return;
    this.damaged.add(name);
    await this.init.network.cessText('devnet', 'provider', 'wipe', name);
  }

  #seconds(least: number, most: number): number {
    return 1000 * (least + (most - least) * this.init.random());
  }

  /** Ends early when the chaos ends. */
  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#ending.signal }).catch(() => {});
  }
}
