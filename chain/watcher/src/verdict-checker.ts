// What keeps TEE workers honest (PODR2-6, docs/protocol/audit.md §4): an authority verifies a random share of their verdicts
// itself, and disputes those that are wrong. Failed verdicts are verified first, because they punish, and disputes travel
// together. A client of its own chain like any other: it speaks RPC.
import { type ChainClient, query, type RoundRef, type Submitter, tx } from '@cess/client';
import { challengeAsOf, readAuditRound } from '@cess/client/audit';
import {
  BackgroundLoop,
  type BackgroundPorts,
  CessError,
  isCessError,
  messageOf,
  SetAside,
  type Startable,
  toHex,
} from '@cess/primitives';
import type { Verifier } from './verifier.js';

/** Verdicts of one kind that wait. The oldest are dropped first, because their time for disputes ends first. */
const maxWaiting = 10_000;
/** A block with slots of 1 s has room for a call with so many disputes of the most that a round asks. */
const disputesPerCall = 2;

export interface VerdictCheckerInit extends BackgroundPorts {
  readonly client: Pick<
    ChainClient,
    'genesisHash' | 'finalizedHash' | 'followFinalized' | 'events' | 'entries' | 'entry' | 'values'
  >;
  /** Pays the deposit of a dispute. */
  readonly submitter: Pick<Submitter, 'submit'>;
  readonly verifier: Pick<Verifier, 'verify'>;
  /** Of all verdicts, 0 to 1. */
  readonly share: number;
}

export interface VerdictCheckerCounts {
  readonly checked: number;
  readonly disputed: number;
}

export class VerdictChecker implements Startable {
  readonly #waiting = { failed: [] as RoundRef[], passed: [] as RoundRef[] };
  /** Wrong verdicts whose dispute is not in a block yet, by name. */
  readonly #wrong = new Map<string, RoundRef>();
  readonly #setAside: SetAside;
  #unfollow: (() => Promise<void>) | undefined;
  readonly #loop: BackgroundLoop;
  #checked = 0;
  #disputed = 0;

  constructor(private readonly init: VerdictCheckerInit) {
    const name = 'verdict checker';
    this.#setAside = new SetAside(name, init);
    this.#loop = new BackgroundLoop({ ...init, name, task: (signal) => this.#work(signal) });
  }

  get counts(): VerdictCheckerCounts {
    return { checked: this.#checked, disputed: this.#disputed };
  }

  /** Begins with the verdicts that can still be disputed. */
  async start(): Promise<void> {
    const { client } = this.init;
    const onHead = async (_header: unknown, hash: Uint8Array): Promise<void> => {
      for (const { event } of await client.events(hash)) {
        if (event.type !== 'Audit' || event.value.type !== 'VerdictSubmitted') continue;
        const { miner: provider, key_id: keyId, round, passed } = event.value.value;
        this.#enqueue({ provider, keyId, round }, passed);
      }
    };
    this.#unfollow = client.followFinalized(onHead, { onGap: () => this.#enqueueAll() });
    await this.#enqueueAll();
    this.#loop.start();
  }

  async stop(): Promise<void> {
    await this.#unfollow?.();
    await this.#loop.stop();
  }

  async #enqueueAll(): Promise<void> {
    for await (const [[provider, keyId], { round, state }] of this.init.client.entries(query.Audit.Challenges, [])) {
      if (state.type === 'Judged') this.#enqueue({ provider, keyId, round }, state.value.passed);
    }
  }

  #enqueue(judged: RoundRef, passed: boolean): void {
    if (!this.#isDrawn()) return;
    const queue = passed ? this.#waiting.passed : this.#waiting.failed;
    if (queue.length >= maxWaiting) queue.shift();
    queue.push(judged);
    this.#loop.trigger();
  }

  #isDrawn(): boolean {
    const bytes = this.init.rng.bytes(4);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) < this.init.share * 2 ** 32;
  }

  /**
   * A verdict leaves its queue when it is checked, and a wrong one is kept until its dispute is in a block: a retryable failure
   * keeps both for the next run.
   */
  async #work(signal: AbortSignal): Promise<void> {
    const { failed, passed } = this.#waiting;
    while (!signal.aborted) {
      const queue = failed.length > 0 ? failed : passed;
      const judged = queue[0];
      if (this.#wrong.size >= disputesPerCall || queue !== failed || judged === undefined) await this.#dispute(signal);
      if (judged === undefined) return;
      const name = nameOf(judged);
      await this.#setAside.attempt(name, () => this.#check(judged), signal);
      this.#setAside.forget(name);
      // Unless newer ones have pushed it out meanwhile.
      if (queue[0] === judged) queue.shift();
    }
  }

  async #check(ref: RoundRef): Promise<void> {
    const { client, verifier, logger } = this.init;
    const { provider, keyId, round } = ref;
    const at = await client.finalizedHash();
    const id = { genesis: client.genesisHash, provider, keyId };
    const running = await readAuditRound((keys) => client.values(keys, at), id);
    if (running?.info.round !== round || running.info.state.type !== 'Judged') return;
    const { proof, as_of, passed, worker } = running.info.state.value;
    const key = await client.entry(query.TeeWorker.TagKeys, [keyId], at);
    const challenge = challengeAsOf(id, running.info, running.slots, as_of);
    if (key === undefined || challenge === undefined) return;
    const { x, x_alpha: xAlpha, srs_hash: srsHash } = key;
    const isRight = await verifier.verify({ key: { id: keyId, x, xAlpha, srsHash }, challenge, proof });
    this.#checked++;
    if (isRight === passed) return;
    this.#wrong.set(nameOf(ref), ref);
    logger.warn({ provider, round, worker, keyId: toHex(keyId), passed }, 'a verdict is wrong and is disputed');
  }

  /** Disputes all wrong verdicts, several in one call. Throws `DISPUTE_REFUSED` to be run again while any can be disputed. */
  async #dispute(signal: AbortSignal): Promise<void> {
    while (this.#wrong.size > 0 && !signal.aborted) {
      const due: RoundRef[] = [];
      for (const [name, ref] of this.#wrong) {
        if (due.length === disputesPerCall) break;
        if (await this.#isDisputable(ref)) due.push(ref);
        else this.#wrong.delete(name);
      }
      if (due.length > 0) await this.#submit(due);
    }
  }

  async #submit(due: readonly RoundRef[]): Promise<void> {
    const rounds = due.map(({ provider: miner, keyId: key_id, round }) => ({ miner, key_id, round }));
    const [first, second] = rounds;
    const call =
      first !== undefined && second === undefined ? tx.Audit.dispute(first) : tx.Audit.dispute_batch({ rounds });
    try {
      await this.init.submitter.submit(call);
    } catch (error) {
      if (!isCessError(error, 'CHAIN_DISPATCH_FAILED')) throw error;
      throw new CessError('DISPUTE_REFUSED', 'The chain refused the dispute of a wrong verdict.', {
        reason: messageOf(error),
      });
    }
    for (const ref of due) this.#wrong.delete(nameOf(ref));
    this.#disputed += due.length;
  }

  /** Whether the verdict still stands and can be disputed. */
  async #isDisputable({ provider, keyId, round }: RoundRef): Promise<boolean> {
    const info = await this.init.client.entry(query.Audit.Challenges, [provider, keyId]);
    return info?.round === round && info.state.type === 'Judged';
  }
}

function nameOf({ provider, keyId, round }: RoundRef): string {
  return `round ${round} of provider ${provider} under the key ${toHex(keyId)}`;
}
