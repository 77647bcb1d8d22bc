// A chain of one author over the in-memory state, for tests of the whole runtime.
import {
  type ApplyExtrinsicResult,
  type DispatchError,
  finalityPreRuntime,
  type Header,
  header,
  r2sPreRuntime,
} from '@cess/chain-primitives';
import { authorityIndexOf } from '@cess/consensus';
import { blake2_256, createEd25519Signer, createRuntimeCrypto } from '@cess/crypto';
import { CESS, invariant } from '@cess/primitives';
import type { Context } from '../frame/context.js';
import {
  createRuntime,
  decodeEvents,
  type EventRecord,
  type Externalities,
  encodeSignedExtrinsic,
  type GenesisConfig,
  type HookFailure,
  holdersOfSlot,
  query,
  type SigningContext,
} from '../index.js';
import { MemoryExternalities } from './memory-externalities.js';

export const runtimeCrypto = await createRuntimeCrypto();

const seeded = (byte: number) => createEd25519Signer(new Uint8Array(32).fill(byte));

export const alice = seeded(1);
export const bob = seeded(2);
export const carol = seeded(3);
export const author = seeded(9);
export const GENESIS_HASH = new Uint8Array(32).fill(0xee);
export const START_MS = 1_700_000_000_000n;
type Signer = typeof alice;
const runtime = createRuntime(runtimeCrypto);

/** The context in which hooks run, over a state of the caller. */
export function contextOver(ext: Externalities): Context {
  return { ext, crypto: runtimeCrypto, phase: { type: 'Initialization' } };
}

/** Where a chain stands: others may go on from there. */
export interface Standing {
  readonly ext: MemoryExternalities;
  readonly parentHash: Uint8Array;
  readonly number: number;
  readonly slot: bigint;
  readonly nonces: ReadonlyMap<Signer, number>;
}

export class Harness {
  readonly runtime = runtime;
  ext = new MemoryExternalities();
  parentHash: Uint8Array = GENESIS_HASH;
  number = 0;
  slot = 0n;
  /** The finalized block that the author names; undefined: it names none, as before version 4. */
  finalized: number | undefined;
  /** Of all blocks so far. */
  readonly hookFailures: HookFailure[] = [];
  #nonces = new Map<Signer, number>();

  constructor(slotDurationMs = 1000, change: Partial<GenesisConfig> = {}) {
    this.runtime.genesis(this.ext, {
      spec: 'development',
      slotDurationMs,
      balances: [alice, bob, carol].map((signer) => [signer.publicKey, 1_000_000n * CESS] as const),
      authorities: [{ key: author.publicKey, account: author.publicKey }],
      beacon: new Uint8Array(64).fill(7),
      audit: { cycle: 120, proof: 60, verdict: 60, dispute: 60, claim: 120 },
      ...change,
    });
  }

  standing(): Standing {
    const { parentHash, number, slot } = this;
    return { ext: this.ext.fork(), parentHash, number, slot, nonces: new Map(this.#nonces) };
  }

  goOnFrom({ ext, parentHash, number, slot, nonces }: Standing): void {
    this.ext = ext.fork();
    this.parentHash = parentHash;
    this.number = number;
    this.slot = slot;
    this.#nonces = new Map(nonces);
  }

  open(): void {
    this.begin();
    this.applyInherents(this.ext);
  }

  /** Opens a block whose inherents are still to be applied. */
  begin(): void {
    this.number++;
    do this.slot++;
    while (this.#seatOf(this.ext, this.slot) === undefined);
    this.#initialize(this.ext, this.number, this.slot);
  }

  /** Opens a block with a claim of its own. */
  beginWith(claim: { readonly slot: bigint; readonly authority_index: number }): void {
    const { parentHash } = this;
    const digest = [r2sPreRuntime({ ...claim, vrf_output: new Uint8Array(64), vrf_proof: new Uint8Array(80) })];
    this.runtime.initializeBlock(this.ext, { parentHash, number: this.number + 1, digest });
  }

  /** Opens the next block over another state, and leaves this chain as it is. */
  openOver(ext: Externalities): void {
    this.#initialize(ext, this.number + 1, this.slot + 1n);
    this.applyInherents(ext, this.slot + 1n);
  }

  applyInherents(ext: Externalities, slot = this.slot): void {
    for (const inherent of this.runtime.inherentExtrinsics(ext, { timestampMs: START_MS + slot * 1000n })) {
      invariant(this.runtime.applyExtrinsic(ext, inherent).type === 'Ok', 'the inherent applies');
    }
  }

  /** The seat whose turn the slot is; undefined if it is vacant. */
  #seatOf(ext: Externalities, slot: bigint): number | undefined {
    const holders = holdersOfSlot({ ext }, slot, query.Randomness.Beacon.get({ ext }));
    const seat = authorityIndexOf(slot, holders.length);
    return holders[seat] && seat;
  }

  #initialize(ext: Externalities, number: number, slot: bigint): void {
    const claim = {
      slot,
      authority_index: this.#seatOf(ext, slot) ?? 0,
      vrf_output: new Uint8Array(64).fill(number & 0xff),
      vrf_proof: new Uint8Array(80),
    };
    const { parentHash } = this;
    const finality = this.finalized === undefined ? [] : [finalityPreRuntime(this.finalized)];
    this.runtime.initializeBlock(ext, { parentHash, number, digest: [r2sPreRuntime(claim), ...finality] }, (failure) =>
      this.hookFailures.push(failure),
    );
  }

  close(): { readonly header: Header; readonly events: readonly EventRecord[] } {
    const closed = this.runtime.finalizeBlock(this.ext, (failure) => this.hookFailures.push(failure));
    this.parentHash = blake2_256(header.encode(closed));
    return { header: closed, events: decodeEvents(this.ext.get(query.System.Events.key())!) };
  }

  nonceOf(signer: Signer): number {
    return this.#nonces.get(signer) ?? 0;
  }

  sign(signer: Signer, call: Uint8Array, change: Partial<SigningContext> = {}): Uint8Array {
    const context = {
      nonce: this.nonceOf(signer),
      genesisHash: GENESIS_HASH,
      specVersion: this.runtime.version.specVersion,
      transactionVersion: this.runtime.version.transactionVersion,
      ...change,
    };
    return encodeSignedExtrinsic(call, context, {
      account: signer.publicKey,
      sign: (payload) => ({ type: 'Ed25519', value: signer.sign(payload) }),
    });
  }

  /** Applies a signed call in the open block. */
  apply(signer: Signer, call: Uint8Array, change: Partial<SigningContext> = {}): ApplyExtrinsicResult {
    const result = this.runtime.applyExtrinsic(this.ext, this.sign(signer, call, change));
    if (result.type === 'Ok') this.#nonces.set(signer, this.nonceOf(signer) + 1);
    return result;
  }

  /** One block with one call: its events, or the error of its dispatch. */
  run(
    signer: Signer,
    call: Uint8Array,
  ): { readonly error: DispatchError | undefined; readonly events: readonly EventRecord[] } {
    this.open();
    const result = this.apply(signer, call);
    invariant(result.type === 'Ok', `the extrinsic was refused: ${JSON.stringify(result)}`);
    const { events } = this.close();
    return { error: result.value.type === 'Err' ? result.value.value : undefined, events };
  }

  /** Empty blocks. */
  advance(blocks: number): void {
    for (let i = 0; i < blocks; i++) {
      this.open();
      this.close();
    }
  }

  free(account: Uint8Array): bigint {
    return query.System.Account.get(this, account).data.free;
  }
}
