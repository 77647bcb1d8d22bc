// Places the n fragments of one segment on n distinct providers (docs/architecture.md, "Flow: store an object"): all in parallel, failed
// or slow providers replaced by others of the draw, done when all are placed, or when the durability quorum is
// reached and the rest did not come within a grace period (they stay holes that are filled later).

import { verifyEd25519 } from '@cess/crypto';
import type { ProviderClient } from '@cess/node-api';
import { aborted, CessError, elementAt, equalBytes, handledElsewhere, type Logger, messageOf } from '@cess/primitives';
import { type OrderPlace, type Receipt, receiptMessage } from '@cess/types';
import { dataPathError } from '../errors.js';
import type { ProviderDirectory } from './provider-directory.js';
import type { ProviderInfo } from './provider-info.js';

interface PlacedFragment {
  readonly root: Uint8Array;
  readonly length: number;
  /** The fragment's bytes, in pieces. */
  readonly pieces: readonly Uint8Array[];
}

export interface SegmentPlacement {
  readonly genesis: Uint8Array;
  /** Account of this gateway. */
  readonly gateway: Uint8Array;
  readonly orderId: Uint8Array;
  readonly segment: number;
  readonly k: number;
  readonly fragments: readonly PlacedFragment[];
  readonly signal: AbortSignal;
}

/** One fragment for one provider that is not among `except`. */
export interface SinglePlacement extends Omit<SegmentPlacement, 'fragments' | 'k'> {
  readonly fragment: PlacedFragment & { readonly index: number };
  readonly except: ReadonlySet<number>;
}

export interface SegmentPlacerInit {
  readonly directory: ProviderDirectory;
  readonly client: ProviderClient;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** After the quorum, how long the remaining fragments may take. */
  readonly graceMs?: number;
  /** Called when a provider did not delete a fragment of an upload that failed. */
  readonly onOrphan?: (provider: number, place: OrderPlace) => void;
}

/** How long a receipt must at least promise to keep an undeclared fragment. */
const minKeepSeconds = 24 * 3600;
const slowCheckIntervalMs = 200;
const slowFloorMs = 1_500;
const deleteTimeoutMs = 10_000;

/** q = k + ceil(3 m / 4): how many synced fragments make a segment durable (docs/protocol/data-path.md §8). */
export function durabilityQuorum(k: number, n: number): number {
  return k + Math.ceil((3 * (n - k)) / 4);
}

/** Since the start: fragments that were placed, and attempts at them after the first. */
export interface PlacementCounts {
  placed: number;
  replaced: number;
}

export class SegmentPlacer {
  readonly #counts: PlacementCounts = { placed: 0, replaced: 0 };

  constructor(private readonly init: SegmentPlacerInit) {}

  get counts(): Readonly<PlacementCounts> {
    return this.#counts;
  }

