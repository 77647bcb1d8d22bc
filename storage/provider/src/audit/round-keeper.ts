// Handles one round of this provider (docs/protocol/audit.md §4): answers it while it is open, and disputes a wrong verdict.
// Each attempt starts from the state of a finalized block. While the round is open, the keeper repairs missing and corrupt
// fragments, builds a proof, verifies it and only then submits it. It concedes only when a repair does not finish in time.
import type { RoundRef, SlotInfo } from '@cess/client';
import { challengeAsOf, slotsAsOf } from '@cess/client/audit';
import { aborted, CessError, isCessError, type Logger, messageOf, type Timers, toHex } from '@cess/primitives';
import type { Challenge } from '@cess/proofs';
import type { DutyChain, RoundView, WorkerTagKey } from '../chain/duty-chain.js';
import { placeFields, placeName } from '../holdings/place.js';
import type { TagKeyWithSrs } from '../proof-worker/proof-tasks.js';
import type { FragmentRepair } from '../repair/fragment-repair.js';
import type { ForegroundActivity } from '../scheduling/background-lane.js';
import type { TagMaking } from '../tagging/tag-maker.js';
import { type BlockSources, challengedBlocks, isThere, placeOfSlot } from './challenged-blocks.js';
import { type DiagnosisInit, type Fault, findFaults } from './diagnosis.js';

/** With more damaged fragments than this the round is conceded. */
const maxRepairs = 8;
/** After this share of the time for the proof, fragments that could not be repaired are conceded. */
const concedeShare = 0.6;
/** For this share of the time for the proof, the answer waits until no upload is running. */
const patientShare = 0.3;
const leastPauseMs = 500;
const mostPauseMs = 8_000;

export interface RoundKeeperInit extends BlockSources, DiagnosisInit {
  readonly chain: Pick<DutyChain, 'genesis' | 'tagKey' | 'round' | 'submitProof' | 'concede' | 'dispute'>;
  readonly maker: TagMaking;
  readonly timers: Timers;
  readonly activity: Pick<ForegroundActivity, 'untilQuietMs'>;
  /** Rebuilds a fragment from others. */
  readonly repairer: FragmentRepair;
  readonly logger: Logger;
}

export type RoundResult = 'submitted' | 'conceded' | 'disputed' | 'nothing';

/** Handles a round until this provider has nothing left to do in it. */
export type KeepRound = (ref: RoundRef, signal: AbortSignal) => Promise<RoundResult>;

interface Asked {
  readonly view: RoundView;
  readonly challenge: Challenge;
  readonly slots: readonly SlotInfo[];
  readonly key: TagKeyWithSrs & WorkerTagKey;
}

export class RoundKeeper {
  /** Names of the fragments that were missing at an earlier block, with the number of that block. */
  #missing: { readonly asOf: number; readonly names: ReadonlySet<string> } | undefined;
  #hasTriedRepairs = false;

  constructor(
    private readonly init: RoundKeeperInit,
    private readonly ref: RoundRef,
  ) {}

  /** Retries until this provider has nothing left to do in the round. Throws `ABORTED`. */
  async keep(signal: AbortSignal): Promise<RoundResult> {
    for (let failures = 0; ; ) {
      if (signal.aborted) throw aborted();
      try {
        const result = await this.#attempt(signal);
        if (result !== undefined) return result;
        failures = 0;
      } catch (error) {
        if (signal.aborted) throw error;
        failures++;
        const { round } = this.ref;
        this.init.logger.warn({ round, failures, cause: messageOf(error) }, 'failed to answer a round; retrying');
      }
      await this.init.timers.sleep(Math.min(mostPauseMs, leastPauseMs * 2 ** Math.min(failures, 10)), signal);
    }
  }

