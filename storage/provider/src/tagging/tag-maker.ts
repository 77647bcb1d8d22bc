// Tags of one held fragment (docs/protocol/podr2.md §4): asked of a TEE worker, checked, stored. Nothing that a worker says is
// relied on before it was checked; a worker that fails or lies is left alone for a while.
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
import { shuffled } from '../scheduling/random.js';
import type { TagStore } from './tag-store.js';
import type { TeePort } from './tee-port.js';

const silences = ['TEE_UNREACHABLE', 'TEE_STALLED', 'TEE_NO_ANSWER', 'TEE_NONE_AVAILABLE'] as const;
const wrongAnswers = ['TEE_BAD_RESPONSE', 'TEE_SRS_REFUSED', 'TEE_TAGS_REFUSED'] as const;
const leastWorkerPauseMs = 1_000;
/** After a wrong answer. */
const mostWorkerPauseMs = 300_000;
/** After none: a worker that is started again is to be found soon, and asking costs next to nothing until then. */
const mostPauseAfterSilenceMs = 15_000;
/** Workers that are asked in turn for one fragment. */
const maxWorkersAsked = 3;
/** For one answer of a worker: a fragment of 32 MiB there and back, and waiting for its turn. */
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
  readonly #workers = new BackOff(leastWorkerPauseMs, mostWorkerPauseMs);

  constructor(private readonly init: TagMakerInit) {}

  /**
   * Makes and stores the tags of a fragment of provider `provider`: under `keyId` where the chain has it tagged already
   * (the same tags come back), else under the present key of a random active worker.
   * `interrupted`, where making room for uploads is wanted, gives up waiting for a worker's answer; what comes after it goes
   * on, but may be held.
   * Throws `TEE_NONE_AVAILABLE` when any worker would do and none can be reached now, `PROVIDER_FRAGMENT_ROTTEN`, `ABORTED`,
   * or the last worker's failure.
   */
  async make(
    held: FileFragment,
    provider: number,
    keyId: Uint8Array | undefined,
    signal: AbortSignal,
    interrupted?: AbortSignal,
  ): Promise<void> {
    const keyIds = keyId === undefined ? await this.#drawKeys() : [keyId];
    let failure: unknown = new CessError('TEE_UNREACHABLE', 'No TEE worker can be asked for these tags now.');
    for (const candidate of keyIds) {
      const key = await this.init.chain.tagKey(candidate);
      if (key?.endpoint === undefined) continue;
      const name = toHex(key.signerKey);
      try {
        await this.#makeUnder({ ...key, endpoint: key.endpoint }, held, provider, signal, interrupted);
        this.#workers.succeeded(name);
        return;
      } catch (error) {
        if (signal.aborted || interrupted?.aborted || isOwnFault(error)) throw error;
        failure = error;
        const mostMs = isSilence(error) ? mostPauseAfterSilenceMs : mostWorkerPauseMs;
        const now = this.init.timers.nowMs();
        // Fragments of one turn that fail together are one failure.
        if (this.#workers.readyAtMs(name) <= now) this.#workers.failed(name, now, mostMs);
        this.init.logger.debug({ ...placeFields(held), cause: messageOf(error) }, 'a TEE worker gave no tags');
      }
    }
    if (keyId !== undefined || !isSilence(failure)) throw failure;
    throw new CessError('TEE_NONE_AVAILABLE', 'No TEE worker can be reached now.', {}, { cause: failure });
  }

  /** The key with its SRS, which is fetched and checked once. Throws `TEE_NONE_AVAILABLE`, `TEE_SRS_REFUSED` or the worker's failure. */
  async keyWithSrs(key: WorkerTagKey, signal: AbortSignal): Promise<TagKeyWithSrs> {
    const { tags, tee, proofs } = this.init;
    const stored = tags.srs(key.keyId);
    if (stored !== undefined) return { ...key, srs: stored };
    if (key.endpoint === undefined)
      throw new CessError('TEE_NONE_AVAILABLE', 'The worker of this key cannot be asked.');
    const address = { endpoint: key.endpoint, signerKey: key.signerKey };
    const srs = await answered((limit) => tee.srs(address, key.keyId, limit), signal);
    const verdict = await proofs.checkSrs(key, srs, signal);
    if (verdict !== 'ok') throw new CessError('TEE_SRS_REFUSED', `The SRS of a worker is wrong (${verdict}).`);
    await tags.putSrs(key.keyId, srs);
    return { ...key, srs };
  }

  /** Present keys of active workers in random order, those that failed lately left out. */
  async #drawKeys(): Promise<Uint8Array[]> {
    const now = this.init.timers.nowMs();
    const ready = (await this.init.chain.teeWorkers()).filter(
      ({ signerKey }) => this.#workers.readyAtMs(toHex(signerKey)) <= now,
    );
    return shuffled(ready, this.init.rng)
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
    // The next attempt fetches the SRS anew.
    if (verdict === 'SRS_DAMAGED') await tagStore.removeSrs(key.keyId);
    if (verdict !== 'ok') throw new CessError('TEE_TAGS_REFUSED', `The tags of a worker are wrong (${verdict}).`);
    if (signal.aborted || declaredFiles.at(held) === undefined) return;
    const record = { keyId: key.keyId, signature, tagsHash: sha256(tags), isReported: false };
    await tagStore.put(place, record, tags);
  }
}

/** Whatever a worker does wrong is a coded error, and no worker is waited for without end. */
async function answered<T>(ask: (limit: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    return await ask(AbortSignal.any([signal, AbortSignal.timeout(answerTimeoutMs)]));
  } catch (cause) {
    if (signal.aborted || isCessError(cause)) throw cause;
    throw new CessError('TEE_NO_ANSWER', 'A TEE worker did not answer.', {}, { cause });
  }
}

/** The worker is not there, or not now; it has said nothing wrong. */
function isSilence(error: unknown): boolean {
  return isRetryable(error) && isCessError(error, ...silences, 'TEE_REFUSED');
}

/** The error says nothing about the worker. */
function isOwnFault(error: unknown): boolean {
  // The chain view of the worker is behind.
  if (isCessError(error, 'TEE_REFUSED') && error.data.teeCode === 'NOT_HOLDER') return true;
  return !isCessError(error, ...silences, 'TEE_REFUSED', ...wrongAnswers);
}
