// Submits calls until each is in a finalized block, exactly once. Every submission is one signed extrinsic with a mortal
// era. The same bytes are resubmitted until a finalized block includes them or provably none can (the era has expired, or
// another extrinsic used the nonce). Only then is the call signed again.
import { eraBirth, type Header, mortalEra } from '@cess/chain-primitives';
import { encodeSs58 } from '@cess/crypto';
import {
  aborted,
  CessError,
  createDeferred,
  type Deferred,
  handledElsewhere,
  isCessError,
  type Logger,
  messageOf,
  toHex,
} from '@cess/primitives';
import {
  type CallSigner,
  describeDispatchError,
  type EventRecord,
  type ExtrinsicSigner,
  encodeExtrinsicWith,
  encodeSignedExtrinsic,
  type SigningContext,
  SS58_PREFIX,
} from '@cess/runtime/declarations';
import type { ChainClient } from './chain-client.js';
import { isPruned } from './finalized-follower.js';

/** The account whose calls are submitted, and the client. */
export interface SubmitterInit {
  readonly client: ChainClient;
  readonly signer: ExtrinsicSigner | CallSigner;
  readonly logger: Logger;
  /** Blocks for which a signature is valid: a power of two, at least 4. Default 64. */
  readonly eraPeriodBlocks?: number;
}

/** The block that includes a call. */
export interface Inclusion {
  readonly blockHash: Uint8Array;
  readonly blockNumber: number;
  /** Events of this extrinsic. */
  readonly events: readonly EventRecord[];
}

/** Options of one submission. */
export interface SubmitOptions {
  readonly signal?: AbortSignal;
  /** Called right before each signature, also of a later attempt; throws to give the call up. */
  readonly guard?: (() => void) | undefined;
}

interface Submission {
  readonly call: Uint8Array;
  readonly guard: (() => void) | undefined;
  readonly deferred: Deferred<Inclusion>;
  /** Reserved until the extrinsic is included or provably cannot be. */
  nonce: number | undefined;
  extrinsic: Uint8Array;
  hex: string;
  /** First block that can no longer include the extrinsic. */
  deathNumber: number;
  /** Last finalized block that was searched when it was submitted last. */
  offeredAt: number;
  /** Best block in whose state the nonce was used, by this or another extrinsic; its finality tells by which. */
  staleAt: number | undefined;
}

const defaultEraPeriodBlocks = 64;
const reofferAfterBlocks = 3;
const maxSubmissions = 256;
/** Codes of the pool for a transaction that the runtime rejects; all other codes concern the pool. */
const poolInvalid = 1010;
const poolUnknownValidity = 1011;

/** Submits the calls of one account, at the same time too, each exactly once. */
export class Submitter {
  readonly #pending = new Set<Submission>();
  readonly #address: string;
  #queue: Promise<unknown> = Promise.resolve();
  /** Every finalized block up to this one was searched for the extrinsics. The node may have finalized more. */
  #searched = 0;
  #unfollow: (() => Promise<void>) | undefined;
  #isStopped = false;

  constructor(private readonly init: SubmitterInit) {
    this.#address = encodeSs58(init.signer.account, SS58_PREFIX);
  }

  /**
   * Resolves when the call is in a finalized block. Throws `CHAIN_DISPATCH_FAILED` {pallet, name} when its execution
   * failed there, `CHAIN_OUTCOME_UNKNOWN` when it is in a block whose events are pruned (after a long outage),
   * `CHAIN_CALL_INVALID` when the pool never accepts it, `CHAIN_SUBMITTER_BUSY`,
   * `CHAIN_SUBMITTER_STOPPED`. `ABORTED` ends only the wait: the call may still be included.
   */
  async submit(call: Uint8Array, options: SubmitOptions = {}): Promise<Inclusion> {
    if (this.#pending.size >= maxSubmissions) {
      throw new CessError('CHAIN_SUBMITTER_BUSY', 'Too many calls are waiting for the chain. Retry later.');
    }
    const { signal, guard } = options;
    if (signal?.aborted) throw aborted();
    const submission: Submission = {
      call,
      guard,
      deferred: createDeferred(),
      nonce: undefined,
      extrinsic: new Uint8Array(0),
      hex: '',
      deathNumber: 0,
      offeredAt: 0,
      staleAt: undefined,
    };
    const abortion = createDeferred<never>();
    // They may reject before, or after, this function waits for them.
    handledElsewhere(abortion.promise);
    handledElsewhere(submission.deferred.promise);
    const onAbort = () => abortion.reject(aborted());
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await this.#serial(async () => {
        if (signal?.aborted) throw aborted();
        if (this.#isStopped) throw stopped();
        await this.#sign(submission);
        // Nobody would settle a submission that is added after the stop.
        if (this.#isStopped) throw stopped();
        this.#pending.add(submission);
        this.#follow();
        await this.#offer(submission);
      });
      return await Promise.race([submission.deferred.promise, abortion.promise]);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Rejects all submissions, also later ones. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#unfollow?.();
    for (const { deferred } of this.#pending) deferred.reject(stopped());
    this.#pending.clear();
  }

  /** Signing and submitting are serialised, so that nonces reach the pool in order. */
  #serial(work: () => Promise<void>): Promise<void> {
    const run = this.#queue.then(work);
    this.#queue = Promise.allSettled([run]);
    return run;
  }