  /** Undefined: try again with a newer block. */
  async #attempt(signal: AbortSignal): Promise<RoundResult | undefined> {
    const view = await this.init.chain.round(this.ref.provider, this.ref.keyId);
    if (view === undefined || view.info.round !== this.ref.round) return 'nothing';
    const { state, deadline } = view.info;
    if (state.type === 'Judged') return this.#dispute(view, signal);
    if (state.type !== 'Open' || view.asOf > deadline) return 'nothing';
    const { untilQuietMs } = this.init.activity;
    if (untilQuietMs > 0 && !isPast(patientShare, view)) {
      await this.init.timers.sleep(untilQuietMs, signal);
      return undefined;
    }
    const slots = slotsAsOf(view.slots, view.asOf);
    const challenge = this.#challenge(view, view.asOf);
    // All challenged files are deleted. The chain closes the round.
    if (challenge === undefined) return 'nothing';
    const key = await this.#key(signal);
    const asked = { view, challenge, slots, key };
    const isComplete = slots.every((slot) => isThere(this.init, placeOfSlot(slot), this.ref.keyId));
    const proof = isComplete ? await this.#prove(asked, signal) : undefined;
    if (proof === undefined) return this.#heal(asked, signal);
    return this.#submit(view.asOf, proof, signal);
  }

  async #submit(asOf: number, proof: Uint8Array, signal: AbortSignal): Promise<RoundResult | undefined> {
    try {
      await this.init.chain.submitProof({ ...this.ref, asOf, proof }, signal);
    } catch (error) {
      // The round is closed, or the block is outside of it. The next attempt decides by the new state.
      if (!isCessError(error, 'CHAIN_DISPATCH_FAILED')) throw error;
      this.init.logger.debug({ round: this.ref.round, cause: messageOf(error) }, 'the chain rejected a proof');
      return undefined;
    }
    return 'submitted';
  }

  /**
   * Whether the missing fragments are lost rather than deleted. A deletion may become final after the block that the round
   * was read at. A fragment counts as lost only if it was already missing at an earlier block and is still challenged.
   */
  #isLossCertain(asOf: number, faults: readonly Fault[]): boolean {
    const absent = faults.filter(({ place }) => this.init.declaredFiles.at(place) === undefined);
    const names = new Set(absent.map(({ place }) => placeName(place)));
    const before = this.#missing;
    if (before === undefined || asOf > before.asOf) this.#missing = { asOf, names };
    const isOld = before !== undefined && asOf > before.asOf;
    return [...names].every((name) => isOld && before.names.has(name));
  }

  /** A proof that verifies. Undefined if the stored data does not give one. */
  async #prove({ challenge, slots, key }: Asked, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const { proofs } = this.init;
    try {
      const proof = await proofs.prove(key, challenge, challengedBlocks(this.init, challenge, slots), signal);
      return (await proofs.verify(key, challenge, proof, signal)) ? proof : undefined;
    } catch (error) {
      if (signal.aborted || !isCessError(error)) throw error;
      if (/^(PROOF_MATERIAL_DAMAGED|PROVIDER_BLOCKS_MISSING|FRAGMENT_NOT_FOUND|FRAGMENT_STORE_IO)$/.test(error.code)) {
        return undefined;
      }
      throw error;
    }
  }

  /** Repairs damaged fragments. Concedes when there are too many or when time runs out. */
  async #heal(asked: Asked, signal: AbortSignal): Promise<RoundResult | undefined> {
    const { view, slots, key } = asked;
    const faults = await findFaults(this.init, slots, key, this.ref.provider, signal);
    if (faults.length === 0) {
      // Data and tags are correct, so the SRS is damaged. The next attempt fetches it again.
      await this.init.tags.removeSrs(key.keyId);
      return undefined;
    }
    if (!this.#isLossCertain(view.asOf, faults)) return undefined;
    const { round } = this.ref;
    this.init.logger.warn(
      { round, faults: faults.length, asked: slots.length },
      'challenged fragments are damaged; repairing them',
    );
    if (faults.length > maxRepairs || (isPast(concedeShare, view) && this.#hasTriedRepairs)) {
      await this.init.chain.concede(this.ref, signal);
      return 'conceded';
    }
    for (const fault of faults) await this.#repair(fault, key.keyId, signal);
    this.#hasTriedRepairs = true;
    return undefined;
  }

  async #repair({ place, what }: Fault, keyId: Uint8Array, signal: AbortSignal): Promise<void> {
    try {
      if (what === 'data') await this.init.repairer.repair(place, signal);
      const held = this.init.declaredFiles.at(place);
      if (held === undefined || (what === 'data' && isThere(this.init, place, keyId))) return;
      await this.init.tags.remove(place);
      await this.init.maker.make(held, this.ref.provider, keyId, signal);
      await this.init.tags.setReported([place], true);
    } catch (error) {
      if (signal.aborted) throw error;
      this.init.logger.warn(
        { ...placeFields(place), what, cause: messageOf(error) },
        'failed to repair a challenged fragment',
      );
    }
  }

  /** Disputes the verdict "failed" on a correct proof. */
  async #dispute(view: RoundView, signal: AbortSignal): Promise<RoundResult> {
    const { state } = view.info;
    if (state.type !== 'Judged' || state.value.passed || view.asOf > state.value.dispute_until) return 'nothing';
    const challenge = this.#challenge(view, state.value.as_of);
    const key = await this.#keyRecord();
    const isCorrect =
      challenge === undefined || (await this.init.proofs.verify(key, challenge, state.value.proof, signal));
    if (!isCorrect) return 'nothing';
    this.init.logger.warn(
      { ...this.#fields(), worker: state.value.worker },
      'a TEE worker judged a correct proof as wrong; disputing the verdict',
    );
    await this.init.chain.dispute(this.ref, signal);
    return 'disputed';
  }

  #challenge(view: RoundView, asOf: number): Challenge | undefined {
    const { provider, keyId } = this.ref;
    const id = { genesis: this.init.chain.genesis, provider, keyId };
    return challengeAsOf(id, view.info, view.slots, asOf);
  }

  async #key(signal: AbortSignal): Promise<TagKeyWithSrs & WorkerTagKey> {
    const record = await this.#keyRecord();
    return { ...record, ...(await this.init.maker.keyWithSrs(record, signal)) };
  }

  async #keyRecord(): Promise<WorkerTagKey> {
    const record = await this.init.chain.tagKey(this.ref.keyId);
    if (record === undefined)
      throw new CessError('TEE_NONE_AVAILABLE', 'The chain has no record of the tagging key of the round.');
    return record;
  }

  #fields() {
    return { round: this.ref.round, keyId: toHex(this.ref.keyId) };
  }
}

/** Whether this share of the time for the proof has passed. */
function isPast(share: number, { asOf, info: { opened_at: openedAt, deadline } }: RoundView): boolean {
  return asOf >= openedAt + share * (deadline - openedAt);
}
