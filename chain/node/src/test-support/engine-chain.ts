// An engine over any store with a hand-moved clock, and blocks made for it: the pipeline without threads and sockets.
import type { Header } from '@cess/chain-primitives';
import { justificationCodec, justifyBySingleVote, sealHeader, slotAt, type Vrf } from '@cess/consensus';
import {
  createEd25519Signer,
  createRuntimeCrypto,
  createSr25519Signer,
  type Sr25519Signer,
  vrfProofToHash,
  vrfProve,
  vrfVerify,
} from '@cess/crypto';
import { CESS, type Clock, toHex, toHex0x } from '@cess/primitives';
import { createRuntime, encodeSignedExtrinsic, tx } from '@cess/runtime';
import type { Kv } from '@cess/store';
import type { BlockPointer } from '../engine/block-store.js';
import { ChainEngine } from '../engine/chain-engine.js';
import type { Finalized, ImportedBlock, Proposal } from '../engine/engine-types.js';
import type { ProposedTransaction } from '../engine/execution.js';
import { type RuntimeEra, RuntimeRegistry } from '../engine/runtime-registry.js';
import type { CallLimits } from '../engine/timed-state.js';
import type { ChainSpec } from '../index.js';
import { authoritySeed, devSpec } from './dev-node.js';

/** An account with money. */
export const rich = createSr25519Signer(new Uint8Array(32).fill(5));
export const spec = devSpec({ balances: [[toHex0x(rich.publicKey), (1000n * CESS).toString()]] });
export const signer = createEd25519Signer(authoritySeed);
export const runtime = createRuntime(await createRuntimeCrypto());
const { specVersion, transactionVersion } = runtime.version;
// The same chains are made, crashed and replayed many times: every proof is made and checked once.
const vrf: Vrf = {
  prove: remembered((seed, alpha) => vrfProve(seed, alpha)),
  verify: remembered((key, alpha, proof) => vrfVerify(key, alpha, proof)),
  proofToHash: (proof) => vrfProofToHash(proof),
};

function remembered<A extends readonly Uint8Array[], R>(compute: (...args: A) => R): (...args: A) => R {
  const results = new Map<string, R>();
  return (...args) => {
    const name = args.map(toHex).join('/');
    if (!results.has(name)) results.set(name, compute(...args));
    return results.get(name) as R;
  };
}

/** A clock that tests advance. */
export class ManualClock implements Clock {
  #nowMs = 1_800_000_000_000;

  nowMs(): number {
    return this.#nowMs;
  }

  advance(milliseconds: number): void {
    this.#nowMs += milliseconds;
  }

  nextSlot(slots = 1): void {
    this.#nowMs += spec.slotDurationMs * slots;
  }
}

/** With other eras or another specification, as a later version of the program would have. */
export interface EngineVariant {
  readonly eras?: readonly RuntimeEra[];
  readonly spec?: ChainSpec;
  readonly keptBlocks?: number;
}

export function openEngine(kv: Kv, clock: Clock, variant: EngineVariant = {}): Promise<ChainEngine> {
  const runtimes = new RuntimeRegistry(variant.eras ?? [{ fromBlock: 0, runtime }]);
  const { spec: variantSpec = spec, keptBlocks } = variant;
  return ChainEngine.open({ kv, spec: variantSpec, runtimes, vrf, clock, keptBlocks });
}

export interface BuiltBlock {
  readonly header: Header;
  readonly extrinsics: readonly Uint8Array[];
}

/** What the engine proposes on its best block in the slot of the clock. */
export function proposeBlock(engine: ChainEngine, clock: Clock, transactions: readonly Uint8Array[] = []): Proposal {
  const proposed = transactions.map((bytes) => ({ bytes, isDuty: false }));
  return propose(engine, clock, proposed);
}

export function propose(
  engine: ChainEngine,
  clock: Clock,
  transactions: readonly ProposedTransaction[],
  callLimits: CallLimits = { budgetMs: 400, endMs: clock.nowMs() + 750 },
): Proposal {
  return engine.propose({
    slot: slotAt(clock.nowMs(), spec.slotDurationMs),
    author: signer.publicKey,
    secretSeed: authoritySeed,
    transactions,
    deadlineMs: clock.nowMs() + 1000,
    callLimits,
  });
}

/** A sealed block on the engine's best one in the slot of the clock. */
export function buildBlock(engine: ChainEngine, clock: Clock, transactions: readonly Uint8Array[] = []): BuiltBlock {
  const proposal = proposeBlock(engine, clock, transactions);
  return { header: sealHeader(proposal.header, signer), extrinsics: proposal.extrinsics };
}

/** Builds and imports the block of the next slot. */
export async function extend(engine: ChainEngine, clock: ManualClock, transactions: readonly Uint8Array[] = []) {
  clock.nextSlot();
  const block = buildBlock(engine, clock, transactions);
  const imported: ImportedBlock = await engine.importBlock(block.header, block.extrinsics);
  return { ...block, imported };
}

/** Finalizes the best block. */
export function finalizeBest(engine: ChainEngine): Promise<Finalized> {
  return finalizeBlock(engine, engine.heads().best);
}

/** Finalizes any block, as a majority of authorities can. */
export function finalizeBlock(engine: ChainEngine, { hash, number }: BlockPointer): Promise<Finalized> {
  const vote = { target: { hash, number }, round: BigInt(number), setId: 0n };
  return engine.finalize(justificationCodec.encode(justifyBySingleVote(vote, signer)));
}

/** Receives what `signedTransfer` sends. */
export const receiver = new Uint8Array(32).fill(9);

/** A transfer of 1 CESS. */
export function signedTransfer(genesisHash: Uint8Array, from: Sr25519Signer, nonce: number): Uint8Array {
  return encodeSignedExtrinsic(
    tx.Balances.transfer_keep_alive({ dest: { type: 'Id', value: receiver }, value: CESS }),
    { nonce, genesisHash, specVersion, transactionVersion },
    { account: from.publicKey, sign: (payload) => ({ type: 'Sr25519', value: from.sign(payload) }) },
  );
}
