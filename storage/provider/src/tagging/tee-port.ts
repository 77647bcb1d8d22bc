// What a provider requests from a TEE worker (docs/protocol/audit.md §9).
import type { FragmentPlace } from '@cess/client';
import type { TeeAddress } from '@cess/node-api';

export interface TeePort {
  /** Requests the tags of a held fragment. The caller verifies them. */
  requestTags(
    tee: TeeAddress,
    place: FragmentPlace,
    what: { readonly root: Uint8Array; readonly keyId: Uint8Array },
    body: readonly Uint8Array[],
    signal?: AbortSignal,
  ): Promise<{ readonly signature: Uint8Array; readonly tags: Uint8Array }>;
  /** Requests the SRS of a tagging key. The caller verifies it. */
  srs(tee: TeeAddress, keyId: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
}
