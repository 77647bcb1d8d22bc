// The composition of the background work of one provider: upkeep and the audit duties (docs/protocol/audit.md). All
// providers of a process share the proof threads and the lanes.
import type { FragmentStore } from '@cess/fragment-store';
import { type BackgroundPorts, messageOf } from '@cess/primitives';
import { Prover } from './audit/prover.js';
import { RoundKeeper } from './audit/round-keeper.js';
import type { ProviderEvent } from './chain/chain-port.js';
import type { ProviderComponents } from './components.js';
import {
  defaultMaxRestorals,
  defaultRestoralIntervalMs,
  defaultRetentionSeconds,
  defaultScrubBytesPerSecond,
  defaultScrubIntervalMs,
  defaultUpkeepIntervalMs,
  type ProviderConfig,
} from './config.js';
import type { AttestedFragments } from './holdings/attested-fragments.js';
import type { DeclaredFiles } from './holdings/declared-files.js';
import { placeName, placeOf } from './holdings/place.js';
import { Upkeep } from './holdings/upkeep.js';
import { DutyCounts } from './metrics/duty-counts.js';
import type { DutyProgress } from './metrics/duty-progress.js';
import { observedProofs } from './metrics/observed-proofs.js';
import { observedTagMaker } from './metrics/observed-tag-maker.js';
import type { ProviderMetrics } from './metrics/provider-metrics.js';
import { FragmentRebuilder, type FragmentSource } from './repair/fragment-rebuilder.js';
import type { FragmentRepair } from './repair/fragment-repair.js';
import { PacedReader } from './repair/paced-reader.js';
import { Repairer } from './repair/repairer.js';
import { RestoralClaims } from './repair/restoral-claims.js';
import { Restorer } from './repair/restorer.js';
import { Scrubber } from './repair/scrubber.js';
import { TagMaker, type TagMaking } from './tagging/tag-maker.js';
import type { TagStore } from './tagging/tag-store.js';
import { Tagger } from './tagging/tagger.js';
import type { TeePort } from './tagging/tee-port.js';

export interface DutiesInit {
  readonly components: ProviderComponents;
  readonly config: ProviderConfig;
  readonly background: BackgroundPorts;
  readonly store: FragmentStore;
  readonly declaredFiles: DeclaredFiles;
  readonly attested: AttestedFragments;
  /** Closed by its opener, after the duties. */
  readonly tags: TagStore;
  readonly tee: TeePort;
  /** Reads fragments from other providers. */
  readonly source: FragmentSource;
  readonly ownIndex: () => number | undefined;
  readonly metrics: ProviderMetrics;
}

export class Duties {
  readonly #counts = new DutyCounts();
  readonly #upkeep: Upkeep;
  readonly #tagger: Tagger;
  readonly #prover: Prover;
  readonly #restorer: Restorer;
  /** Undefined when scrubbing is disabled. */
  readonly #scrubber: Scrubber | undefined;
  #unlisten: () => void = () => {};

