// Reads everything that is held again and again, slowly, against its roots (docs/protocol/audit.md §6.7): bit rot is found and
// repaired while there is enough of the segment left, not when a round asks. At the end of a pass, what the chain says
// this provider holds and the disk does not know of is rebuilt as well. The place is kept in memory only.
import type { FragmentPlace } from '@cess/client';
import type { FragmentStore, StoredFragment } from '@cess/fragment-store';
import { BackgroundLoop, type BackgroundPorts, isCessError, messageOf } from '@cess/primitives';
import type { DutyChain } from '../chain/duty-chain.js';
import type { DeclaredFiles } from '../holdings/declared-files.js';
import { placeFields } from '../holdings/place.js';
import { hashHeld } from '../holdings/read-fragment.js';
import type { BackgroundLane } from '../scheduling/background-lane.js';
import type { Repairer } from './repairer.js';

/** The rate is held over pieces of this size. */
const paceBytes = 1_048_576;
/** From the start to the first pass: a disk that lost something is to be found before it is asked. */
const firstPauseMs = 60_000;

export interface ScrubberInit extends BackgroundPorts {
  readonly store: FragmentStore;
  readonly declared: DeclaredFiles;
  readonly chain: Pick<DutyChain, 'heldOnChain'>;
  readonly repairer: Repairer;
  readonly lane: BackgroundLane;
  readonly ownIndex: () => number | undefined;
  readonly bytesPerSecond: number;
  /** Pause between the passes. */
  readonly intervalMs: number;
}

export interface ScrubCounts {
  /** Fragments that were read. */
  readonly scrubbed: number;
  /** Bytes of them. */
  readonly scrubbedBytes: number;
  /** Those of them that were rotten, and those that were gone. */
  readonly rotten: number;
}

export class Scrubber {
  readonly #loop: BackgroundLoop;
  #counts = { scrubbed: 0, scrubbedBytes: 0, rotten: 0 };

  constructor(private readonly init: ScrubberInit) {
    const { intervalMs: periodMs } = init;
    const task = (signal: AbortSignal) => this.pass(signal);
    const firstPause = Math.min(firstPauseMs, periodMs);
    this.#loop = new BackgroundLoop({ ...init, name: 'scrubber', task, periodMs, firstPauseMs: firstPause });
  }

  get counts(): ScrubCounts {
    return { ...this.#counts };
  }

  /** With a rate of 0 nothing is ever read. */
  start(): void {
    if (this.init.bytesPerSecond > 0) this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  /** Reads all that is held once. Rejects when stopped. */
  async pass(signal: AbortSignal): Promise<void> {
    for (const held of this.init.store.fragments()) {
      await this.init.lane.run(() => this.#scrub(held, signal), signal);
    }
    await this.#repairVanished(signal);
  }

  async #scrub(held: StoredFragment, signal: AbortSignal): Promise<void> {
    const { store, timers, bytesPerSecond } = this.init;
    let unpaced = 0;
    const pace = async (piece: Uint8Array) => {
      unpaced += piece.length;
      this.#counts.scrubbedBytes += piece.length;
      if (unpaced < paceBytes) return;
      await timers.sleep((unpaced / bytesPerSecond) * 1000, signal);
      unpaced = 0;
    };
    try {
      await hashHeld(store, held, pace);
      await timers.sleep((unpaced / bytesPerSecond) * 1000, signal);
    } catch (error) {
      if (signal.aborted || !isCessError(error, 'PROVIDER_FRAGMENT_ROTTEN')) throw error;
      // Deleted while it was read.
      if (store.get(held) === undefined) return;
      await this.#rotten(held, signal);
    }
    this.#counts.scrubbed++;
  }

  async #rotten(held: StoredFragment, signal: AbortSignal): Promise<void> {
    this.#counts.rotten++;
    const { fileId, segment, fragment } = held;
    if (fileId === undefined) {
      // Nobody has the others of it for sure yet: better its gateway learns that it is not here.
      await this.init.declared.deleteFragment(held, undefined);
      this.init.logger.warn({ segment, fragment }, 'an undeclared fragment was rotten and has been removed');
      return;
    }
    await this.#repair({ fileId, segment, fragment }, signal);
  }

  async #repairVanished(signal: AbortSignal): Promise<void> {
    const own = this.init.ownIndex();
    if (own === undefined) return;
    for await (const page of this.init.chain.heldOnChain(own)) {
      for (const place of page) {
        if (this.init.declared.at(place) !== undefined) continue;
        await this.init.lane.run(() => this.#vanished(place, signal), signal);
      }
    }
  }

  async #vanished(place: FragmentPlace, signal: AbortSignal): Promise<void> {
    if (this.init.declared.at(place) !== undefined) return;
    if (await this.#repair(place, signal)) this.#counts.rotten++;
  }

  async #repair(place: FragmentPlace, signal: AbortSignal): Promise<boolean> {
    try {
      return await this.init.repairer.repair(place, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      this.init.logger.error(
        { ...placeFields(place), cause: messageOf(error) },
        'a lost fragment could not be rebuilt',
      );
      return false;
    }
  }
}
