// The TeeChain port over @cess/client.
import { type ChainClient, type EventRecord, query, type Submitter, tx, WORKER_STAKE } from '@cess/client';
import { utf8, utf8OrEmpty } from '@cess/primitives';
import type { DueRound, FinalizedHead, TeeChain, TeeEvent, WorkerRecord, WorkerRegistration } from '../chain-port.js';
import type { Judgement, ReadProof } from '../enclave/enclave.js';
import { EvidenceSource } from './evidence-source.js';

export interface TeeChainInit {
  readonly client: ChainClient;
  readonly submitter: Submitter;
  /** Account of the worker, the signer of `submitter`. */
  readonly account: Uint8Array;
}

export class TeeChainAdapter implements TeeChain {
  readonly #evidence: EvidenceSource;

  constructor(private readonly init: TeeChainInit) {
    this.#evidence = new EvidenceSource(init.client);
  }

  get genesis(): Uint8Array {
    return this.init.client.genesisHash;
  }

  async ownRecord(): Promise<WorkerRecord | undefined> {
    const { client, account } = this.init;
    const at = await client.finalizedHash();
    const worker = await client.entry(query.TeeWorker.WorkerIndex, [account], at);
    if (worker === undefined) return undefined;
    const info = await client.entry(query.TeeWorker.Workers, [worker], at);
    if (info === undefined) return undefined;
    const { signer_key: signerKey, endpoint, state, staked } = info;
    return { worker, signerKey, endpoint: utf8OrEmpty(endpoint), state, isStakeEnough: staked * 2n >= WORKER_STAKE };
  }

  async register({ signerKey, endpoint, bond, publicKey, epoch, evidence }: WorkerRegistration): Promise<void> {
    const { x, xAlpha, srsHash, possession } = publicKey;
    await this.init.submitter.submit(
      tx.TeeWorker.register_worker({
        signer_key: signerKey,
        endpoint: utf8(endpoint),
        bond,
        key: { x, x_alpha: xAlpha, srs_hash: srsHash, possession, epoch },
        evidence: { type: 'Software', value: evidence },
      }),
    );
  }

  async updateEndpoint(endpoint: string): Promise<void> {
    await this.init.submitter.submit(tx.TeeWorker.update_endpoint({ endpoint: utf8(endpoint) }));
  }

  async resume(): Promise<void> {
    await this.init.submitter.submit(tx.TeeWorker.resume({}));
  }

  async submitVerdicts(judgements: readonly Judgement[], signal: AbortSignal): Promise<void> {
    const verdicts = judgements.map(({ provider: miner, keyId: key_id, round, passed, signature }) => ({
      miner,
      key_id,
      round,
      passed,
      signature,
    }));
    await this.init.submitter.submit(tx.Audit.submit_verdicts({ verdicts }), { signal });
  }

  finalizedHead(): Promise<FinalizedHead> {
    return this.#evidence.finalizedHead();
  }

  read(at: Uint8Array, keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.init.client.values(keys, at);
  }

  prove(at: Uint8Array, keys: readonly Uint8Array[]): Promise<ReadProof> {
    return this.#evidence.prove(at, keys);
  }

  async *roundsDue(worker: number): AsyncGenerator<DueRound> {
    const { client } = this.init;
    const at = await client.finalizedHash();
    for await (const [[provider, keyId], { round, state }] of client.entries(query.Audit.Challenges, [], at)) {
      if (state.type !== 'Answered' || state.value.worker !== worker) continue;
      yield { provider, keyId, round, verifyBy: state.value.verify_by };
    }
  }

  follow(listener: (events: readonly TeeEvent[], number: number) => void, onGap: () => void): () => Promise<void> {
    const { client } = this.init;
    const onHead = async ({ number }: { readonly number: number }, hash: Uint8Array): Promise<void> => {
      listener((await client.events(hash)).flatMap(toTeeEvent), number);
    };
    return client.followFinalized(onHead, { onGap });
  }
}

function toTeeEvent({ event }: EventRecord): TeeEvent[] {
  if (event.type === 'TeeWorker') {
    const { type, value } = event.value;
    return type === 'WorkerSuspended' ? [{ type: 'suspended', worker: value.worker }] : [];
  }
  if (event.type !== 'Audit') return [];
  switch (event.value.type) {
    case 'ProofSubmitted':
    case 'VerifierRedrawn': {
      const { miner: provider, key_id: keyId, round, worker, verify_by: verifyBy } = event.value.value;
      return [{ type: 'due', provider, keyId, round, worker, verifyBy }];
    }
    case 'DeadlineExtended': {
      const { miner: provider, key_id: keyId, round, worker, until } = event.value.value;
      return [{ type: 'due', provider, keyId, round, worker, verifyBy: until }];
    }
    case 'VerdictSubmitted':
    case 'RoundClosed': {
      const { miner: provider, key_id: keyId, round } = event.value.value;
      return [{ type: 'settled', provider, keyId, round }];
    }
    default:
      return [];
  }
}
