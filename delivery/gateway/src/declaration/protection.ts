// The protection status of files for the header x-cess-status: unrecorded, lost, declared, tagged, proven. Queries to the chain
// have a short timeout, so a slow chain does not delay S3 responses.
import { sha256 } from '@cess/crypto';
import { concatBytes, delay, elementAt, type Logger, messageOf, toHex } from '@cess/primitives';
import type { GatewayChain, ProtectionStatus } from '../chain-port.js';

const maxWaitMs = 300;
const freshMs = 2_000;
/** How long queries are skipped after the chain failed to answer. */
const silenceMs = 5_000;
const maxRemembered = 10_000;
/** Files per query to the chain. */
const filesPerQuestion = 1_000;

export interface ProtectionInit {
  /** Whether the declaration of a stored file waits for its owner or an operator. */
  readonly isUnrecorded: (fileId: Uint8Array) => Promise<boolean>;
  readonly chain: Pick<GatewayChain, 'protectionOf'>;
  readonly nowMs: () => number;
  readonly logger: Logger;
}

interface Remembered {
  readonly status: ProtectionStatus;
  readonly atMs: number;
}

const order: readonly ProtectionStatus[] = ['lost', 'declared', 'tagged', 'proven'];

export class Protection {
  readonly #remembered = new Map<string, Remembered>();
  #silentUntilMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly init: ProtectionInit) {}

  isUnrecorded(fileId: Uint8Array): Promise<boolean> {
    return this.init.isUnrecorded(fileId);
  }

  /** Of the least protected of these declared files; `declared` when the chain does not answer in time. */
  async statusOf(fileIds: readonly Uint8Array[]): Promise<ProtectionStatus> {
    let least = order.length - 1;
    const until = this.init.nowMs() + maxWaitMs;
    for (let at = 0; at < fileIds.length && least > 0; at += filesPerQuestion) {
      const status = await this.#ask(fileIds.slice(at, at + filesPerQuestion), until - this.init.nowMs());
      least = Math.min(least, order.indexOf(status));
    }
    return elementAt(order, least);
  }

  async #ask(fileIds: readonly Uint8Array[], waitMs: number): Promise<ProtectionStatus> {
    const key = toHex(sha256(concatBytes(...fileIds)));
    const known = this.#remembered.get(key);
    if (known !== undefined && this.init.nowMs() - known.atMs < freshMs) return known.status;
    if (waitMs <= 0 || this.init.nowMs() < this.#silentUntilMs) return 'declared';
    const waiting = new AbortController();
    const tooLate = delay(waitMs, waiting.signal).then(
      () => undefined,
      () => undefined,
    );
    const asked = this.init.chain.protectionOf(fileIds).catch((error: unknown) => {
      this.init.logger.debug({ cause: messageOf(error) }, 'querying the status of files on chain failed');
      return undefined;
    });
    const status = await Promise.race([asked, tooLate]);
    waiting.abort();
    if (status === undefined) {
      // An unreachable chain delays an occasional response, not every one.
      this.#silentUntilMs = this.init.nowMs() + silenceMs;
      return 'declared';
    }
    this.#remembered.delete(key);
    this.#remembered.set(key, { status, atMs: this.init.nowMs() });
    const [oldest] = this.#remembered.keys();
    if (oldest !== undefined && this.#remembered.size > maxRemembered) this.#remembered.delete(oldest);
    return status;
  }
}
