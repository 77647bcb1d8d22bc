// Sessions of the console: a random id in a cookie stands for credentials that were verified at the sign-in. Ids are stored as
// hashes, so that a dump of memory gives none away. Sessions end after idle time, at a fixed age, with their temporary credentials, at
// the sign-out, and with the process.
import { createHash, timingSafeEqual } from 'node:crypto';
import { type Rng, toHex } from '@cess/primitives';

const idleMs = 30 * 60_000;
const lifetimeMs = 12 * 3_600_000;
/** Of all callers; beyond, the session that was used least recently ends. */
const maxSessions = 10_000;
/** Of one access key, so that no caller pushes out the sessions of others. */
const maxOfKey = 32;
const idBytes = 32;

export interface ConsoleSession {
  readonly accessKeyId: string;
  /** Of temporary credentials. */
  readonly token: string | undefined;
  /** What a page must state to change anything: other origins cannot read it. */
  readonly csrfToken: string;
  readonly endsAtMs: number;
}

interface Held extends ConsoleSession {
  lastUsedMs: number;
}

export interface NewSession {
  readonly accessKeyId: string;
  readonly token: string | undefined;
  /** Of temporary credentials. */
  readonly expiresAtMs: number | undefined;
}

export class ConsoleSessions {
  /** By hash of the id, the least recently used first. */
  readonly #held = new Map<string, Held>();

  constructor(
    private readonly rng: Rng,
    private readonly nowMs: () => number,
  ) {}

  get size(): number {
    return this.#held.size;
  }

  /** Begins a session under a new id, which is returned this one time. */
  begin({ accessKeyId, token, expiresAtMs }: NewSession): { readonly id: string; readonly session: ConsoleSession } {
    const nowMs = this.nowMs();
    this.#removeEnded(nowMs);
    const ofKey = [...this.#held].filter(([, held]) => held.accessKeyId === accessKeyId);
    if (ofKey.length >= maxOfKey) this.#removeFirst(ofKey.map(([hash]) => hash));
    if (this.#held.size >= maxSessions) this.#removeFirst([...this.#held.keys()]);
    const id = Buffer.from(this.rng.bytes(idBytes)).toString('base64url');
    const csrfToken = Buffer.from(this.rng.bytes(idBytes)).toString('base64url');
    const endsAtMs = Math.min(nowMs + lifetimeMs, expiresAtMs ?? Number.POSITIVE_INFINITY);
    const session = { accessKeyId, token, csrfToken, endsAtMs, lastUsedMs: nowMs };
    this.#held.set(hashOf(id), session);
    return { id, session };
  }

  /** The session of an id, if it goes on; that counts as use. */
  find(id: string | undefined): ConsoleSession | undefined {
    if (id === undefined) return undefined;
    const hash = hashOf(id);
    const held = this.#held.get(hash);
    const nowMs = this.nowMs();
    this.#held.delete(hash);
    if (held === undefined || hasEnded(held, nowMs)) return undefined;
    held.lastUsedMs = nowMs;
    this.#held.set(hash, held);
    return held;
  }

  end(id: string | undefined): void {
    if (id !== undefined) this.#held.delete(hashOf(id));
  }

  #removeFirst([hash]: readonly string[]): void {
    if (hash !== undefined) this.#held.delete(hash);
  }

  #removeEnded(nowMs: number): void {
    for (const [hash, held] of this.#held) if (hasEnded(held, nowMs)) this.#held.delete(hash);
  }
}

/** Whether a request states the token of the session. Takes the same time for every wrong one. */
export function statesToken({ csrfToken }: ConsoleSession, stated: string | undefined): boolean {
  const [own, given] = [Buffer.from(csrfToken), Buffer.from(stated ?? '')];
  return own.length === given.length && timingSafeEqual(own, given);
}

function hasEnded({ lastUsedMs, endsAtMs }: Held, nowMs: number): boolean {
  return nowMs >= lastUsedMs + idleMs || nowMs >= endsAtMs;
}

function hashOf(id: string): string {
  return toHex(new Uint8Array(createHash('sha256').update(id).digest()));
}
