// ReplEnc (PODR2-7, docs/protocol/podr2.md §7): the identity for the fragments of an erasure code, which all differ; a
// mask for further copies of one fragment, so that one copy cannot answer for two. Applying a mask twice removes it. Providers do
// not get its keys, which would turn any copy into any other.
//   k_r = HKDF-SHA256(replica secret, "CESS/PoDR2/replica/v1", order id ‖ u32 segment ‖ u32 fragment ‖ u16 replica ‖ u32 provider)
//   c = fragment XOR AES-256-CTR(k_r, counter from 0)
import { createCipheriv } from 'node:crypto';
import { hkdfSha256 } from '@cess/crypto';
import { concatBytes, utf8 } from '@cess/primitives';
import type { FragmentIdentity } from './identity.js';
import { exactly, u16Bytes, u32Bytes } from './preimage.js';

const replicaSalt = utf8('CESS/PoDR2/replica/v1');

export type ReplicaAddress = Pick<FragmentIdentity, 'orderId' | 'segment' | 'fragment' | 'replica' | 'provider'>;

/** The bytes that the provider of that replica stores; for stored bytes of a replica, the fragment again. */
export function replEnc(bytes: Uint8Array, address: ReplicaAddress, replicaSecret: Uint8Array): Uint8Array {
  if (address.replica === 0) return bytes;
  const info = concatBytes(
    exactly(32, address.orderId, 'order id'),
    u32Bytes(address.segment),
    u32Bytes(address.fragment),
    u16Bytes(address.replica),
    u32Bytes(address.provider),
  );
  const secret = exactly(32, replicaSecret, 'replica secret');
  const key = hkdfSha256({ secret, salt: replicaSalt, info, length: 32 });
  const masked = createCipheriv('aes-256-ctr', key, new Uint8Array(16)).update(bytes);
  return new Uint8Array(masked.buffer, masked.byteOffset, masked.byteLength);
}
