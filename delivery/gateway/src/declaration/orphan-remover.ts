// Removes orphans: fragments that providers stored for uploads of this gateway that never completed. No record is written per
// upload.
//  - When the DELETE of a failed upload does not reach its provider, it is retried.
//  - After a restart, the gateway asks every provider once for the undeclared fragments of this gateway. Fragments whose order is not in
//    the index belong to uploads that were interrupted when the former process ended.
// An acknowledged fragment must never be taken for an orphan, hence three conditions. Uploads in progress are not in the index
// yet: only fragments from before the start of this process count. An index that was restored from a backup lacks the orders
// entered after the backup: fragments from after the last heartbeat in the index do not count. An unreadable file record hides its
// order: then nothing is removed. A provider keeps what it attested until the attestation expires, and then asks the chain.
import type { ProviderDirectory, ProviderInfo } from '@cess/data-path';
import type { ProviderClient } from '@cess/node-api';
import { lastAliveMs, markAlive, type ObjectIndex } from '@cess/object-index';
import { BackgroundLoop, type BackgroundPorts, isCessError, messageOf, type Startable, toHex } from '@cess/primitives';
import type { Kv } from '@cess/store';
import type { OrderPlace } from '@cess/types';

export interface OrphanRemoverInit extends BackgroundPorts {
  readonly kv: Kv;
  /** Other gateways use the index: fragments without an order in it may belong to their uploads. Default false. */
  readonly isShared?: boolean;
  readonly index: Pick<ObjectIndex, 'listOrders'>;
  readonly client: Pick<ProviderClient, 'deleteFragment' | 'listUndeclared'>;
  readonly directory: Pick<ProviderDirectory, 'all' | 'get'>;
  /** A clock that never jumps. */
  readonly monotonicMs?: () => number;
}

interface Orphan {
  readonly provider: number;
  readonly place: OrderPlace;
}

const periodMs = 20_000;
const requestTimeoutMs = 10_000;
/** Retries that wait; of more, providers delete the fragments when their undeclared time ends. */
const maxRetries = 20_000;
/** Rounds in which a deletion is tried: about an hour. */
const maxRounds = 180;
const deletionsAtOnce = 16;
const filesPerPage = 500;
/** How much older than the process a fragment must be: providers count whole seconds. */
const marginSeconds = 1;
/** A former process stored fragments for at most this long after its last heartbeat. */
const silenceMs = 3 * periodMs;

export class OrphanRemover implements Startable {
  readonly #loop: BackgroundLoop;
  readonly #monotonicMs: () => number;
  /** Uploads begin after it. */
  #startedAtMs = 0;
  /** Deletions to be sent again, with the rounds so far. */
  #retries = new Map<Orphan, number>();
  /** Providers whose undeclared fragments were compared with the index. */
  readonly #compared = new Set<number>();
  #aliveBeforeMs: number | undefined;
  #rounds = 0;

  constructor(private readonly init: OrphanRemoverInit) {
    this.#monotonicMs = init.monotonicMs ?? (() => performance.now());
    const task = (signal: AbortSignal) => this.#round(signal);
    this.#loop = new BackgroundLoop({ ...init, name: 'orphans', task, periodMs });
  }

