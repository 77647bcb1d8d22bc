// The HTTP contract of a TEE worker (docs/protocol/audit.md §9).
//
//   GET  /v1/tee                                   {worker, signerKey, keyId, enclave}; unsigned
//   GET  /v1/tee/keys/{keyId}/srs                  the SRS of a tagging key, 49,152 bytes; unsigned
//   POST /v1/tags/{fileId}/{segment}/{fragment}    body = the fragment; xi (64) ‖ tags (48 each)
import { toHex } from '@cess/primitives';
import type { FragmentPlace } from '@cess/types';
import { routePrefix } from './routes.js';

export const teeInfoPath = `${routePrefix}/tee`;
/** Bytes of the SRS: 1024 points of G1. */
export const srsSizeBytes = 49_152;
/** Bytes of xi, which precedes the tags in a response. */
export const tagSignatureSizeBytes = 64;
/** Bytes of one tag. */
export const tagSizeBytes = 48;
/** Most bytes of a response with tags, for a fragment of 32 MiB. */
export const maxTagSetBytes = 64 * 1024;

export function srsPath(keyId: Uint8Array): string {
  return `${teeInfoPath}/keys/${toHex(keyId)}/srs`;
}

export function tagsPath({ fileId, segment, fragment }: FragmentPlace): string {
  return `${routePrefix}/tags/${toHex(fileId)}/${segment}/${fragment}`;
}

/** Response to `GET /v1/tee`. Bytes are lower-case hex. */
export interface TeeInfo {
  /** Index on chain; null before registration. */
  readonly worker: number | null;
  readonly signerKey: string;
  /** Id of the current tagging key. */
  readonly keyId: string;
  /** What protects the keys. `software` means no protection, for development chains only. */
  readonly enclave: 'software';
}
