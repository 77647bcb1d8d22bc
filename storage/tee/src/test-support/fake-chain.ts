// The worker's port to the chain over a state in memory: records what is registered and submitted, gives tests a hand in
// heads and events.
import { query } from '@cess/client';
import { CessError, createDeferred, toHex } from '@cess/primitives';
import type { Judgement } from '../enclave/enclave.js';
import type { DueRound, FinalizedHead, TeeChain, TeeEvent, WorkerRecord, WorkerRegistration } from '../index.js';
import { genesis, type ProvenChain, type ProvenState } from './proven-chain.js';

export class FakeTeeChain implements TeeChain {
  readonly genesis = genesis;
  readonly calls: string[] = [];
  readonly submitted: Judgement[][] = [];
  readonly waiting: DueRound[] = [];
  record: WorkerRecord | undefined;
  registered: WorkerRegistration | undefined;
  number = 30;
  isDown = false;
  /** Thrown by the next submissions, one each. */
  readonly failures: CessError[] = [];
  #submission = createDeferred<void>();
  #listeners = new Set<(events: readonly TeeEvent[], number: number) => void>();
  #states = new Map<string, ProvenState>();
  #head: Promise<FinalizedHead> | undefined;

  constructor(readonly state: ProvenChain) {}

  /** Registers a node key as that of the provider who has `as`. */
  provider(key: Uint8Array, as: Uint8Array): void {
    const { NodeKeys } = query.Sminer;
    this.state.remove(NodeKeys.key(as));
    this.state.put(NodeKeys, NodeKeys.key(key), 5);
  }

  async ownRecord(): Promise<WorkerRecord | undefined> {
    this.#answer('ownRecord');
    return this.record;
  }

  async register(registration: WorkerRegistration): Promise<void> {
    this.#answer('register');
    this.registered = registration;
    const { signerKey, endpoint } = registration;
    this.record = { worker: 7, signerKey, endpoint, state: 'Active', isStakeEnough: true };
  }

  async updateEndpoint(endpoint: string): Promise<void> {
    this.#answer('updateEndpoint');
    this.record = { ...this.record!, endpoint };
  }

  async resume(): Promise<void> {
    this.#answer('resume');
    this.record = { ...this.record!, state: 'Active' };
  }

  async submitVerdicts(verdicts: readonly Judgement[]): Promise<void> {
    this.#answer('submitVerdicts');
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    this.submitted.push([...verdicts]);
    this.#submission.resolve();
    this.#submission = createDeferred();
  }

  /** Resolves with the next submission that is taken. */
  nextSubmission(): Promise<void> {
    return this.#submission.promise;
  }

  finalizedHead(): Promise<FinalizedHead> {
    this.#answer('finalizedHead');
    this.#head ??= this.state.finalize(this.number).then((state) => {
      const hash = new Uint8Array(32).fill(this.number);
      this.#states.set(toHex(hash), state);
      return { hash, number: this.number, ...state.block };
    });
    return this.#head;
  }

  async read(at: Uint8Array, keys: readonly Uint8Array[]) {
    return this.#states.get(toHex(at))!.read(keys);
  }

  async prove(at: Uint8Array, keys: readonly Uint8Array[]) {
    return this.#states.get(toHex(at))!.prove(keys);
  }

  async *roundsDue(): AsyncGenerator<DueRound> {
    this.#answer('roundsDue');
    yield* this.waiting;
  }

  follow(listener: (events: readonly TeeEvent[], number: number) => void): () => Promise<void> {
    this.#listeners.add(listener);
    return async () => {
      this.#listeners.delete(listener);
    };
  }

  /** The next block is final, with these events. */
  finalize(...events: TeeEvent[]): void {
    this.number++;
    this.#head = undefined;
    for (const listener of this.#listeners) listener(events, this.number);
  }

  #answer(call: string): void {
    this.calls.push(call);
    if (this.isDown) throw new CessError('RPC_TIMEOUT', 'No node answers.');
  }
}
