// The identity of a tagged fragment (docs/protocol/podr2.md §3). The id binds everything that distinguishes a fragment at a
// provider. Without the root, two contents under one id would reveal the powers of the secret point. Without the key, one
// registry entry would stand for tags of several keys.
import { sha256 } from '@cess/crypto';
import { concatBytes, utf8 } from '@cess/primitives';
import { exactly, u16Bytes, u32Bytes } from './preimage.js';

const idDomain = utf8('CESS/PoDR2/id/v1');

export interface FragmentIdentity {
  readonly genesis: Uint8Array;
  readonly orderId: Uint8Array;
  readonly fileId: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
  /** 0 for a fragment of the erasure code; copies of a fragment count from 1. */
  readonly replica: number;
  /** Fragment root of the bytes that the provider stores. */
  readonly root: Uint8Array;
  /** Index of the provider on chain. It is never reused. */
  readonly provider: number;
  /** Id of the tagging key. */
  readonly keyId: Uint8Array;
}

/** The 32-byte id under which a fragment's blocks are hashed to the curve. */
export function fragmentTagId(identity: FragmentIdentity): Uint8Array {
  return sha256(
    concatBytes(
      idDomain,
      exactly(32, identity.genesis, 'genesis'),
      exactly(32, identity.orderId, 'order id'),
      exactly(32, identity.fileId, 'file id'),
      u32Bytes(identity.segment),
      u32Bytes(identity.fragment),
      u16Bytes(identity.replica),
      exactly(32, identity.root, 'root'),
      u32Bytes(identity.provider),
      exactly(32, identity.keyId, 'key id'),
    ),
  );
}
