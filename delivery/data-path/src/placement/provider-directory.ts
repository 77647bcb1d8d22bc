// The providers that this gateway may use: the chain's list, refreshed in the background, with what this gateway saw
// of them lately. Draws are random within the eligible set (STORE-14).
import { randomInt } from 'node:crypto';
import { BackgroundLoop, type BackgroundPorts, elementAt, messageOf, type Startable } from '@cess/primitives';
import type { ProviderInfo, ProviderList } from './provider-info.js';

const refreshIntervalMs = 5_000;
/** How long a provider that failed is used only when others do not suffice. */
const cooldownMs = 15_000;

export interface ProviderDirectoryInit extends BackgroundPorts {
  readonly chain: ProviderList;
  /** Keeps the list over restarts, so that a start does not need the chain. Default: nothing is kept. */
  readonly memory?: ProviderMemory;
}

interface ProviderMemory {
  providers(): readonly ProviderInfo[];
  rememberProviders(providers: readonly ProviderInfo[]): Promise<void>;
}

interface Health {
  failedAtMs: number;
  /** Exponentially weighted mean of read latencies. */
  latencyMs: number;
}

export class ProviderDirectory implements Startable {
  #providers = new Map<number, ProviderInfo>();
  readonly #health = new Map<number, Health>();
  readonly #stopping = new AbortController();
  readonly #loop: BackgroundLoop;

  constructor(private readonly init: ProviderDirectoryInit) {
    const task = () => this.#refresh();
    const pauses = { periodMs: refreshIntervalMs, firstPauseMs: refreshIntervalMs };
    this.#loop = new BackgroundLoop({ ...init, name: 'provider directory', task, ...pauses });
  }

  /** Loads the list once, waiting for the chain unless a list is remembered, and keeps it current. */
  async start(): Promise<void> {
    const remembered = this.init.chain.isConnected ? [] : (this.init.memory?.providers() ?? []);
    if (remembered.length === 0) await this.#refresh();
    else this.#use(remembered);
    this.#loop.start();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#loop.stop();
  }

  /** All providers of the chain, as far as it was read. */
  all(): readonly ProviderInfo[] {
    return [...this.#providers.values()];
  }

  get(index: number): ProviderInfo | undefined {
    return this.#providers.get(index);
  }

  get size(): number {
    return this.#providers.size;
  }

  /** Providers that take fragments: those that work, and those that failed lately. */
  counts(): { readonly usable: number; readonly suspect: number } {
    const open = [...this.#providers.values()].filter(({ takesFragments }) => takesFragments);
    const suspect = open.filter(({ index }) => this.isSuspect(index)).length;
    return { usable: open.length - suspect, suspect };
  }

  /** Eligible providers for fragments of that length in random order, those that failed lately last. */
  draw(fragmentLength: number, except: ReadonlySet<number>): ProviderInfo[] {
    const eligible = [...this.#providers.values()].filter(
      (provider) => !except.has(provider.index) && isEligible(provider, fragmentLength),
    );
    shuffle(eligible);
    return [
      ...eligible.filter(({ index }) => !this.isSuspect(index)),
      ...eligible.filter(({ index }) => this.isSuspect(index)),
    ];
  }

  /** Whether the chain accepts this provider as the holder of a fragment of that length. */
  accepts(index: number, fragmentLength: number): boolean {
    const provider = this.#providers.get(index);
    return provider !== undefined && isEligible(provider, fragmentLength);
  }

  isSuspect(index: number): boolean {
    const health = this.#health.get(index);
    return health !== undefined && this.init.timers.nowMs() - health.failedAtMs < cooldownMs;
  }

  latencyMs(index: number): number {
    return this.#health.get(index)?.latencyMs ?? 0;
  }

  reportFailure(index: number, cause: unknown): void {
    if (!this.isSuspect(index)) this.init.logger.warn({ provider: index, cause: messageOf(cause) }, 'provider failed');
    this.#healthOf(index).failedAtMs = this.init.timers.nowMs();
  }

  reportSuccess(index: number, latencyMs: number): void {
    const health = this.#healthOf(index);
    health.latencyMs = health.latencyMs === 0 ? latencyMs : 0.8 * health.latencyMs + 0.2 * latencyMs;
  }

  #healthOf(index: number): Health {
    let health = this.#health.get(index);
    if (health === undefined) {
      health = { failedAtMs: Number.NEGATIVE_INFINITY, latencyMs: 0 };
      this.#health.set(index, health);
    }
    return health;
  }

  async #refresh(): Promise<void> {
    const providers = await this.init.chain.listProviders(this.#stopping.signal);
    this.#use(providers);
    await this.init.memory?.rememberProviders(providers);
  }

  #use(providers: readonly ProviderInfo[]): void {
    this.#providers = new Map(providers.map((provider) => [provider.index, provider]));
    for (const index of this.#health.keys()) if (!this.#providers.has(index)) this.#health.delete(index);
  }
}

function isEligible({ takesFragments, declaredBytes, serviceBytes }: ProviderInfo, fragmentLength: number): boolean {
  return takesFragments && declaredBytes - serviceBytes >= fragmentLength;
}

/** Fisher-Yates with unpredictable draws. */
function shuffle<T>(items: T[]): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    const item = elementAt(items, i);
    items[i] = elementAt(items, j);
    items[j] = item;
  }
}
