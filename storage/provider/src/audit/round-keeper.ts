// One round of this provider from the moment it is heard of (docs/protocol/audit.md §4): answers it while it is open, disputes
// a wrong verdict. Everything is decided by what the chain says at a finalized block, read anew before every attempt.
// Order while open: what is missing or rotten is repaired, a proof is built and verified here, only then it is sent. What
// cannot be repaired in time is conceded; nothing else is ever a reason to concede.
import type { FragmentPlace, RoundRef, SlotInfo } from '@cess/client';
import { challengeAsOf, slotsAsOf } from '@cess/client/audit';
import { aborted, CessError, isCessError, type Logger, messageOf, type Timers, toHex } from '@cess/primitives';
import type { Challenge } from '@cess/proofs';
import type { DutyChain, RoundView, TagKeyRecord } from '../chain/duty-chain.js';
import { placeFields, placeName } from '../holdings/place.js';
import type { KeyWithSrs } from '../proof-worker/proof-tasks.js';
import type { ForegroundActivity } from '../scheduling/background-lane.js';
import type { TagMaker } from '../tagging/tag-maker.js';
import { type BlockSources, challengedBlocks, isThere, placeOfSlot } from './challenged-blocks.js';
import { type DiagnosisInit, type Fault, findFaults } from './diagnosis.js';

/** Fragments that are repaired to answer a round, at most. */
const maxRepairs = 8;
/** Share of the time for the proof after which what is still broken is conceded. */
const concedeShare = 0.6;
/** Share of the time for the proof for which an answer waits for a moment without uploads. */
const patientShare = 0.3;
const leastPauseMs = 500;
const mostPauseMs = 8_000;

export interface RoundKeeperInit extends BlockSources, DiagnosisInit {
  readonly chain: Pick<DutyChain, 'genesis' | 'tagKey' | 'round' | 'submitProof' | 'concede' | 'dispute'>;
  readonly maker: TagMaker;
  readonly timers: Timers;
  readonly activity: Pick<ForegroundActivity, 'untilQuietMs'>;
  /** Rebuilds a fragment from others; false if the chain gave it to somebody else. */
  readonly repair: (place: FragmentPlace, signal: AbortSignal) => Promise<boolean>;
  readonly logger: Logger;
}

export type RoundResult = 'submitted' | 'conceded' | 'disputed' | 'nothing';

interface Asked {
  readonly view: RoundView;
  readonly challenge: Challenge;
  readonly slots: readonly SlotInfo[];
  readonly key: KeyWithSrs & TagKeyRecord;
}

export class RoundKeeper {
  /** Names of fragments that were missing at an earlier block, and that block. */
  #missing: { readonly asOf: number; readonly names: ReadonlySet<string> } | undefined;
  #hasTriedRepairs = false;

  constructor(
    private readonly init: RoundKeeperInit,
    private readonly ref: RoundRef,
  ) {}

  /** Goes on until there is nothing to do for this provider in the round any more. Throws `ABORTED`. */
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
        this.init.logger.warn({ round, failures, cause: messageOf(error) }, 'a round could not be answered yet');
      }
      await this.init.timers.sleep(Math.min(mostPauseMs, leastPauseMs * 2 ** Math.min(failures, 10)), signal);
    }
  }

  /** Undefined: again, with a newer block. */
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
    // Everything that was asked about is deleted: the round ends by itself.
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
      // The round is not open any more, or the block is not one of it: what the chain says next decides.
      if (!isCessError(error, 'CHAIN_DISPATCH_FAILED')) throw error;
      this.init.logger.debug({ round: this.ref.round, cause: messageOf(error) }, 'a proof was not taken');
      return undefined;
    }
    return 'submitted';
  }

  /**
   * Files are removed here as soon as their deletion is final, which may be after the block that the round was read at:
   * only what was missing at an earlier block as well, and is asked about still, is lost.
   */
  #areSure(asOf: number, faults: readonly Fault[]): boolean {
    const absent = faults.filter(({ place }) => this.init.declared.at(place) === undefined);
    const names = new Set(absent.map(({ place }) => placeName(place)));
    const before = this.#missing;
    if (before === undefined || asOf > before.asOf) this.#missing = { asOf, names };
    const isOld = before !== undefined && asOf > before.asOf;
    return [...names].every((name) => isOld && before.names.has(name));
  }

  /** A proof that verifies; undefined if there is none from what is stored. */
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

  /** Repairs what is broken; concedes when that is too much or does not succeed in time. */
  async #heal(asked: Asked, signal: AbortSignal): Promise<RoundResult | undefined> {
    const { view, slots, key } = asked;
    const faults = await findFaults(this.init, slots, key, this.ref.provider, signal);
    if (faults.length === 0) {
      // The data is right and so are the tags: then the SRS is not, and is fetched anew.
      await this.init.tags.removeSrs(key.keyId);
      return undefined;
    }
    if (!this.#areSure(view.asOf, faults)) return undefined;
    const { round } = this.ref;
    this.init.logger.warn({ round, faults: faults.length, asked: slots.length }, 'challenged fragments are damaged');
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
      if (what === 'data') await this.init.repair(place, signal);
      const held = this.init.declared.at(place);
      if (held === undefined || (what === 'data' && isThere(this.init, place, keyId))) return;
      await this.init.tags.remove(place);
      await this.init.maker.make(held, this.ref.provider, keyId, signal);
      await this.init.tags.setReported([place], true);
    } catch (error) {
      if (signal.aborted) throw error;
      this.init.logger.warn({ ...placeFields(place), what, cause: messageOf(error) }, 'a repair did not succeed');
    }
  }

  /** Of a verdict "failed" on a proof that is right. */
  async #dispute(view: RoundView, signal: AbortSignal): Promise<RoundResult> {
    const { state } = view.info;
    if (state.type !== 'Judged' || state.value.passed || view.asOf > state.value.dispute_until) return 'nothing';
    const challenge = this.#challenge(view, state.value.as_of);
    const key = await this.#keyRecord();
    const isRight =
      challenge === undefined || (await this.init.proofs.verify(key, challenge, state.value.proof, signal));
    if (!isRight) return 'nothing';
    this.init.logger.warn(
      { ...this.#fields(), worker: state.value.worker },
      'a right proof was judged wrong: disputed',
    );
    await this.init.chain.dispute(this.ref, signal);
    return 'disputed';
  }

  #challenge(view: RoundView, asOf: number): Challenge | undefined {
    const { provider, keyId } = this.ref;
    const id = { genesis: this.init.chain.genesis, provider, keyId };
    return challengeAsOf(id, view.info, view.slots, asOf);
  }

  async #key(signal: AbortSignal): Promise<KeyWithSrs & TagKeyRecord> {
    const record = await this.#keyRecord();
    return { ...record, ...(await this.init.maker.keyWithSrs(record, signal)) };
  }

  async #keyRecord(): Promise<TagKeyRecord> {
    const record = await this.init.chain.tagKey(this.ref.keyId);
    if (record === undefined)
      throw new CessError('TEE_NONE_AVAILABLE', 'The chain does not show the key of the round.');
    return record;
  }

  #fields() {
    return { round: this.ref.round, keyId: toHex(this.ref.keyId) };
  }
}

/** Whether so much of the time for the proof is over. */
function isPast(share: number, { asOf, info: { opened_at: openedAt, deadline } }: RoundView): boolean {
  return asOf >= openedAt + share * (deadline - openedAt);
}