  /** Holder of each fragment, undefined for a hole. Throws `GATEWAY_TOO_FEW_PROVIDERS` below the quorum. */
  place(placement: SegmentPlacement): Promise<(number | undefined)[]> {
    return new PlacementRun(this.init, placement, this.#counts).run();
  }

  /** Asks a provider to delete a fragment that will not be declared. If it does not, the fragment expires there. */
  forget(holder: number, place: OrderPlace): void {
    const provider = this.init.directory.get(holder);
    if (provider !== undefined) deleteUndeclared(this.init, provider, place);
  }

  /** The same for a fragment of an upload that failed as a whole: nobody will store anything at its places again. */
  discard(holder: number, place: OrderPlace): void {
    discardUndeclared(this.init, holder, place);
  }

  /** The same of many fragments of one holder. */
  discardAll(holder: number, places: readonly OrderPlace[]): void {
    const { client, directory, logger, onOrphan } = this.init;
    const provider = directory.get(holder);
    const giveUp = () => {
      for (const place of places) onOrphan?.(holder, place);
    };
    if (provider === undefined) return giveUp();
    client.discardFragments(provider, places, AbortSignal.timeout(deleteTimeoutMs)).catch((error) => {
      logger.debug({ provider: holder, cause: messageOf(error) }, 'discarding undeclared fragments failed');
      giveUp();
    });
  }

  /** The provider that took the fragment, after trying one after another. Throws `GATEWAY_TOO_FEW_PROVIDERS`. */
  async placeOne({ fragment, except, ...placement }: SinglePlacement): Promise<number> {
    const { orderId, segment, signal } = placement;
    for (const provider of this.init.directory.draw(fragment.length, except)) {
      signal.throwIfAborted();
      const place = { orderId, segment, fragment: fragment.index };
      try {
        const receipt = await this.init.client.putFragment(provider, place, fragment.root, fragment.pieces, signal);
        checkReceipt(receipt, { ...placement, fragment }, provider, this.init.nowMs());
        this.#counts.placed++;
        return provider.index;
      } catch (error) {
        this.#counts.replaced++;
        this.init.directory.reportFailure(provider.index, error);
      }
    }
    throw dataPathError('GATEWAY_TOO_FEW_PROVIDERS');
  }
}

type ExpectedReceipt = Pick<SinglePlacement, 'genesis' | 'gateway' | 'orderId' | 'segment' | 'fragment'>;

/** Throws `PROVIDER_BAD_RECEIPT` unless the receipt says exactly what was asked and its signature holds. */
function checkReceipt(receipt: Receipt, expected: ExpectedReceipt, provider: ProviderInfo, nowMs: number): void {
  const { genesis, gateway, orderId, segment, fragment } = expected;
  const matches =
    receipt.provider === provider.index &&
    receipt.segment === segment &&
    receipt.fragment === fragment.index &&
    receipt.length === fragment.length &&
    receipt.expirySeconds >= nowMs / 1000 + minKeepSeconds &&
    equalBytes(receipt.genesis, genesis) &&
    equalBytes(receipt.gateway, gateway) &&
    equalBytes(receipt.orderId, orderId) &&
    equalBytes(receipt.root, fragment.root);
  if (!matches || !verifyEd25519(receipt.signature, receiptMessage(receipt), provider.nodeKey)) {
    throw new CessError('PROVIDER_BAD_RECEIPT', 'The provider answered with a receipt that does not hold.', {
      provider: provider.index,
    });
  }
}

interface Attempt {
  readonly fragment: number;
  readonly provider: ProviderInfo;
  readonly controller: AbortController;
  readonly startedAtMs: number;
}

class PlacementRun {
  readonly #holders: (number | undefined)[];
  readonly #running = new Set<Attempt>();
  readonly #begun = new Set<number>();
  readonly #durationsMs: number[] = [];
  readonly #spare: ProviderInfo[];
  readonly #quorum: number;
  #placed = 0;
  #ended = false;
  #settle!: (error?: unknown) => void;
  #graceTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly init: SegmentPlacerInit,
    private readonly placement: SegmentPlacement,
    private readonly counts: PlacementCounts,
  ) {
    const { fragments, k } = placement;
    this.#holders = fragments.map(() => undefined);
    this.#quorum = durabilityQuorum(k, fragments.length);
    this.#spare = init.directory.draw(elementAt(fragments, 0).length, new Set());
  }

