// Makes the tags of one held fragment (docs/protocol/podr2.md §4): requests them from a TEE worker, verifies and stores them.
// Nothing that a worker sends is used before it is verified. A worker that fails or sends wrong tags is skipped for a while.
import { sha256 } from '@cess/crypto';
import type { FragmentStore } from '@cess/fragment-store';
import {
  CessError,
  isCessError,
  isRetryable,
  type Logger,
  messageOf,
  type Rng,
  type Timers,
  toHex,
} from '@cess/primitives';
import type { DutyChain, WorkerTagKey } from '../chain/duty-chain.js';
import type { DeclaredFiles } from '../holdings/declared-files.js';
import { type FileFragment, placeFields } from '../holdings/place.js';
import { readWhole } from '../holdings/read-fragment.js';
import type { ProofWork, TagKeyWithSrs } from '../proof-worker/proof-tasks.js';
import { BackOff } from '../scheduling/back-off.js';
import type { TagStore } from './tag-store.js';
import type { TeePort } from './tee-port.js';
import { orderOfWorkers } from './worker-order.js';

const silences = ['TEE_UNREACHABLE', 'TEE_STALLED', 'TEE_NO_ANSWER', 'TEE_NONE_AVAILABLE'] as const;
const wrongAnswers = ['TEE_BAD_RESPONSE', 'TEE_SRS_REFUSED', 'TEE_TAGS_REFUSED'] as const;
const leastWorkerPauseMs = 1_000;
/** Longest pause after a wrong answer. */
const mostWorkerPauseMs = 300_000;
/** Longest pause after no answer. It is short, because a retry is cheap and a restarted worker is found sooner. */
const mostPauseAfterSilenceMs = 15_000;
/** Most workers to ask for one fragment. */
const maxWorkersAsked = 3;
/** Timeout for one answer: the transfer of a fragment of 32 MiB, and its wait in the queue of the worker. */
const answerTimeoutMs = 120_000;

export interface TagMakerInit {
  readonly store: FragmentStore;
  readonly declaredFiles: DeclaredFiles;
  readonly tags: TagStore;
  readonly chain: Pick<DutyChain, 'genesis' | 'teeWorkers' | 'tagKey'>;
  readonly tee: TeePort;
  readonly proofs: ProofWork;
  readonly timers: Timers;
  readonly rng: Rng;
  readonly logger: Logger;
}

export type TagMaking = Pick<TagMaker, 'make' | 'keyWithSrs'>;

export class TagMaker {
  readonly #teeWorkers = new BackOff(leastWorkerPauseMs, mostWorkerPauseMs);

  constructor(private readonly init: TagMakerInit) {}