  async #sign(submission: Submission): Promise<void> {
    const { client, signer } = this.init;
    const hash = await client.finalizedHash();
    const { number } = await client.header(hash);
    // Blocks up to the first one hold none of the extrinsics; the others are searched one after another.
    if (this.#unfollow === undefined) this.#searched = Math.max(this.#searched, number);
    const nonce = this.#freeNonce(await client.nextNonce(this.#address), submission);
    const eraPeriod = this.init.eraPeriodBlocks ?? defaultEraPeriodBlocks;
    const era = mortalEra(eraPeriod, number);
    const birth = eraBirth(era, number);
    const eraBlockHash = birth === number ? hash : ((await client.blockHash(birth)) ?? hash);
    // Last of all: whoever waited long for the answers above may not sign any more.
    submission.guard?.();
    submission.extrinsic = await extrinsicBy(signer, submission.call, {
      nonce,
      era,
      genesisHash: client.genesisHash,
      eraBlockHash,
      specVersion: client.runtime.specVersion,
      transactionVersion: client.runtime.transactionVersion,
    });
    submission.nonce = nonce;
    submission.hex = toHex(submission.extrinsic);
    submission.deathNumber = birth + eraPeriod;
    submission.staleAt = undefined;
  }

  /** The lowest nonce that is used neither by the chain, its pool nor another submission; gaps are filled first. */
  #freeNonce(chainNonce: number, submission: Submission): number {
    const owned = new Set<number>();
    for (const { nonce } of this.#pending) if (nonce !== undefined) owned.add(nonce);
    if (submission.nonce !== undefined) owned.delete(submission.nonce);
    let nonce = chainNonce;
    while (owned.has(nonce)) nonce++;
    return nonce;
  }

  async #offer(submission: Submission): Promise<void> {
    submission.offeredAt = this.#searched;
    try {
      await this.init.client.submitExtrinsic(submission.extrinsic);
    } catch (error) {
      if (this.#judgeRefusal(submission, error) === 'stale') await this.#noteStale(submission);
    }
  }

