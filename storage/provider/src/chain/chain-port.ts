// What a provider needs of the chain. Implemented over @cess/client (chain-adapter.ts). Serving does not wait for the chain:
// it uses cached answers, which are refreshed in the background.
import type { FragmentPlace, RoundRef } from '@cess/client';

export interface GatewayKey {
  readonly account: Uint8Array;
  readonly nodeKey: Uint8Array;
  /** An owner has locked space of a live territory for it. */
  readonly hasQuota: boolean;
}

/** The chain's record of this provider. */
export interface ProviderRecord {
  readonly index: number;
  readonly nodeKey: Uint8Array;
  readonly endpoint: string;
  readonly declaredBytes: number;
}

export interface RegistrationRequest {
  readonly nodeKey: Uint8Array;
  /** Signature of `nodeKeyPossessionMessage` by the node key. */
  readonly proofOfPossession: Uint8Array;
  readonly endpoint: string;
  readonly declaredBytes: number;
}

/** A fragment as the chain records it. */
export interface ChainFragment {
  readonly root: Uint8Array;
  readonly holder: number | undefined;
}

/** Events of finalized blocks about files, in order. */
export type FileEvent =
  | { readonly type: 'declared'; readonly fileIds: readonly Uint8Array[] }
  /** A gateway filled a hole. */
  | ({ readonly type: 'placed'; readonly provider: number } & FragmentPlace)
  /** The provider no longer holds the fragment. */
  | ({ readonly type: 'lost'; readonly provider: number } & FragmentPlace)
  /** The provider completed a restoral order and is the holder now. */
  | ({ readonly type: 'restored'; readonly provider: number } & FragmentPlace)
  | { readonly type: 'deleted'; readonly fileId: Uint8Array };

/** Events of finalized blocks about the audit and about restoral orders. */
export type DutyEvent =
  | ({ readonly type: 'challenged' } & RoundRef)
  | ({ readonly type: 'judged'; readonly passed: boolean } & RoundRef)
  | ({ readonly type: 'closed'; readonly outcome: RoundOutcome } & RoundRef)
  | ({ readonly type: 'ordered' } & FragmentPlace);

type RoundOutcome = 'Passed' | 'Invalid' | 'Conceded' | 'Late' | 'Void';
export type ProviderEvent = FileEvent | DutyEvent;

/** A finalized block and the time of its arrival, in Unix milliseconds. */
export interface SeenBlock {
  readonly number: number;
  readonly seenAtMs: number;
}

/** Reads use the finalized head. Calls resolve when they are finalized. */
export interface ProviderChain {
  readonly genesis: Uint8Array;
  listGateways(): Promise<readonly GatewayKey[]>;
  /** Index of the provider that registered this node key. */
  providerOfNodeKey(nodeKey: Uint8Array): Promise<number | undefined>;
  ownRecord(): Promise<ProviderRecord | undefined>;
  register(request: RegistrationRequest): Promise<void>;
  updateEndpoint(endpoint: string): Promise<void>;
  updateNodeKey(nodeKey: Uint8Array, proofOfPossession: Uint8Array): Promise<void>;
  /** Whether the chain records each of these files. */
  filesExist(fileIds: readonly Uint8Array[]): Promise<readonly boolean[]>;
  fragments(addresses: readonly FragmentPlace[]): Promise<readonly (ChainFragment | undefined)[]>;
  /** The files of these order ids. Different owners may use the same order id. */
  filesOfOrders(orderIds: readonly Uint8Array[]): Promise<readonly (readonly Uint8Array[])[]>;
  /**
   * Passes the events of every later finalized block to the listener, without gaps. Repeats a block whose listener
   * rejects. The result ends it.
   */
  follow(listener: (events: readonly ProviderEvent[]) => Promise<void>): () => Promise<void>;
  /** The last followed block, with or without events; undefined before the first. */
  latestBlock(): SeenBlock | undefined;
}
