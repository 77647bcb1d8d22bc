// Brings calls into finalized blocks, each exactly once. Every submission is one signed extrinsic with a mortal era;
// the same bytes are offered again until they are found in a finalized block or can provably never be (their era is
// over, or another extrinsic took their nonce). Only then is the call signed anew.
import { encodeSs58 } from '@cess/crypto';
import { CessError, createDeferred, type Deferred, isCessError, type Logger, messageOf, toHex } from '@cess/primitives';
import {
  describeDispatchError,
  type EventRecord,
  type ExtrinsicSigner,
  encodeSignedExtrinsic,
  eraBirth,
  type Header,
  mortalEra,
  SS58_PREFIX,
} from '@cess/runtime';
import type { ChainClient } from './chain-client.js';

export interface SubmitterInit {
  readonly client: ChainClient;
  readonly signer: ExtrinsicSigner;
  readonly logger: Logger;
}

/** Where a call landed. */
export interface Inclusion {
  readonly blockHash: Uint8Array;
  readonly blockNumber: number;
  /** Events of this extrinsic. */
  readonly events: readonly EventRecord[];
}

interface Submission {
  readonly call: Uint8Array;
  readonly deferred: Deferred<Inclusion>;
  extrinsic: Uint8Array;
  hex: string;
  /** First block in which the extrinsic can no longer be. */
  deathNumber: number;
  /** Finalized number at which it was last offered. */
  offeredAt: number;
  /** Finalized number at which the pool called it stale. */
  staleAt: number | undefined;
}

const eraPeriod = 64;
const reofferAfterBlocks = 8;
const staleAfterBlocks = 4;
const maxSubmissions = 256;

export class Submitter {
  readonly #pending = new Set<Submission>();
  readonly #address: string;
  #queue: Promise<void> = Promise.resolve();
  #localNonce = 0;
  #finalized = 0;
  #unfollow: (() => Promise<void>) | undefined;

  constructor(private readonly init: SubmitterInit) {
    this.#address = encodeSs58(init.signer.account, SS58_PREFIX);
  }