  /** Records the best block, in whose state the nonce is used. Its finality tells by which extrinsic. */
  async #noteStale(submission: Submission): Promise<void> {
    try {
      submission.staleAt ??= (await this.init.client.header()).number;
    } catch (error) {
      this.init.logger.debug({ cause: messageOf(error) }, 'reading the best block failed; the next submission retries');
    }
  }

  /** A rejection by the pool is final only if its reason cannot change. */
  #judgeRefusal(submission: Submission, error: unknown): 'stale' | 'temporary' | 'final' {
    if (!isCessError(error, 'RPC_ERROR')) return 'temporary';
    const code = error.data.rpcCode;
    const detail = error.data.detail ?? '';
    if (code !== poolInvalid && code !== poolUnknownValidity) return 'temporary';
    if (/stale|outdated/i.test(detail)) return 'stale';
    if (/birth|future/i.test(detail)) return 'temporary';
    this.#pending.delete(submission);
    submission.deferred.reject(
      new CessError('CHAIN_CALL_INVALID', `The chain rejected the call: ${messageOf(error)}`, {}, { cause: error }),
    );
    return 'final';
  }

  /** Follows finalized blocks, and resubmits everything after a reconnection: the node may have lost its pool. */
  #follow(): void {
    if (this.#unfollow !== undefined) return;
    const { client, logger } = this.init;
    const from = Math.max(1, this.#searched);
    const unfollow = client.followFinalized((header, hash) => this.#onFinalized(header, hash), { from });
    const unlisten = client.onConnected(() => {
      this.#serial(() => this.#offerAll()).catch((error: unknown) => {
        logger.debug({ cause: messageOf(error) }, 'resubmitting calls failed');
      });
    });
    this.#unfollow = async () => {
      unlisten();
      await unfollow();
    };
  }

  async #offerAll(): Promise<void> {
    const inOrder = [...this.#pending].sort((a, b) => (a.nonce ?? 0) - (b.nonce ?? 0));
    for (const submission of inOrder) if (this.#pending.has(submission)) await this.#offer(submission);
  }

  async #onFinalized(header: Header, hash: Uint8Array): Promise<void> {
    if (this.#pending.size > 0) await this.#settleIn(hash, header.number);
    this.#searched = Math.max(this.#searched, header.number);
    await this.#serial(() => this.#maintain());
  }

  /** Signs again what can no longer be included, and resubmits what the node may have lost. */
  async #maintain(): Promise<void> {
    const live = [...this.#pending];
    const dead = live.filter(
      ({ deathNumber, staleAt }) =>
        this.#searched >= deathNumber || (staleAt !== undefined && this.#searched >= staleAt),
    );
    for (const submission of dead) submission.nonce = undefined;
    for (const submission of dead) {
      this.init.logger.debug({ account: this.#address }, 'a transaction can no longer be included; signing it again');
      if (!this.#isAllowed(submission)) continue;
      await this.#sign(submission);
      await this.#offer(submission);
    }
    for (const submission of live) {
      if (this.#pending.has(submission) && this.#searched >= submission.offeredAt + reofferAfterBlocks) {
        await this.#offer(submission);
      }
    }
  }

  /** Gives a submission up whose guard forbids another signature. */
  #isAllowed(submission: Submission): boolean {
    try {
      submission.guard?.();
      return true;
    } catch (error) {
      this.#pending.delete(submission);
      submission.deferred.reject(error);
      return false;
    }
  }

  /** Undefined when the node has pruned them. */
  async #eventsOf(hash: Uint8Array): Promise<readonly EventRecord[] | undefined> {
    try {
      return await this.init.client.events(hash);
    } catch (error) {
      if (isPruned(error)) return undefined;
      throw error;
    }
  }

  async #settleIn(hash: Uint8Array, number: number): Promise<void> {
    const { extrinsics } = await this.init.client.block(hash);
    const byHex = new Map([...this.#pending].map((submission) => [submission.hex, submission]));
    const landed = extrinsics.flatMap((extrinsic, index) => {
      const submission = byHex.get(toHex(extrinsic));
      return submission === undefined ? [] : [{ submission, index }];
    });
    if (landed.length === 0) return;
    const records = await this.#eventsOf(hash);
    for (const { submission, index } of landed) {
      this.#pending.delete(submission);
      if (records === undefined) {
        submission.deferred.reject(
          new CessError('CHAIN_OUTCOME_UNKNOWN', 'The call is in a finalized block whose events are no longer kept.'),
        );
        continue;
      }
      const events = records.filter(({ phase }) => phase.type === 'ApplyExtrinsic' && phase.value === index);
      settle(submission, { blockHash: hash, blockNumber: number, events });
    }
  }
}

async function extrinsicBy(
  signer: ExtrinsicSigner | CallSigner,
  call: Uint8Array,
  context: SigningContext,
): Promise<Uint8Array> {
  if ('sign' in signer) return encodeSignedExtrinsic(call, context, signer);
  const signature = await signer.signCall(call, context);
  return encodeExtrinsicWith(call, context, { account: signer.account, signature });
}

function stopped(): CessError {
  return new CessError('CHAIN_SUBMITTER_STOPPED', 'The submission was aborted because this process is stopping.');
}

function settle({ deferred }: Submission, inclusion: Inclusion): void {
  for (const { event } of inclusion.events) {
    if (event.type === 'System' && event.value.type === 'ExtrinsicFailed') {
      const { pallet, name, docs } = describeDispatchError(event.value.value.dispatch_error);
      deferred.reject(
        new CessError(
          'CHAIN_DISPATCH_FAILED',
          `The chain included the call, but it failed: ${pallet}.${name}${docs === '' ? '' : ` (${docs})`}.`,
          { pallet, name },
        ),
      );
      return;
    }
  }
  deferred.resolve(inclusion);
}
