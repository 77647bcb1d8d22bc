// What peers did wrong, in one place: the request protocols, the gossip and users of the host report offences here; the
// connection guard and the gossip router read from here. Penalties decay, bans end, and both tables have a bound
// (docs/protocol/network.md §5).
import type { Clock } from '@cess/primitives';
import type { PeerId } from './peer-id.js';

/** Points of an offence; 100 points are a ban. */
const offencePoints = {
  /** Bytes that are no frame, or a record or message that does not decode. */
  malformed: 60,
  /** More bytes than the protocol or topic allows. */
  oversized: 60,
  /**
   * A request that did not arrive, or a response that was not read, in time. It lifts the points to 20 and adds none beyond: a peer is
   * slow while its machine is busy, and a ban would then cut honest peers off, whose places and time are bounded anyway.
   */
  slow: 20,
  /** A gossip message that its validator rejected. */
  'invalid-message': 30,
  /** More messages or requests than allowed. */
  'over-rate': 2,
  /** Content that only a faulty or hostile peer sends, as a user of the host found: banned at once. */
  hostile: 100,
} as const;

export type Offence = keyof typeof offencePoints;

export interface PeerReputationOptions {
  readonly clock: Clock;
  /** Time in which a penalty halves. */
  readonly halfLifeMs: number;
  readonly banMs: number;
  /** Most peers with a penalty, and most bans. */
  readonly capacity: number;
  readonly onOffence: (offence: Offence) => void;
  /** Called when a ban begins. */
  readonly onBan: (peer: PeerId, offence: Offence) => void;
}

const banPoints = 100;
/** Below this a penalty is forgotten. */
const negligible = 0.5;

interface Penalty {
  readonly points: number;
  readonly atMs: number;
}

export class PeerReputation {
  readonly #penalties = new Map<PeerId, Penalty>();
  readonly #bannedUntilMs = new Map<PeerId, number>();

  constructor(private readonly options: PeerReputationOptions) {}

  report(peer: PeerId, offence: Offence): void {
    if (this.isBanned(peer)) return;
    this.options.onOffence(offence);
    const [before, added] = [this.penalty(peer), offencePoints[offence]];
    const points = offence === 'slow' ? Math.max(before, added) : before + added;
    if (points >= banPoints) return this.#ban(peer, offence);
    // The table is ordered by the last offence, so what is evicted is the oldest.
    this.#penalties.delete(peer);
    this.#penalties.set(peer, { points, atMs: this.options.clock.nowMs() });
    evictOldest(this.#penalties, this.options.capacity);
  }

  isBanned(peer: PeerId): boolean {
    const untilMs = this.#bannedUntilMs.get(peer);
    if (untilMs === undefined) return false;
    if (this.options.clock.nowMs() < untilMs) return true;
    this.#bannedUntilMs.delete(peer);
    return false;
  }

  /** Points that are left: 0 without offences, below 100 unless banned. */
  penalty(peer: PeerId): number {
    const penalty = this.#penalties.get(peer);
    if (penalty === undefined) return 0;
    const ageMs = Math.max(0, this.options.clock.nowMs() - penalty.atMs);
    const points = penalty.points * 0.5 ** (ageMs / this.options.halfLifeMs);
    if (points >= negligible) return points;
    this.#penalties.delete(peer);
    return 0;
  }

  /** Bans in force, and those that nobody has asked about since they ended. */
  get banCount(): number {
    return this.#bannedUntilMs.size;
  }

  #ban(peer: PeerId, offence: Offence): void {
    const { clock, banMs, capacity, onBan } = this.options;
    this.#penalties.delete(peer);
    this.#bannedUntilMs.set(peer, clock.nowMs() + banMs);
    // All bans last equally long, so the first is the one that ends first.
    evictOldest(this.#bannedUntilMs, capacity);
    onBan(peer, offence);
  }
}

function evictOldest<K, V>(map: Map<K, V>, capacity: number): void {
  if (map.size <= capacity) return;
  const oldest = map.keys().next();
  if (!oldest.done) map.delete(oldest.value);
}
