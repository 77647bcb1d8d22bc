// What keeps TEE workers honest (PODR2-6, docs/protocol/audit.md §4): an authority verifies a random share of their verdicts
// itself, and disputes those that are wrong. A client of its own chain like any other: it speaks RPC.
import { type ChainClient, query, type RoundRef, type Submitter, tx } from '@cess/client';
import { challengeAsOf, readAuditRound } from '@cess/client/audit';
import { BackgroundLoop, type BackgroundPorts, SetAside, type Startable, toHex } from '@cess/primitives';
import type { Verifier } from './verifier.js';

/** Verdicts that wait; the chain gives each a window of at least a minute, so older ones are of no use any more. */
const maxWaiting = 10_000;

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
  readonly #waiting: RoundRef[] = [];
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
        const { miner: provider, key_id: keyId, round } = event.value.value;
        this.#enqueue({ provider, keyId, round });
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
      if (state.type === 'Judged') this.#enqueue({ provider, keyId, round });
    }
  }

  #enqueue(judged: RoundRef): void {
    if (!this.#isDrawn()) return;
    if (this.#waiting.length >= maxWaiting) this.#waiting.shift();
    this.#waiting.push(judged);
    this.#loop.trigger();
  }

  #isDrawn(): boolean {
    const bytes = this.init.rng.bytes(4);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) < this.init.share * 2 ** 32;
  }

  /** A verdict leaves the queue when it is checked: a retryable failure keeps it for the next run. */
  async #work(signal: AbortSignal): Promise<void> {
    for (let next = this.#waiting[0]; next !== undefined && !signal.aborted; next = this.#waiting[0]) {
      const judged = next;
      const name = `round ${judged.round} of provider ${judged.provider}`;
      await this.#setAside.attempt(name, () => this.#check(judged), signal);
      this.#setAside.forget(name);
      // Unless newer ones have pushed it out meanwhile.
      if (this.#waiting[0] === judged) this.#waiting.shift();
    }
  }

  async #check({ provider, keyId, round }: RoundRef): Promise<void> {
    const { client, verifier, submitter, logger } = this.init;
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
    this.#disputed++;
    logger.warn({ provider, round, worker, keyId: toHex(keyId), passed }, 'a verdict is wrong and is disputed');
    await submitter.submit(tx.Audit.dispute({ miner: provider, key_id: keyId, round }));
  }
}
