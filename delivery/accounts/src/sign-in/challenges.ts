// Challenges for the sign-in with a wallet. The gateway stores nothing for a challenge: its token holds the nonce and the times,
// sealed. A challenge serves one sign-in, within minutes, at the process that made it.
import { fixedBytes, type Static, safeInteger as size, struct } from '@cess/codec';
import { equalBytes, type Rng, toHex } from '@cess/primitives';
import type { Secrets } from '../store/secrets.js';

const lifetimeMs = 5 * 60_000;
/** Most sign-ins within the lifetime of a challenge. */
const maxUsed = 10_000;
const maxTokenLength = 1_024;

const codec = struct({ process: fixedBytes(16), nonce: fixedBytes(16), issuedAtMs: size });
type Content = Static<typeof codec>;

export interface Challenge {
  /** What the wallet shows and signs. */
  readonly text: string;
  readonly token: string;
}

export class Challenges {
  readonly #process: Uint8Array;
  /** Nonces of sign-ins, with the end of their challenges. */
  readonly #used = new Map<string, number>();

  constructor(
    private readonly secrets: Secrets,
    private readonly rng: Rng,
    /** How the text names the gateway: fixed, so that no client can choose it. */
    private readonly gateway: string,
  ) {
    this.#process = rng.bytes(16);
  }

  create(nowMs: number): Challenge {
    const content = { process: this.#process, nonce: this.rng.bytes(16), issuedAtMs: nowMs };
    const token = Buffer.from(this.secrets.seal('sign-in', '', codec.encode(content))).toString('base64');
    return { text: this.#textOf(content), token };
  }

  /** The challenge of a token that is still open, for `use`. */
  tryOpen(token: string, nowMs: number): { readonly text: string; readonly nonce: string } | undefined {
    const sealed = token.length > maxTokenLength ? undefined : Buffer.from(token, 'base64');
    const bytes = sealed === undefined ? undefined : this.secrets.tryOpen('sign-in', '', sealed);
    if (bytes === undefined) return undefined;
    const content = codec.decode(bytes);
    const nonce = toHex(content.nonce);
    const isOpen = nowMs < content.issuedAtMs + lifetimeMs && equalBytes(content.process, this.#process);
    return isOpen && !this.#used.has(nonce) ? { text: this.#textOf(content), nonce } : undefined;
  }

  /** Closes a challenge. False while too many were used in a short time. */
  use(nonce: string, nowMs: number): boolean {
    for (const [used, untilMs] of this.#used) {
      if (untilMs > nowMs) break;
      this.#used.delete(used);
    }
    if (this.#used.size >= maxUsed) return false;
    // Later than the end of any challenge that is open now, so that the order of the map is that of the ends.
    this.#used.set(nonce, nowMs + lifetimeMs);
    return true;
  }

  #textOf({ nonce, issuedAtMs }: Content): string {
    return [
      'Sign in to a CESS gateway as the root of this account.',
      '',
      `Gateway: ${this.gateway}`,
      `Nonce: ${toHex(nonce)}`,
      `Issued at: ${new Date(issuedAtMs).toISOString()}`,
      `Expires at: ${new Date(issuedAtMs + lifetimeMs).toISOString()}`,
    ].join('\n');
  }
}
