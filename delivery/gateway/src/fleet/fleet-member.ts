// This gateway as a member of a fleet (ADR 74): gateways that serve one index. It gives a sign of life once a second. One member has the
// lease of the background work; the others wait for its end. Three things keep the work of two members apart:
//  - Loops enter through the gate, which closes before the lease expires at the database, by a clock that never jumps.
//  - A process that stood still in the middle of its work finds the gate closed too late. What it then writes into the index carries
//    the token of its lease, and the database rejects it.
//  - It does not take the lease again before all work has ended that began under the former one.
import type { Fence } from '@cess/object-index';
import type { Beat, Membership } from '@cess/object-index/postgres';
import {
  BackgroundLoop,
  type BackgroundPorts,
  CessError,
  type Gate,
  isCessError,
  type Metrics,
  messageOf,
  type Startable,
} from '@cess/primitives';

export interface FleetMemberInit extends BackgroundPorts {
  readonly membership: Pick<Membership, 'member' | 'join' | 'beat' | 'renew' | 'acquire' | 'leave'>;
  /** Tells the members apart in logs, metrics and names of audit logs. */
  readonly name: string;
  /** A clock that never jumps. */
  readonly monotonicMs?: () => number;
}

const lease = 'background';
/** A member that ended is replaced after this time and a beat, well within 10 s. */
const leaseMs = 5_000;
const beatMs = 1_000;
/** A database that is back is noticed soon. */
const backOff = { leastMs: 200, mostMs: 1_000 };
/** Between the end of the lease by this clock and by that of the database. */
const marginMs = 500;

/** Others take back the space that a gateway was granted when it has been silent for longer than this. */
export const mostSilentMs = 10_000;

interface HeldLease {
  readonly token: number;
  readonly untilMs: number;
}

export function declareFleetMetrics(
  metrics: Metrics,
  readings: { readonly members: () => number; readonly hasLease: () => boolean },
): void {
  const help = 'Gateways that share the index and gave a sign of life lately, as this one knows';
  metrics.gauge({ name: 'cess_gateway_fleet_members', help }, readings.members);
  const leaseHelp = 'Whether this gateway does the background work of the fleet';
  metrics.gauge({ name: 'cess_gateway_fleet_has_lease', help: leaseHelp }, () => (readings.hasLease() ? 1 : 0));
}

export class FleetMember implements Startable, Gate, Fence {
  readonly #loop: BackgroundLoop;
  readonly #monotonicMs: () => number;
  readonly #listeners: (() => void)[] = [];
  #held: HeldLease | undefined;
  /** Tasks that have entered. */
  #running = 0;
  #beat: Beat = { members: [], accountChanges: 0 };
  #beatAtMs = Number.NEGATIVE_INFINITY;
  #lapses = 0;

  constructor(private readonly init: FleetMemberInit) {
    this.#monotonicMs = init.monotonicMs ?? (() => performance.now());
    const { metrics } = init;
    const loop = { name: 'fleet', task: () => this.beat(), periodMs: beatMs, backOff };
    this.#loop = new BackgroundLoop({ ...init, gate: undefined, ...loop });
    declareFleetMetrics(metrics, { members: () => this.members.length, hasLease: () => this.hasLease });
  }

  get name(): string {
    return this.init.name;
  }

  get id(): string {
    return this.init.membership.member;
  }

  /** Ids of the members, this one included. */
  get members(): readonly string[] {
    return this.#beat.members;
  }

  get hasLease(): boolean {
    return this.#held !== undefined && this.#monotonicMs() < this.#held.untilMs;
  }

  /** Since the database answered the last time. */
  get silentMs(): number {
    return this.#monotonicMs() - this.#beatAtMs;
  }

  /** How often it was silent for so long that the others took it for gone. */
  get lapses(): number {
    return this.#lapses;
  }

  /** Calls `listener` when another member may have changed accounts. */
  onAccountChanges(listener: () => void): void {
    this.#listeners.push(listener);
  }

  async start(): Promise<void> {
    await this.init.membership.join(this.init.name);
    await this.beat();
    this.#loop.start();
  }

  /** Hands the background work over. Call it when none is under way. */
  async stop(): Promise<void> {
    await this.#loop.stop();
    this.#held = undefined;
    try {
      await this.init.membership.leave();
    } catch (error) {
      if (!isCessError(error, 'INDEX_UNAVAILABLE')) throw error;
      this.init.logger.warn({ cause: messageOf(error) }, 'the fleet was left without a word; the lease ends by itself');
    }
  }

  enter(): (() => void) | undefined {
    if (!this.hasLease) return undefined;
    this.#running++;
    return () => {
      this.#running--;
    };
  }

  /** Throws `GATEWAY_LEASE_LOST`. */
  assertHeld(): void {
    if (!this.hasLease)
      throw new CessError('GATEWAY_LEASE_LOST', 'This gateway does not have the lease of the background work.');
  }

  token(): { readonly lease: string; readonly token: number } {
    if (this.#held === undefined) this.assertHeld();
    return { lease, token: this.#held?.token ?? 0 };
  }

  /** One sign of life; renews the lease or tries to get it. */
  async beat(): Promise<void> {
    const { membership, logger, name } = this.init;
    const beat = await membership.beat();
    const isFirst = this.#beatAtMs === Number.NEGATIVE_INFINITY;
    const hasChanged = beat.accountChanges !== this.#beat.accountChanges;
    if (!isFirst && this.silentMs > mostSilentMs) this.#lapses++;
    this.#beat = beat;
    this.#beatAtMs = this.#monotonicMs();
    if (hasChanged && !isFirst) for (const listener of this.#listeners) listener();
    const askedAtMs = this.#monotonicMs();
    const untilMs = askedAtMs + leaseMs - marginMs;
    const held = this.#held;
    if (held !== undefined) {
      const isRenewed = await membership.renew(lease, held.token, leaseMs);
      this.#held = isRenewed ? { token: held.token, untilMs } : undefined;
      if (!isRenewed) logger.warn({ member: name, token: held.token }, 'another gateway took over the background work');
    } else if (this.#running === 0) {
      const token = await membership.acquire(lease, leaseMs);
      if (token === undefined) return;
      this.#held = { token, untilMs };
      logger.info({ member: name, token }, 'this gateway does the background work of the fleet');
    }
  }
}