  constructor(private readonly init: DutiesInit) {
    const { components, background, store, declaredFiles, tags, tee, ownIndex } = init;
    const { shared, duties: chain } = components;
    const { proofs, activity } = shared;
    const common = { ...background, store, declaredFiles, tags, chain, tee, ownIndex, proofs, activity };
    const maker = observedTagMaker(new TagMaker(common), init.metrics);
    const rebuilder = this.#counts.rebuilder(
      new FragmentRebuilder({ ...common, source: this.#counts.source(init.source) }),
    );
    const expirySeconds = () => Math.floor(background.timers.nowMs() / 1000) + retentionOf(init.config);
    const repairer = this.#counts.repairer(new Repairer({ ...common, rebuilder, expirySeconds }));
    this.#upkeep = this.#createUpkeep();
    this.#tagger = new Tagger({
      ...common,
      maker,
      lane: shared.heavy,
      repair: async (held, signal) => void (await repairer.repair(placeOf(held), signal)),
      intervalMs: init.config.upkeepIntervalMs ?? defaultUpkeepIntervalMs,
    });
    declaredFiles.listen(this.#tagger);
    this.#prover = this.#createProver(maker, repairer);
    const claims = this.#counts.claims(new RestoralClaims({ ...common, records: tags }));
    this.#restorer = new Restorer({
      ...common,
      claims,
      rebuilder,
      maker,
      lane: shared.heavy,
      expirySeconds,
      maxClaims: init.config.maxRestorals ?? defaultMaxRestorals,
      intervalMs: init.config.restoralIntervalMs ?? defaultRestoralIntervalMs,
      onRestored: (place) => this.#tagger.added(place),
    });
    this.#scrubber = this.#createScrubber(repairer);
  }

  start(): void {
    this.#upkeep.start();
    this.#tagger.start();
    this.#prover.start();
    this.#restorer.start();
    this.#scrubber?.start();
    this.#unlisten = this.init.components.duties.onConnected(() => {
      this.#tagger.recheck();
      this.#prover.recheck();
    });
  }

  /** Resolves when all of them have ended. */
  async stop(): Promise<void> {
    this.#unlisten();
    const all = [this.#upkeep, this.#tagger, this.#prover, this.#restorer, this.#scrubber];
    await Promise.all(all.map((duty) => duty?.stop()));
  }

  /** Takes the events of a finalized block, after the store has taken them. */
  observe(events: readonly ProviderEvent[]): void {
    const own = this.init.ownIndex();
    this.#counts.observe(events, own);
    this.#prover.observe(events);
    this.#restorer.observe(events);
    for (const event of events) {
      if (event.type !== 'lost' || event.provider !== own) continue;
      this.#tagger.taken(event).catch((error: unknown) => {
        const { logger } = this.init.background;
        logger.debug({ cause: messageOf(error) }, 'failed to record a loss; the next comparison with the chain will');
      });
    }
  }

  progress(): DutyProgress {
    return { ...this.init.tags.counts, toTag: this.#tagger.waiting, ...this.#counts.progress };
  }

  #createUpkeep(): Upkeep {
    const { components, config, background, store, declaredFiles, attested, tags, ownIndex } = this.init;
    const { chain, duties, clock } = components;
    return new Upkeep({
      ...background,
      store,
      declaredFiles,
      attested,
      chain,
      duties,
      restoring: () => new Set(tags.claims().map(placeName)),
      nowSeconds: () => Math.floor(clock.nowMs() / 1000),
      ownIndex,
      intervalMs: config.upkeepIntervalMs ?? defaultUpkeepIntervalMs,
    });
  }

  #createProver(maker: TagMaking, repairer: FragmentRepair): Prover {
    const { components, background, store, declaredFiles, tags, ownIndex } = this.init;
    const { shared, duties: chain } = components;
    const common = { ...background, store, declaredFiles, tags, chain, ownIndex };
    const proofs = observedProofs(shared.answers, this.init.metrics);
    const { activity } = shared;
    const keeper = { ...common, genesis: chain.genesis, proofs, activity, maker, repairer };
    const keep = this.#counts.rounds((ref, signal) => new RoundKeeper(keeper, ref).keep(signal));
    return new Prover({ ...common, keep });
  }

  #createScrubber(repairer: FragmentRepair): Scrubber | undefined {
    const { components, config, background, store, declaredFiles, ownIndex } = this.init;
    const { scrubBytesPerSecond: bytesPerSecond = defaultScrubBytesPerSecond } = config;
    if (bytesPerSecond <= 0) return undefined;
    const { timers } = background;
    const reader = new PacedReader({ store: this.#counts.scrubbedStore(store), timers, bytesPerSecond });
    return new Scrubber({
      ...background,
      store,
      declaredFiles,
      chain: components.duties,
      reader: this.#counts.reader(reader),
      repairer,
      missingRepairer: this.#counts.missingRepairer(repairer),
      lane: components.shared.scrub,
      ownIndex,
      intervalMs: config.scrubIntervalMs ?? defaultScrubIntervalMs,
    });
  }
}

function retentionOf({ retentionSeconds = defaultRetentionSeconds }: ProviderConfig): number {
  return retentionSeconds;
}
