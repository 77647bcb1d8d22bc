// What a provider's audit duties need of the chain (docs/protocol/audit.md). Reads are of the finalized head, each
// answer of one block; calls resolve when they are finalized. Implemented in chain/duty-adapter.ts.
import type { ChallengeInfo, FragmentPlace, RestoralReason, RoundRef } from '@cess/client';
import type { ChallengedSlot } from '@cess/client/audit';
import type { ProviderAddress, TeeAddress } from '@cess/node-api';
import type { TagKey } from '../proof-worker/proof-tasks.js';
import type { ChainFragment } from './chain-port.js';

/** An active worker with the key that it tags under now. */
export interface TeeWorkerRecord extends TeeAddress {
  readonly keyId: Uint8Array;
}

export interface WorkerTagKey extends TagKey {
  readonly signerKey: Uint8Array;
  /** Of the key's worker; undefined if it must not be used. */
  readonly endpoint: string | undefined;
}

export interface TagReportEntry extends FragmentPlace {
  readonly tagsHash: Uint8Array;
  /** xi. */
  readonly signature: Uint8Array;
}

export interface RoundView {
  /** Number of the block that this was read at. */
  readonly asOf: number;
  readonly info: ChallengeInfo;
  readonly slots: readonly ChallengedSlot[];
}

export interface ProofAnswer extends RoundRef {
  readonly asOf: number;
  readonly proof: Uint8Array;
}

export interface RestoralOrderView {
  readonly reason: RestoralReason;
  readonly openedAt: number;
  readonly margin: number;
  readonly claim: { readonly provider: number; readonly until: number } | undefined;
}

export interface RestoralOrdersView {
  readonly now: number;
  /** Blocks for which an order is claimed. */
  readonly claimPeriod: number;
  /** In the order asked; undefined where there is none. */
  readonly orders: readonly (RestoralOrderView | undefined)[];
}

/** A segment as the chain records it: what is needed to rebuild one of its fragments. */
export interface SegmentFacts {
  readonly orderId: Uint8Array;
  /** Account of the gateway that declared the file. */
  readonly gateway: Uint8Array;
  readonly k: number;
  readonly n: number;
  readonly ciphertextLength: number;
  readonly fragmentLength: number;
  /** n of them. */
  readonly fragments: readonly ChainFragment[];
}

export interface OwnSpace {
  /** May get fragments. */
  readonly isActive: boolean;
  /** Declared space that is not booked yet. */
  readonly freeBytes: number;
}

export interface DutyChain {
  readonly genesis: Uint8Array;
  fragments(addresses: readonly FragmentPlace[]): Promise<readonly (ChainFragment | undefined)[]>;

  teeWorkers(): Promise<readonly TeeWorkerRecord[]>;
  tagKey(keyId: Uint8Array): Promise<WorkerTagKey | undefined>;
  /** Ids of the keys under which these fragments are tagged. */
  tagKeysOf(addresses: readonly FragmentPlace[]): Promise<readonly (Uint8Array | undefined)[]>;
  /** At most `MAX_REPORTS`. */
  reportTags(keyId: Uint8Array, reports: readonly TagReportEntry[], signal: AbortSignal): Promise<void>;

  /** All rounds of a provider that run. */
  rounds(provider: number): Promise<readonly RoundRef[]>;
  round(provider: number, keyId: Uint8Array): Promise<RoundView | undefined>;
  submitProof(answer: ProofAnswer, signal: AbortSignal): Promise<void>;
  concede(ref: RoundRef, signal: AbortSignal): Promise<void>;
  dispute(ref: RoundRef, signal: AbortSignal): Promise<void>;

  /** At most `MAX_PLACES`, as for the two calls below. */
  reportLoss(places: readonly FragmentPlace[], signal: AbortSignal): Promise<void>;
  claimRestoralOrders(places: readonly FragmentPlace[], signal: AbortSignal): Promise<void>;
  completeRestoralOrders(places: readonly FragmentPlace[], signal: AbortSignal): Promise<void>;
  /** The most urgent orders, with their margins, in the order of the queue. */
  restoralQueue(limit: number): Promise<readonly (FragmentPlace & { readonly margin: number })[]>;
  restoralOrders(places: readonly FragmentPlace[]): Promise<RestoralOrdersView>;
  /** Undefined for a file that is gone. */
  segment(fileId: Uint8Array, segment: number): Promise<SegmentFacts | undefined>;
  /** Providers that can be read from, by index. */
  providers(indices: readonly number[]): Promise<ReadonlyMap<number, ProviderAddress>>;
  /** What the provider holds, page by page. */
  heldOnChain(provider: number): AsyncIterable<readonly FragmentPlace[]>;
  ownSpace(provider: number): Promise<OwnSpace>;

  /** Calls back after each reconnection to the node. The result ends it. */
  onConnected(listener: () => void): () => void;
}
