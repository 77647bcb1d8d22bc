// The audit duties of one provider (docs/protocol/audit.md), put together: tagging, proving, restoral, scrubbing. They share
// the proof thread and the lanes of background work with all providers of the process.
import type { FragmentStore } from '@cess/fragment-store';
import { type BackgroundPorts, messageOf } from '@cess/primitives';
import { Prover } from './audit/prover.js';
import type { ProviderEvent } from './chain/chain-port.js';
import type { DutyChain } from './chain/duty-chain.js';
import {
  defaultMaxRestorals,
  defaultRestoralIntervalMs,
  defaultRetentionSeconds,
  defaultScrubBytesPerSecond,
  defaultScrubIntervalMs,
  defaultUpkeepIntervalMs,
  type ProviderConfig,
} from './config.js';
import type { DeclaredFiles } from './holdings/declared-files.js';
import { placeName, placeOf } from './holdings/place.js';
import type { DutyProgress } from './metrics/duty-progress.js';
import { ObservedTagMaker } from './metrics/observed-tag-maker.js';
import type { ProviderMetrics } from './metrics/provider-metrics.js';
import { FragmentRebuilder, type FragmentSource } from './repair/fragment-rebuilder.js';
import { Repairer } from './repair/repairer.js';
import { Restorer } from './repair/restorer.js';
import { Scrubber } from './repair/scrubber.js';
import type { SharedWork } from './scheduling/shared-work.js';
import type { TagStore } from './tagging/tag-store.js';
import { Tagger } from './tagging/tagger.js';
import type { TeePort } from './tagging/tee-port.js';

export interface DutiesInit {
  readonly store: FragmentStore;
  readonly declared: DeclaredFiles;
  /** Closed by whoever opened it, after the duties. */
  readonly tags: TagStore;
  readonly chain: DutyChain;
  readonly tee: TeePort;
  /** Reads from other providers as this one. */
  readonly source: FragmentSource;
  readonly shared: SharedWork;
  readonly ownIndex: () => number | undefined;
  readonly config: ProviderConfig;
  readonly background: BackgroundPorts;
  readonly metrics: ProviderMetrics;
}

export class Duties {
  readonly #tagger: Tagger;
  readonly #prover: Prover;
  readonly #rebuilder: FragmentRebuilder;
  readonly #restorer: Restorer;
  readonly #repairer: Repairer;
  readonly #scrubber: Scrubber;
  #unlisten: () => void = () => {};

  constructor(private readonly init: DutiesInit) {
    const { declared, tags, config, shared, background } = init;
    const { timers, rng, logger } = background;
    const { activity } = shared;
    const proofs = init.metrics.timedProofs(shared.proofs);
    const common = { ...init, ...background, activity, proofs };
    const retention = config.retentionSeconds ?? defaultRetentionSeconds;
    const expirySeconds = () => Math.floor(timers.nowMs() / 1000) + retention;
    this.#rebuilder = new FragmentRebuilder({
      chain: init.chain,
      source: init.source,
      proofs,
      rng,
      logger,
    });
    const rebuilder = this.#rebuilder;
    this.#repairer = new Repairer({ ...common, rebuilder, expirySeconds });
    const repairer = this.#repairer;
    const maker = new ObservedTagMaker(common, init.metrics);
    this.#tagger = new Tagger({
      ...common,
      maker,
      lane: shared.heavy,
      repair: async (held, signal) => void (await repairer.repair(placeOf(held), signal)),
      intervalMs: config.upkeepIntervalMs ?? defaultUpkeepIntervalMs,
    });
    declared.listen(this.#tagger);
    this.#prover = new Prover({
      ...common,
      proofs: shared.answers,
      genesis: init.chain.genesis,
      maker,
      repair: (place, signal) => repairer.repair(place, signal),
    });
    this.#restorer = new Restorer({
      ...common,
      notes: tags,
      rebuilder,
      lane: shared.heavy,
      expirySeconds,
      maxClaims: config.maxRestorals ?? defaultMaxRestorals,
      intervalMs: config.restoralIntervalMs ?? defaultRestoralIntervalMs,
      onRestored: (place) => this.#tagger.added(place),
    });
    this.#scrubber = new Scrubber({
      ...common,
      repairer,
      lane: shared.scrub,
      bytesPerSecond: config.scrubBytesPerSecond ?? defaultScrubBytesPerSecond,
      intervalMs: config.scrubIntervalMs ?? defaultScrubIntervalMs,
    });
  }

  start(): void {
    this.#tagger.start();
    this.#prover.start();
    this.#restorer.start();
    this.#scrubber.start();
    this.#unlisten = this.init.chain.onConnected(() => {
      this.#tagger.recheck();
      this.#prover.recheck();
    });
  }

  /** Resolves when nothing of them runs. */
  async stop(): Promise<void> {
    this.#unlisten();
    await Promise.all([this.#tagger.stop(), this.#prover.stop(), this.#restorer.stop(), this.#scrubber.stop()]);
  }

  /** Takes what a finalized block says, after the store has. */
  observe(events: readonly ProviderEvent[]): void {
    this.#prover.observe(events);
    this.#restorer.observe(events);
    for (const event of events) {
      if (event.type !== 'lost' || event.provider !== this.init.ownIndex()) continue;
      this.#tagger.taken(event).catch((error: unknown) => {
        this.init.background.logger.debug(
          { cause: messageOf(error) },
          'a loss is noted at the next comparison with the chain',
        );
      });
    }
  }

  /** Names of places that this provider is restoring or has just restored. */
  restoring(): ReadonlySet<string> {
    return new Set(this.init.tags.claims().map(placeName));
  }

  progress(): DutyProgress {
    return {
      ...this.init.tags.counts,
      toTag: this.#tagger.waiting,
      lastProofRound: this.#prover.lastRound,
      proofs: this.#prover.counts,
      claimed: this.#restorer.claimed,
      restored: this.#restorer.restored,
      repaired: this.#repairer.repaired,
      ...this.#rebuilder.counts,
      ...this.#scrubber.counts,
    };
  }
}
