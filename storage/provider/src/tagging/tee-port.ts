// What a provider asks of a TEE worker (docs/protocol/audit.md §9).
import type { FragmentPlace } from '@cess/client';
import type { TeeAddress } from '@cess/node-api';

export interface TeePort {
  /** The tags of a fragment of this provider; not checked. */
  requestTags(
    tee: TeeAddress,
    place: FragmentPlace,
    what: { readonly root: Uint8Array; readonly keyId: Uint8Array },
    body: readonly Uint8Array[],
    signal?: AbortSignal,
  ): Promise<{ readonly signature: Uint8Array; readonly tags: Uint8Array }>;
  /** The SRS of a tagging key; not checked. */
  srs(tee: TeeAddress, keyId: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
}