  /** Called before the first upload is accepted. */
  async start(): Promise<void> {
    this.#startedAtMs = this.#monotonicMs();
    if (this.init.isShared !== true) this.#aliveBeforeMs = lastAliveMs(this.init.kv);
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Sends the deletion of a fragment of a failed upload again. Nothing may be stored at its place afterwards. */
  retry(provider: number, place: OrderPlace): void {
    if (this.#retries.size < maxRetries) this.#retries.set({ provider, place }, 0);
  }

  async #round(signal: AbortSignal): Promise<void> {
    await markAlive(this.init.kv, this.init.timers.nowMs());
    const orphans = [...this.#retries.keys()];
    const isComparing = this.#aliveBeforeMs !== undefined && this.#rounds++ < maxRounds;
    if (isComparing) orphans.push(...(await this.#findOrphans(signal)));
    for (let at = 0; at < orphans.length && !signal.aborted; at += deletionsAtOnce) {
      await Promise.all(orphans.slice(at, at + deletionsAtOnce).map((orphan) => this.#remove(orphan)));
    }
  }

  async #remove(orphan: Orphan): Promise<void> {
    const { directory, client, logger } = this.init;
    const provider = directory.get(orphan.provider);
    const rounds = (this.#retries.get(orphan) ?? 0) + 1;
    this.#retries.delete(orphan);
    try {
      if (provider !== undefined) {
        await client.deleteFragment(provider, orphan.place, AbortSignal.timeout(requestTimeoutMs));
        return;
      }
    } catch (error) {
      if (!isCessError(error)) throw error;
      logger.debug({ provider: orphan.provider, cause: messageOf(error) }, 'a provider did not delete an orphan');
      if (isRefusal(error)) return;
    }
    if (rounds < maxRounds && this.#retries.size < maxRetries) this.#retries.set(orphan, rounds);
  }

  /** Orphans of providers that were not compared yet and that answer now. */
  async #findOrphans(signal: AbortSignal): Promise<Orphan[]> {
    const { directory, logger } = this.init;
    const candidates: Orphan[] = [];
    const answered: number[] = [];
    for (const provider of directory.all()) {
      if (signal.aborted || this.#compared.has(provider.index)) continue;
      const old = await this.#fragmentsOfFormerProcess(provider, signal);
      if (old === undefined) continue;
      candidates.push(...old.map((place) => ({ provider: provider.index, place })));
      answered.push(provider.index);
    }
    const unknown = candidates.length === 0 ? new Set<string>() : await this.#unknownOrders(candidates);
    for (const index of answered) this.#compared.add(index);
    const orphans = candidates.filter(({ place }) => unknown.has(toHex(place.orderId)));
    if (orphans.length > 0) logger.info({ fragments: orphans.length }, 'removing fragments of interrupted uploads');
    return orphans;
  }

  /** Undefined when the provider does not answer. */
  async #fragmentsOfFormerProcess(provider: ProviderInfo, signal: AbortSignal): Promise<OrderPlace[] | undefined> {
    const { client, logger, timers } = this.init;
    const found: OrderPlace[] = [];
    let after: Uint8Array | undefined;
    try {
      for (;;) {
        const timeout = AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]);
        const { fragments, isComplete } = await client.listUndeclared(provider, after, timeout);
        const upSeconds = (this.#monotonicMs() - this.#startedAtMs) / 1000;
        const now = timers.nowMs();
        for (const { ageSeconds, ...place } of fragments) {
          const isOfIndex = now - ageSeconds * 1000 <= (this.#aliveBeforeMs ?? 0) + silenceMs;
          if (ageSeconds > upSeconds + marginSeconds && isOfIndex) found.push(place);
        }
        after = fragments.at(-1)?.orderId;
        if (isComplete || after === undefined) return found;
      }
    } catch (error) {
      if (!isCessError(error)) throw error;
      logger.debug({ provider: provider.index, cause: messageOf(error) }, 'a provider did not list its fragments');
      return undefined;
    }
  }

  /** Orders (hex) of the candidates that no file of the index has. Reads the index in pages. */
  async #unknownOrders(candidates: readonly Orphan[]): Promise<ReadonlySet<string>> {
    const { index, logger } = this.init;
    const unknown = new Set(candidates.map(({ place }) => toHex(place.orderId)));
    let page = await index.listOrders(filesPerPage);
    while (page.length > 0) {
      for (const { fileId, orderId } of page) {
        if (orderId === undefined) {
          logger.warn({ file: toHex(fileId) }, 'the record of a file cannot be read; no orphans are removed');
          return new Set();
        }
        unknown.delete(toHex(orderId));
      }
      await new Promise((resolve) => setImmediate(resolve));
      page = await index.listOrders(filesPerPage, page.at(-1)?.fileId);
    }
    return unknown;
  }
}

/** The provider will not delete it, however often it is asked, for example because it is declared. */
function isRefusal(error: unknown): boolean {
  if (!isCessError(error, 'PROVIDER_REFUSED')) return false;
  const { status } = error.data as { readonly status?: unknown };
  return typeof status === 'number' && status < 500;
}
