// A game: honest and dishonest parties act on the real runtime, block after block, and oracles check what must hold whatever
// the dishonest ones do. A party sees the state of the chain and what it holds itself. In each block its calls compete for
// space by tip, which is the order that favours an attacker with money most.
//
// In some games finality stands still at times. Honest nodes act on finalized blocks only, so they do nothing then; dishonest ones go
// on.
//
// The proofs of honest providers are real when a dispute may need them (`realProofs`), else 128 bytes that stand for one:
// a party that judges a proof asks the game whether the provider holds what was asked.
import { equalBytes, invariant, toHex } from '@cess/primitives';
import { challengedSlots, type EventRecord, query, type SlotInfo } from '../../index.js';
import type { RegistryKey } from '../../pallets/audit/declaration.js';
import { AuditScenario, type Worker } from '../audit-scenario.js';
import { GENESIS_HASH } from '../harness.js';
import type { Provider } from '../storage-scenario.js';
import { Ledger } from './ledger.js';
import { Random } from './random.js';

export type Signer = Provider['account'];

export interface Party {
  readonly name: string;
  readonly isHonest: boolean;
  /** All accounts of the party: the ledger adds them up. */
  readonly accounts: readonly Uint8Array[];
  /** Called before each block. */
  act(game: Game): void;
}

interface Submission {
  readonly signer: Signer;
  readonly call: Uint8Array;
  readonly tip: bigint;
}

/** Makes the party of a dishonest provider. */
export type ProviderStrategy = new (game: Game, index: number) => Party;

/** A rule of the runtime made weaker, to show that the oracles notice. */
export interface Weakening {
  readonly name: string;
  /** The strategies of all dishonest providers; without them the seed chooses. */
  readonly providers?: readonly ProviderStrategy[];
  /** Dishonest holders of a file at most. */
  readonly holders?: number;
  /** Parties beside those that the seed chooses. */
  readonly outsiders?: (game: Game) => readonly Party[];
  /** Of the games of the test, the one that is played first, because it noticed the weakening when this was written. Default 0. */
  readonly firstGame?: number;
  /** Called after each block. */
  apply(game: Game, events: readonly EventRecord[]): void;
}

export interface GameInit {
  readonly seed: string;
  readonly workers: number;
  readonly files: number;
  readonly realProofs: boolean;
  readonly weakening?: Weakening;
}

/** Short periods, so that a game of 200 blocks has many rounds. */
export const PERIODS = { cycle: 24, proof: 10, verdict: 6, dispute: 6, claim: 8 };

/** One of so many blocks begins a stall of finality, in one of so many games; it lasts for at most so many blocks. */
const STALLS = { blocks: 50, games: 3, length: 30 };

/** Length of a stored file: a fragment has one block. */
const FILE_BYTES = 8_000;

export class Game {
  readonly chain: AuditScenario;
  readonly random: Random;
  readonly ledger = new Ledger();
  readonly parties: Party[] = [];
  readonly files: Uint8Array[] = [];
  /** Providers whose party is dishonest. */
  readonly dishonest = new Set<number>();
  readonly dishonestWorkers = new Set<number>();
  /** Providers that deleted tagged data without a report, and since when. */
  readonly cheatsSince = new Map<number, number>();
  /** Blocks in which the room for duties was exhausted. */
  stuffedBlocks = 0;
  /** Events of the last block. */
  events: readonly EventRecord[] = [];
  readonly #submissions: Submission[] = [];
  /** Whether the proof of a round was made over what was asked, by provider, key and proof. */
  readonly #truth = new Map<string, boolean>();
  #proofs = 0;
  /** Its own choices, so that a game with stalls has the parties of the same game without. */
  readonly #finality: Random;
  readonly #hasStalls: boolean;
  #stallEnds = 0;

  constructor(readonly init: GameInit) {
    this.random = new Random(init.seed);
    this.#finality = new Random(`${init.seed}/finality`);
    this.#hasStalls = this.#finality.chance(1, STALLS.games);
    this.chain = new AuditScenario(init.workers);
    query.Audit.Periods.put(this.chain, PERIODS);
  }

  get number(): number {
    return this.chain.number;
  }

  /** Whether blocks are made and none is finalized. */
  get isFinalityStalled(): boolean {
    return this.chain.finalized !== undefined && this.chain.finalized < this.number;
  }

  get providerCount(): number {
    return this.chain.providers.length;
  }

  provider(index: number): Provider {
    const provider = this.chain.providers[index];
    invariant(provider !== undefined, 'the provider exists');
    return provider;
  }

  addParty(party: Party): void {
    this.parties.push(party);
    for (const account of party.accounts) this.ledger.open(this.chain, account);
  }

  /** Stores a file with random holders, at most `maxDishonest` of them dishonest. */
  storeFile(maxDishonest: number): void {
    const active = (index: number) => query.Sminer.Miners.get(this.chain, index)?.state === 'Positive';
    const all = this.random.shuffled(this.chain.providers.map(({ index }) => index).filter(active));
    const dishonest = all.filter((index) => this.dishonest.has(index)).slice(0, maxDishonest);
    const honest = all.filter((index) => !this.dishonest.has(index));
    const holders = this.random.shuffled([...dishonest, ...honest].slice(0, 6));
    if (holders.length === 6) this.files.push(this.chain.storeFile(holders, FILE_BYTES));
  }

  /** Queues a call for the next block. */
  submit(signer: Signer, call: Uint8Array, tip = 0n): void {
    this.#submissions.push({ signer, call, tip });
  }