  /**
   * Makes and stores the tags of a fragment. If the chain already records its tags, `keyId` is their key, and the worker
   * returns the same tags. Otherwise a random active worker tags the fragment under its current key.
   * `interrupted` aborts the wait for a worker's answer when an upload starts. Later steps continue, but may be paused.
   * Throws `TEE_NONE_AVAILABLE` when no active worker can be reached, `PROVIDER_FRAGMENT_ROTTEN`, `ABORTED`, or the failure
   * of the last worker.
   */
  async make(
    held: FileFragment,
    provider: number,
    keyId: Uint8Array | undefined,
    signal: AbortSignal,
    interrupted?: AbortSignal,
  ): Promise<void> {
    const keyIds = keyId === undefined ? await this.#drawKeys() : [keyId];
    let failure: unknown = new CessError('TEE_UNREACHABLE', 'No TEE worker with this key can be reached now.');
    for (const candidate of keyIds) {
      const key = await this.init.chain.tagKey(candidate);
      if (key?.endpoint === undefined) continue;
      const name = toHex(key.signerKey);
      try {
        await this.#makeUnder({ ...key, endpoint: key.endpoint }, held, provider, signal, interrupted);
        this.#teeWorkers.succeeded(name);
        return;
      } catch (error) {
        if (signal.aborted || interrupted?.aborted || isOwnFault(error)) throw error;
        failure = error;
        const mostMs = isSilence(error) ? mostPauseAfterSilenceMs : mostWorkerPauseMs;
        const now = this.init.timers.nowMs();
        // Several fragments of one turn that fail at once count as one failure.
        if (this.#teeWorkers.readyAtMs(name) <= now) this.#teeWorkers.failed(name, now, mostMs);
        this.init.logger.debug(
          { ...placeFields(held), cause: messageOf(error) },
          'a TEE worker failed to tag a fragment',
        );
      }
    }
    if (keyId !== undefined || !isSilence(failure)) throw failure;
    throw new CessError('TEE_NONE_AVAILABLE', 'No TEE worker can be reached now.', {}, { cause: failure });
  }

  /** The key with its SRS, which is fetched and verified once. Throws `TEE_NONE_AVAILABLE`, `TEE_SRS_REFUSED` or the worker's failure. */
  async keyWithSrs(key: WorkerTagKey, signal: AbortSignal): Promise<TagKeyWithSrs> {
    const { tags, tee, proofs } = this.init;
    const stored = tags.srs(key.keyId);
    if (stored !== undefined) return { ...key, srs: stored };
    if (key.endpoint === undefined)
      throw new CessError('TEE_NONE_AVAILABLE', 'The worker of this tagging key has no usable endpoint.');
    const address = { endpoint: key.endpoint, signerKey: key.signerKey };
    const srs = await answered((limit) => tee.srs(address, key.keyId, limit), signal);
    const verdict = await proofs.checkSrs(key, srs, signal);
    if (verdict !== 'ok')
      throw new CessError('TEE_SRS_REFUSED', `The SRS of a TEE worker failed verification (${verdict}).`);
    await tags.putSrs(key.keyId, srs);
    return { ...key, srs };
  }

  /** Current keys of active workers in random order. Skips workers that failed recently. */
  async #drawKeys(): Promise<Uint8Array[]> {
    const now = this.init.timers.nowMs();
    const ready = (await this.init.chain.teeWorkers()).filter(
      ({ signerKey }) => this.#teeWorkers.readyAtMs(toHex(signerKey)) <= now,
    );
    return orderOfWorkers(ready, this.init.rng)
      .slice(0, maxWorkersAsked)
      .map(({ keyId }) => keyId);
  }

  async #makeUnder(
    key: WorkerTagKey & { readonly endpoint: string },
    held: FileFragment,
    provider: number,
    signal: AbortSignal,
    interrupted: AbortSignal | undefined,
  ): Promise<void> {
    const { store, declaredFiles, tags: tagStore, chain, tee, proofs } = this.init;
    const withSrs = await this.keyWithSrs(key, signal);
    const body = await readWhole(store, held);
    const { fileId, segment, fragment, root } = held;
    const place = { fileId, segment, fragment };
    const address = { endpoint: key.endpoint, signerKey: key.signerKey };
    const { tags, signature } = await answered(
      (limit) => tee.requestTags(address, place, { root, keyId: key.keyId }, body, limit),
      interrupted === undefined ? signal : AbortSignal.any([signal, interrupted]),
    );
    const { orderId } = held;
    const identity = {
      genesis: chain.genesis,
      orderId,
      ...place,
      replica: 0,
      root,
      provider: provider,
      keyId: key.keyId,
    };
    const check = { key: withSrs, signerKey: key.signerKey, identity, fragment: body, tags, signature };
    const verdict = await proofs.checkTags(check, signal, interrupted !== undefined);
    // The next attempt fetches the SRS again.
    if (verdict === 'SRS_DAMAGED') await tagStore.removeSrs(key.keyId);
    if (verdict !== 'ok')
      throw new CessError('TEE_TAGS_REFUSED', `The tags of a TEE worker failed verification (${verdict}).`);
    if (signal.aborted || declaredFiles.at(held) === undefined) return;
    const record = { keyId: key.keyId, signature, tagsHash: sha256(tags), isReported: false };
    await tagStore.put(place, record, tags);
  }
}

/** Adds a timeout, and converts other failures of a worker into coded errors. */
async function answered<T>(ask: (limit: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await ask(AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]));
  } catch (cause) {
    if (signal.aborted || isCessError(cause)) throw cause;
    throw new CessError('TEE_NO_ANSWER', 'A TEE worker did not answer in time.', {}, { cause });
  }
}

/** Whether the worker gave no answer, rather than a wrong one. */
function isSilence(error: unknown): boolean {
  return isRetryable(error) && isCessError(error, ...silences, 'TEE_REFUSED');
}

/** Whether the error says nothing about the worker. */
function isOwnFault(error: unknown): boolean {
  // The worker has not seen the latest blocks yet.
  if (isCessError(error, 'TEE_REFUSED') && error.data.teeCode === 'NOT_HOLDER') return true;
  return !isCessError(error, ...silences, 'TEE_REFUSED', ...wrongAnswers);
}
