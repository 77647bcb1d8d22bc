// What the audit duties of a provider need of the chain (docs/protocol/audit.md). Each read uses one finalized block. Calls
// resolve when they are finalized. Implemented in duty-adapter.ts.
import type { ChallengeInfo, FragmentPlace, RestoralReason, RoundRef } from '@cess/client';
import type { ChallengedSlot } from '@cess/client/audit';
import type { ProviderAddress, TeeAddress } from '@cess/node-api';
import type { TagKey } from '../proof-worker/proof-tasks.js';
import type { ChainFragment } from './chain-port.js';

/** An active worker with its current tagging key. */
export interface TeeWorkerRecord extends TeeAddress {
  readonly keyId: Uint8Array;
  /** Whether it works for a candidate that has no seat and could have one: its work raises the credit of that (R2S-2). */
  readonly isAuxiliary: boolean;
}

export interface WorkerTagKey extends TagKey {
  readonly signerKey: Uint8Array;
  /** Endpoint of the key's worker; undefined if it must not be used. */
  readonly endpoint: string | undefined;
  /** Whether its worker has left: the chain takes no tags under it. */
  readonly isRevoked: boolean;
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

/** Fragments that lost their holder, and fragments that were declared without one. */
export const repairClasses = ['losses', 'holes'] as const;
export type RepairClass = (typeof repairClasses)[number];

/** A place in a class of the queue: segments are ordered by margin, then by a hash of the owner, then by file. */
export interface QueuePoint {
  readonly margin: number;
  /** 8 bytes. */
  readonly owner: Uint8Array;
  readonly fileId: Uint8Array;
}

/** A segment with restoral orders. */
export interface QueuedSegment extends QueuePoint {
  readonly segment: number;
}

export interface RestoralOrderView {
  readonly reason: RestoralReason;
  readonly openedAt: number;
  readonly margin: number;
  readonly claim: { readonly provider: number; readonly until: number } | undefined;
  /** Providers that may not claim the order up to a block, because they did not complete it before. */
  readonly waits: readonly { readonly provider: number; readonly until: number }[];
}

export interface RestoralOrdersView {
  readonly now: number;
  /** Number of blocks that a claim lasts. */
  readonly claimPeriod: number;
  /** In the order of the request; undefined where there is no restoral order. */
  readonly orders: readonly (RestoralOrderView | undefined)[];
}

/** The chain's record of a segment, as far as a rebuild needs it. */
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
  /** Whether the chain assigns fragments to the provider. */
  readonly isActive: boolean;
  /** Declared space that is not in use. */
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

  /** The running rounds of a provider. */
  rounds(provider: number): Promise<readonly RoundRef[]>;
  round(provider: number, keyId: Uint8Array): Promise<RoundView | undefined>;
  submitProof(answer: ProofAnswer, signal: AbortSignal): Promise<void>;
  concede(ref: RoundRef, signal: AbortSignal): Promise<void>;
  dispute(ref: RoundRef, signal: AbortSignal): Promise<void>;

  /** At most `MAX_PLACES`, like the next three calls. The tags of a completion are under one key. */
  reportLoss(places: readonly FragmentPlace[], signal: AbortSignal): Promise<void>;
  claimRestoralOrders(places: readonly FragmentPlace[], signal: AbortSignal): Promise<void>;
  releaseRestoralOrders(places: readonly FragmentPlace[], signal: AbortSignal): Promise<void>;
  completeRestoralOrders(keyId: Uint8Array, restored: readonly TagReportEntry[], signal: AbortSignal): Promise<void>;
  /** At most `limit` segments of a class of the queue behind that point, in queue order. */
  queuedSegments(repairClass: RepairClass, after: QueuePoint, limit: number): Promise<readonly QueuedSegment[]>;
  restoralOrders(places: readonly FragmentPlace[]): Promise<RestoralOrdersView>;
  /** Undefined for a deleted file. */
  segment(fileId: Uint8Array, segment: number): Promise<SegmentFacts | undefined>;
  /** Addresses of the providers that can be read from, by index. */
  providers(indices: readonly number[]): Promise<ReadonlyMap<number, ProviderAddress>>;
  /** The places that the chain assigns to the provider, in pages. */
  heldOnChain(provider: number): AsyncIterable<readonly FragmentPlace[]>;
  ownSpace(provider: number): Promise<OwnSpace>;

  /** Calls back after each reconnection to the node. The result ends it. */
  onConnected(listener: () => void): () => void;
}