  /** All parties act, then one block is made of their calls. */
  block(): void {
    this.#moveFinality();
    for (const party of this.parties) party.act(this);
    const queue = this.#submissions.splice(0).sort((a, b) => (a.tip < b.tip ? 1 : a.tip > b.tip ? -1 : 0));
    this.chain.open();
    for (const { signer, call, tip } of queue) this.chain.apply(signer, call, { tip });
    if (query.System.DutyRoomExhausted.get(this.chain)) this.stuffedBlocks++;
    this.events = this.chain.close().events;
    this.init.weakening?.apply(this, this.events);
    invariant(this.chain.hookFailures.length === 0, `a hook failed: ${this.chain.hookFailures[0]?.reason}`);
  }

  #moveFinality(): void {
    if (this.number < this.#stallEnds) return;
    this.chain.finalized = this.number;
    if (this.#hasStalls && this.#finality.chance(1, STALLS.blocks))
      this.#stallEnds = this.number + 1 + this.#finality.below(STALLS.length);
  }

  // ---- what parties hold

  holds(provider: number, fileId: Uint8Array, fragment: number): boolean {
    return this.chain.disks.has(`${provider}/${toHex(fileId)}/${fragment}`);
  }

  /** Whether the file is none that the game stored: its holes cannot be filled. */
  isJunk(fileId: Uint8Array): boolean {
    return !this.files.some((file) => equalBytes(file, fileId));
  }

  drop(provider: number, fileId: Uint8Array, fragment: number): void {
    this.chain.disks.delete(`${provider}/${toHex(fileId)}/${fragment}`);
  }

  /** What the chain says that the provider holds, of files that exist. */
  holdingsOf(provider: number): { readonly fileId: Uint8Array; readonly fragment: number }[] {
    return [...query.FileBank.HeldBy.entries(this.chain, [provider])]
      .map(([[, fileId, , fragment]]) => ({ fileId, fragment }))
      .filter(({ fileId }) => query.FileBank.Files.has(this.chain, fileId));
  }

  /** Holders of a fragment's segment that really hold their bytes. */
  sourcesOf(fileId: Uint8Array): number {
    const fragments = [...query.FileBank.Fragments.entries(this.chain, [fileId])];
    return fragments.filter(
      ([[, , fragment], { holder }]) => holder !== undefined && this.holds(holder, fileId, fragment),
    ).length;
  }

  // ---- rounds

  /** Rounds of the provider that wait for its proof. */
  openRounds(provider: number): RegistryKey[] {
    return [...query.Audit.Challenges.entries(this.chain, [provider])]
      .filter(([, { state }]) => state.type === 'Open')
      .map(([[miner, key_id]]) => ({ miner, key_id }));
  }

  /** The slots that the round asks about as of a block. */
  #asked({ miner, key_id }: RegistryKey, asOf: number): SlotInfo[] {
    const info = query.Audit.Challenges.get(this.chain, miner, key_id);
    invariant(info !== undefined, 'the round is open');
    return challengedSlots({ genesis: GENESIS_HASH, provider: miner, keyId: key_id }, info).flatMap((number) => {
      const slot = query.Audit.Slots.get(this.chain, miner, key_id, number);
      if (slot === undefined) return [];
      const goneAt = slot.gone_at ?? query.FileBank.PendingDeletion.get(this.chain, slot.file_id)?.deleted_at;
      return goneAt !== undefined && goneAt <= asOf ? [] : [slot];
    });
  }

  #isAnythingAsked(registry: RegistryKey, asOf: number): boolean {
    return this.#asked(registry, asOf).length > 0;
  }

  /** Whether the provider holds every fragment that the round asks about as of a block, with its tags. */
  canProve(registry: RegistryKey, asOf = this.number): boolean {
    const { miner } = registry;
    return this.#asked(registry, asOf).every((slot) => {
      const held = this.chain.disks.get(`${miner}/${toHex(slot.file_id)}/${slot.fragment}`);
      return held !== undefined && equalBytes(held.tagId, slot.tag_id);
    });
  }

  /** The proof that a provider makes of what it holds; of no use if it lacks something. */
  proofOf(registry: RegistryKey, asOf: number): Uint8Array {
    const isTrue = this.canProve(registry, asOf);
    const proof =
      isTrue && this.init.realProofs && this.#isAnythingAsked(registry, asOf)
        ? this.#realProof(registry, asOf)
        : this.#placeholder();
    this.#truth.set(proofName(registry, proof), isTrue);
    return proof;
  }

  #realProof({ miner, key_id }: RegistryKey, asOf: number): Uint8Array {
    return this.chain.prove(miner, this.workerOfKey(key_id), asOf);
  }

  #placeholder(): Uint8Array {
    const proof = new Uint8Array(128);
    new DataView(proof.buffer).setUint32(0, ++this.#proofs);
    return proof;
  }

  /** What a verification of the proof gives. */
  isTrue(registry: RegistryKey, proof: Uint8Array): boolean {
    return this.#truth.get(proofName(registry, proof)) ?? false;
  }

  workerOfKey(keyId: Uint8Array): Worker {
    const worker = this.chain.workers.find((one) => toHex(one.keyId) === toHex(keyId));
    invariant(worker !== undefined, 'the key is that of a worker');
    return worker;
  }

  /** A worker that makes tags, if there is one. */
  activeWorker(): Worker | undefined {
    const active = this.chain.workers.filter(
      ({ index }) => query.TeeWorker.Workers.get(this.chain, index)?.state === 'Active',
    );
    return active.length === 0 ? undefined : this.random.pick(active);
  }
}

function proofName({ miner, key_id }: RegistryKey, proof: Uint8Array): string {
  return `${miner}/${toHex(key_id)}/${toHex(proof)}`;
}
