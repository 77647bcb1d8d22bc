// What a provider needs of the chain. Implemented over @cess/client (chain/chain-adapter.ts). Serving never waits for
// it: what is known of the chain is kept in memory and refreshed beside.
import type { FragmentPlace, RoundRef } from '@cess/client';

export interface GatewayKey {
  readonly account: Uint8Array;
  readonly nodeKey: Uint8Array;
}

/** This provider's own record. */
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

/** What finalized blocks say about files, in their order. */
export type FileEvent =
  | { readonly type: 'declared'; readonly fileIds: readonly Uint8Array[] }
  /** A hole was filled by its gateway. */
  | ({ readonly type: 'placed'; readonly provider: number } & FragmentPlace)
  /** The provider does not hold it any more. */
  | ({ readonly type: 'lost'; readonly provider: number } & FragmentPlace)
  /** A restoral order was carried out; the provider is the holder now. */
  | ({ readonly type: 'restored'; readonly provider: number } & FragmentPlace)
  | { readonly type: 'deleted'; readonly fileId: Uint8Array };

/** What finalized blocks say about the audit, and about what there is to restore. */
export type DutyEvent =
  | ({ readonly type: 'challenged' } & RoundRef)
  | ({ readonly type: 'judged'; readonly passed: boolean } & RoundRef)
  | ({ readonly type: 'closed'; readonly outcome: RoundOutcome } & RoundRef)
  | ({ readonly type: 'ordered' } & FragmentPlace);

type RoundOutcome = 'Passed' | 'Invalid' | 'Conceded' | 'Late' | 'Void';
export type ProviderEvent = FileEvent | DutyEvent;

/** A finalized block and when it was heard of, in Unix milliseconds. */
export interface SeenBlock {
  readonly number: number;
  readonly seenAtMs: number;
}

/** Reads are of the finalized head. Calls resolve when they are finalized. */
export interface ProviderChain {
  readonly genesis: Uint8Array;
  listGateways(): Promise<readonly GatewayKey[]>;
  /** Index of the provider that registered this node key. */
  providerOfNodeKey(nodeKey: Uint8Array): Promise<number | undefined>;
  ownRecord(): Promise<ProviderRecord | undefined>;
  register(request: RegistrationRequest): Promise<void>;
  updateEndpoint(endpoint: string): Promise<void>;
  updateNodeKey(nodeKey: Uint8Array, proofOfPossession: Uint8Array): Promise<void>;
  /** Which of these files are recorded. */
  filesExist(fileIds: readonly Uint8Array[]): Promise<readonly boolean[]>;
  fragments(addresses: readonly FragmentPlace[]): Promise<readonly (ChainFragment | undefined)[]>;
  /** The files that these order ids belong to. */
  filesOfOrders(orderIds: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>;
  /**
   * Hands over the events of every finalized block from now on without gaps; a block whose listener rejects comes
   * again. Ends with the returned function.
   */
  follow(listener: (events: readonly ProviderEvent[]) => Promise<void>): () => Promise<void>;
  /** The last finalized block that was followed, whether or not it had events; undefined before the first. */
  latestBlock(): SeenBlock | undefined;
}
