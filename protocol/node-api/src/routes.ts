// The HTTP contract of a storage provider (docs/protocol/node-api.md). All bodies but fragments are JSON.
//
//   PUT    /v1/fragments/{orderId}/{segment}/{fragment}   body = the fragment; 201 {receipt}
//   DELETE /v1/fragments/{orderId}/{segment}/{fragment}   deletes an undeclared fragment of the same gateway; 204, or 202 while an attestation names it
//   GET    /v1/fragments/{root}                            bytes, `Range` honoured; 200 or 206
//   POST   /v1/holdings                                    {entries} -> {until, signature}: attests a declaration batch
//   POST   /v1/renewals                                    {orderIds} -> {expirySeconds}: keeps undeclared fragments longer
//   POST   /v1/undeclared                                  {after} -> {fragments, isComplete}: undeclared fragments of the gateway
//   POST   /v1/discards                                    {places} -> {deleted, kept, declared}: deletes undeclared fragments of the gateway
//   GET    /v1/status                                      {nodeKey, miner, freeBytes, fragments}; unsigned
import { toHex } from '@cess/primitives';
import type { OrderPlace } from '@cess/types';

export const routePrefix = '/v1';
/** Root of the fragment of a PUT. It is signed instead of a content digest. */
export const fragmentRootHeader = 'cess-fragment-root';
/** Account of the gateway on whose behalf a fragment is stored. */
export const gatewayHeader = 'cess-gateway';
/** Tagging key for the requested tags (docs/protocol/audit.md §9). */
export const fragmentTagKeyHeader = 'cess-tag-key';
/** Key of the target node, so that no request can be replayed at another node. */
export const audienceHeader = 'cess-audience';

/** Largest JSON body that a node accepts. */
export const maxJsonBodyBytes = 4 * 1024 * 1024;
/** Most entries in one holdings request. */
export const maxHoldingEntries = 20_000;
/** Most places in one discards request. */
export const maxDiscardPlaces = 10_000;

export function orderPlacePath({ orderId, segment, fragment }: OrderPlace): string {
  return `${routePrefix}/fragments/${toHex(orderId)}/${segment}/${fragment}`;
}

export function fragmentRootPath(root: Uint8Array): string {
  return `${routePrefix}/fragments/${toHex(root)}`;
}

export const holdingsPath = `${routePrefix}/holdings`;
export const renewalsPath = `${routePrefix}/renewals`;
export const undeclaredPath = `${routePrefix}/undeclared`;
export const discardsPath = `${routePrefix}/discards`;
export const statusPath = `${routePrefix}/status`;

export interface HoldingEntryJson {
  readonly fileId: string;
  readonly orderId: string;
  readonly segment: number;
  readonly fragment: number;
  readonly root: string;
  readonly length: number;
}

export interface HoldingsRequest {
  readonly gateway: string;
  readonly entries: readonly HoldingEntryJson[];
}

export interface HoldingsResponse {
  /** Last block in which the chain accepts the attestation. */
  readonly until: number;
  /** ed25519 signature of `holdingDigest`, hex. */
  readonly signature: string;
}

export interface RenewalsRequest {
  readonly gateway: string;
  readonly orderIds: readonly string[];
}

export interface RenewalsResponse {
  readonly expirySeconds: number;
}

export interface UndeclaredRequest {
  readonly gateway: string;
  /** Order id of the last answer's last fragment; empty for the first page. */
  readonly after: string;
}

export interface UndeclaredFragmentJson extends PlaceJson {
  /** Since it was stored, or renewed. */
  readonly ageSeconds: number;
  /** Bytes of the fragment; providers of version 0.1 do not state it. */
  readonly length?: number;
}

export interface UndeclaredResponse {
  /** In the order of their order ids; the fragments of one order are never divided. */
  readonly fragments: readonly UndeclaredFragmentJson[];
  readonly isComplete: boolean;
}

export interface DiscardsRequest {
  readonly gateway: string;
  readonly places: readonly PlaceJson[];
}

interface PlaceJson {
  readonly orderId: string;
  readonly segment: number;
  readonly fragment: number;
}

/** Counts of fragments. */
export interface DiscardsResponse {
  readonly deleted: number;
  /** Deleted once the attestation that names them has expired. */
  readonly kept: number;
  /** Declared on chain: not deleted. */
  readonly declared: number;
}

export interface StatusResponse {
  readonly nodeKey: string;
  /** JSON name of the index on chain; null before registration. */
  readonly miner: number | null;
  readonly declaredBytes: number;
  readonly usedBytes: number;
  readonly freeBytes: number;
  readonly fragments: number;
}