  async run(): Promise<(number | undefined)[]> {
    const { signal, fragments } = this.placement;
    const done = new Promise<void>((resolve, reject) => {
      this.#settle = (error) => (error === undefined ? resolve() : reject(error));
    });
    // It may reject before anyone waits for it: the request was aborted and there are too few providers.
    handledElsewhere(done);
    const onAbort = () => this.#settle(aborted());
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const slowTimer = setInterval(() => this.#replaceSlow(), slowCheckIntervalMs);
    try {
      if (this.#spare.length < this.#quorum) {
        throw dataPathError('GATEWAY_TOO_FEW_PROVIDERS', { eligible: this.#spare.length, needed: this.#quorum });
      }
      for (const fragment of fragments.keys()) this.#begin(fragment);
      this.#checkEnd();
      await done;
      return this.#holders;
    } catch (error) {
      this.#abandon();
      throw error;
    } finally {
      this.#ended = true;
      clearInterval(slowTimer);
      clearTimeout(this.#graceTimer);
      signal.removeEventListener('abort', onAbort);
      for (const attempt of this.#running) attempt.controller.abort();
    }
  }

  /** Starts an attempt for a fragment with the next spare provider, if there is one. */
  #begin(fragment: number): void {
    const provider = this.#spare.shift();
    if (provider === undefined) return;
    if (this.#begun.has(fragment)) this.counts.replaced++;
    this.#begun.add(fragment);
    const attempt = { fragment, provider, controller: new AbortController(), startedAtMs: this.init.nowMs() };
    this.#running.add(attempt);
    this.#store(attempt).then(
      () => this.#succeed(attempt),
      (error: unknown) => this.#fail(attempt, error),
    );
  }

  async #store({ fragment, provider, controller }: Attempt): Promise<void> {
    const { orderId, segment, fragments } = this.placement;
    const placed = elementAt(fragments, fragment);
    const place = { orderId, segment, fragment };
    const receipt = await this.init.client.putFragment(provider, place, placed.root, placed.pieces, controller.signal);
    checkReceipt(receipt, { ...this.placement, fragment: { ...placed, index: fragment } }, provider, this.init.nowMs());
  }

  #succeed(attempt: Attempt): void {
    this.#running.delete(attempt);
    const { fragment, provider } = attempt;
    if (this.#ended || this.#holders[fragment] !== undefined) {
      this.#forget(fragment, provider);
      return;
    }
    const durationMs = this.init.nowMs() - attempt.startedAtMs;
    this.#durationsMs.push(durationMs);
    this.#holders[fragment] = provider.index;
    this.#placed++;
    this.counts.placed++;
    for (const rival of this.#running) if (rival.fragment === fragment) rival.controller.abort();
    this.#checkEnd();
  }

  #fail(attempt: Attempt, error: unknown): void {
    this.#running.delete(attempt);
    const { fragment, provider, controller } = attempt;
    // It may have stored all of it before it was told to stop.
    if (controller.signal.aborted) this.#forget(fragment, provider);
    else this.init.directory.reportFailure(provider.index, error);
    if (this.#ended) return;
    const covered =
      this.#holders[fragment] !== undefined || [...this.#running].some((other) => other.fragment === fragment);
    if (!covered && !this.placement.signal.aborted) this.#begin(fragment);
    this.#checkEnd();
  }

  #checkEnd(): void {
    const n = this.#holders.length;
    if (this.#placed === n) return this.#settle();
    if (this.#placed + this.#unplacedRunning() < this.#quorum) {
      return this.#settle(dataPathError('GATEWAY_TOO_FEW_PROVIDERS', { placed: this.#placed, needed: this.#quorum }));
    }
    if (this.#placed < this.#quorum) return;
    if (this.#running.size === 0) return this.#settle();
    this.#graceTimer ??= setTimeout(() => this.#settle(), this.init.graceMs ?? 1_000);
  }

  #unplacedRunning(): number {
    return new Set([...this.#running].map(({ fragment }) => fragment).filter((f) => this.#holders[f] === undefined))
      .size;
  }

  /** Gives a rival to every attempt that takes much longer than the others did. */
  #replaceSlow(): void {
    if (this.#durationsMs.length * 2 < this.#holders.length) return;
    const sorted = [...this.#durationsMs].sort((a, b) => a - b);
    const limitMs = Math.max(slowFloorMs, 4 * elementAt(sorted, Math.floor(sorted.length / 2)));
    for (const attempt of [...this.#running]) {
      const alone = ![...this.#running].some((other) => other !== attempt && other.fragment === attempt.fragment);
      if (alone && this.#spare.length > 0 && this.init.nowMs() - attempt.startedAtMs > limitMs) {
        this.init.directory.reportFailure(attempt.provider.index, new Error('slow upload'));
        this.#begin(attempt.fragment);
      }
    }
  }

  /** After a failure nothing may be left behind. */
  #abandon(): void {
    const { orderId, segment } = this.placement;
    this.#holders.forEach((holder, fragment) => {
      if (holder !== undefined) discardUndeclared(this.init, holder, { orderId, segment, fragment });
    });
  }

  #forget(fragment: number, provider: ProviderInfo): void {
    const { orderId, segment } = this.placement;
    deleteUndeclared(this.init, provider, { orderId, segment, fragment });
  }
}

/** Does not wait. If the provider does not answer, `onOrphan` is told. */
function discardUndeclared(init: SegmentPlacerInit, holder: number, place: OrderPlace): void {
  const provider = init.directory.get(holder);
  if (provider === undefined) init.onOrphan?.(holder, place);
  else deleteUndeclared(init, provider, place, () => init.onOrphan?.(holder, place));
}

/** Does not wait. A provider that cannot be reached deletes the fragment when its undeclared time expires. */
function deleteUndeclared(
  { client, logger }: SegmentPlacerInit,
  provider: ProviderInfo,
  place: OrderPlace,
  onFailed: () => void = () => {},
): void {
  client.deleteFragment(provider, place, AbortSignal.timeout(deleteTimeoutMs)).catch((error) => {
    logger.debug({ provider: provider.index, cause: messageOf(error) }, 'deleting an undeclared fragment failed');
    onFailed();
  });
}