  /**
   * Resolves when the call is in a finalized block. Throws `CHAIN_DISPATCH_FAILED` {pallet, name} when the runtime
   * refused it there, `CHAIN_CALL_INVALID` when the pool never accepts it, `CHAIN_SUBMITTER_STOPPED`.
   */
  async submit(call: Uint8Array): Promise<Inclusion> {
    if (this.#pending.size >= maxSubmissions) {
      throw new CessError('CHAIN_SUBMITTER_BUSY', 'Too many calls wait for the chain; try again later.');
    }
    const submission: Submission = {
      call,
      deferred: createDeferred(),
      extrinsic: new Uint8Array(0),
      hex: '',
      deathNumber: 0,
      offeredAt: 0,
      staleAt: undefined,
    };
    await this.#serial(async () => {
      await this.#sign(submission);
      this.#pending.add(submission);
      this.#follow();
      await this.#offer(submission);
    });
    return submission.deferred.promise;
  }

  async stop(): Promise<void> {
    await this.#unfollow?.();
    for (const { deferred } of this.#pending) {
      deferred.promise.catch(() => {});
      deferred.reject(
        new CessError('CHAIN_SUBMITTER_STOPPED', 'The submission was given up because this process stops.'),
      );
    }
    this.#pending.clear();
  }

  /** Signing and offering run one after another, so that nonces reach the pool in order. */
  #serial(work: () => Promise<void>): Promise<void> {
    const run = this.#queue.then(work);
    this.#queue = run.catch(() => {});
    return run;
  }

  async #sign(submission: Submission): Promise<void> {
    const { client, signer } = this.init;
    const hash = await client.finalizedHash();
    const { number } = await client.header(hash);
    this.#finalized = Math.max(this.#finalized, number);
    const chainNonce = await client.nextNonce(this.#address);
    const nonce = this.#pending.size === 0 ? chainNonce : Math.max(chainNonce, this.#localNonce);
    this.#localNonce = nonce + 1;
    const era = mortalEra(eraPeriod, number);
    const birth = eraBirth(era, number);
    submission.extrinsic = encodeSignedExtrinsic(
      submission.call,
      {
        nonce,
        era,
        genesisHash: client.genesisHash,
        eraBlockHash: birth === number ? hash : ((await client.blockHash(birth)) ?? hash),
        specVersion: client.runtime.specVersion,
        transactionVersion: client.runtime.transactionVersion,
      },
      signer,
    );
    submission.hex = toHex(submission.extrinsic);
    submission.deathNumber = birth + eraPeriod;
    submission.staleAt = undefined;
  }

  async #offer(submission: Submission): Promise<void> {
    submission.offeredAt = this.#finalized;
    try {
      await this.init.client.submitExtrinsic(submission.extrinsic);
    } catch (error) {
      this.#judgeRefusal(submission, error);
    }
  }

  /** A refusal by the pool is final only when it says so for a reason that cannot change. */
  #judgeRefusal(submission: Submission, error: unknown): void {
    const detail = isCessError(error, 'RPC_ERROR') ? String(error.data['detail']).toLowerCase() : undefined;
    if (detail === undefined || detail.includes('already') || detail.includes('imported')) return;
    if (/stale|outdated|birth|mortal|future|priority|too low|banned/.test(detail)) {
      submission.staleAt ??= this.#finalized;
      return;
    }
    if (!/invalid|pay|unable|exhaust|large/.test(detail)) return;
    this.#pending.delete(submission);
    submission.deferred.reject(
      new CessError(
        'CHAIN_CALL_INVALID',
        `The chain does not accept the call: ${messageOf(error)}`,
        {},
        { cause: error },
      ),
    );
  }

  /** Follows finalized blocks while something is pending. */
  #follow(): void {
    if (this.#unfollow !== undefined) return;
    const from = Math.max(1, this.#finalized);
    this.#unfollow = this.init.client.followFinalized((header, hash) => this.#onFinalized(header, hash), from);
  }

  async #onFinalized(header: Header, hash: Uint8Array): Promise<void> {
    if (this.#pending.size > 0) await this.#settleIn(hash, header.number);
    this.#finalized = Math.max(this.#finalized, header.number);
    for (const submission of [...this.#pending]) {
      const lost =
        this.#finalized >= submission.deathNumber ||
        (submission.staleAt !== undefined && this.#finalized >= submission.staleAt + staleAfterBlocks);
      if (lost) {
        this.init.logger.debug({ account: this.#address }, 'a transaction cannot land any more; signing it anew');
        await this.#serial(async () => {
          this.#pending.delete(submission);
          await this.#sign(submission);
          this.#pending.add(submission);
          await this.#offer(submission);
        });
      } else if (this.#finalized >= submission.offeredAt + reofferAfterBlocks) {
        await this.#serial(() => this.#offer(submission));
      }
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
    const records = await this.init.client.events(hash);
    for (const { submission, index } of landed) {
      this.#pending.delete(submission);
      const events = records.filter(({ phase }) => phase.type === 'ApplyExtrinsic' && phase.value === index);
      settle(submission, { blockHash: hash, blockNumber: number, events });
    }
  }
}

function settle({ deferred }: Submission, inclusion: Inclusion): void {
  for (const { event } of inclusion.events) {
    if (event.type === 'System' && event.value.type === 'ExtrinsicFailed') {
      const { pallet, name, docs } = describeDispatchError(event.value.value.dispatch_error);
      deferred.reject(
        new CessError(
          'CHAIN_DISPATCH_FAILED',
          `The chain refused the call: ${pallet}.${name}${docs === '' ? '' : ` (${docs})`}.`,
          { pallet, name },
        ),
      );
      return;
    }
  }
  deferred.resolve(inclusion);
}
