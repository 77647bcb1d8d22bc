// Reads all held fragments again and again, slowly, and compares them with their roots (docs/protocol/audit.md §6.7). Bit
// rot is repaired while enough of the segment is left, before a round asks for the fragment. Each pass ends with the
// fragments that the chain assigns to this provider and that its disk does not know: they are rebuilt as well. The
// position within a pass is not persisted.
import type { FragmentPlace } from '@cess/client';
import type { FragmentStore, StoredFragment } from '@cess/fragment-store';
import { BackgroundLoop, type BackgroundPorts, messageOf } from '@cess/primitives';
import type { DutyChain } from '../chain/duty-chain.js';
import type { DeclaredFiles } from '../holdings/declared-files.js';
import { placeFields } from '../holdings/place.js';
import type { BackgroundLane } from '../scheduling/background-lane.js';
import type { FragmentRepair } from './fragment-repair.js';
import type { FragmentCheck } from './paced-reader.js';

/** Pause between the start and the first pass. A loss is to be found before a round asks for the fragment. */
const firstPauseMs = 60_000;

export interface ScrubberInit extends BackgroundPorts {
  readonly store: Pick<FragmentStore, 'fragments'>;
  readonly declaredFiles: DeclaredFiles;
  readonly chain: Pick<DutyChain, 'heldOnChain'>;
  readonly reader: FragmentCheck;
  /** Repairs fragments whose bytes are corrupt. */
  readonly repairer: FragmentRepair;
  /** Repairs fragments that the disk does not know. */
  readonly missingRepairer: FragmentRepair;
  readonly lane: BackgroundLane;
  readonly ownIndex: () => number | undefined;
  /** Pause between the passes. */
  readonly intervalMs: number;
}

export class Scrubber {
  readonly #loop: BackgroundLoop;

  constructor(private readonly init: ScrubberInit) {
    const { intervalMs: periodMs } = init;
    const task = (signal: AbortSignal) => this.pass(signal);
    const firstPause = Math.min(firstPauseMs, periodMs);
    this.#loop = new BackgroundLoop({ ...init, name: 'scrubber', task, periodMs, firstPauseMs: firstPause });
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Reads all held fragments once. Rejects when stopped. */
  async pass(signal: AbortSignal): Promise<void> {
    for (const held of this.init.store.fragments()) {
      await this.init.lane.run(() => this.#scrub(held, signal), signal);
    }
    await this.#repairMissing(signal);
  }

  async #scrub(held: StoredFragment, signal: AbortSignal): Promise<void> {
    if ((await this.init.reader.check(held, signal)) !== 'corrupt') return;
    const { fileId, segment, fragment } = held;
    if (fileId === undefined) {
      // Before the declaration the other fragments of the segment may not exist. The gateway learns that this one is gone.
      await this.init.declaredFiles.deleteFragment(held, undefined);
      this.init.logger.warn({ segment, fragment }, 'removed a corrupt fragment that is not declared');
      return;
    }
    await this.#repair(this.init.repairer, { fileId, segment, fragment }, signal);
  }

  async #repairMissing(signal: AbortSignal): Promise<void> {
    const own = this.init.ownIndex();
    if (own === undefined) return;
    const isKnown = (place: FragmentPlace) => this.init.declaredFiles.at(place) !== undefined;
    for await (const page of this.init.chain.heldOnChain(own)) {
      for (const place of page) {
        if (isKnown(place)) continue;
        const repair = async () => {
          if (!isKnown(place)) await this.#repair(this.init.missingRepairer, place, signal);
        };
        await this.init.lane.run(repair, signal);
      }
    }
  }

  /** A failed repair is logged. The next pass retries it. */
  async #repair(repairer: FragmentRepair, place: FragmentPlace, signal: AbortSignal): Promise<void> {
    try {
      await repairer.repair(place, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      this.init.logger.error({ ...placeFields(place), cause: messageOf(error) }, 'failed to rebuild a lost fragment');
    }
  }
}
