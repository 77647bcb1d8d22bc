// HKDF-SHA256 (RFC 5869), extract and expand in one call. Two HMACs make a key; hkdfSync of node:crypto costs several times as much.
import { createHmac } from 'node:crypto';
import { invariant } from '@cess/primitives';

const hashBytes = 32;
const maxBlocks = 255;

export interface HkdfInput {
  /** Input key material. */
  readonly secret: Uint8Array;
  readonly salt: Uint8Array;
  readonly info: Uint8Array;
  readonly length: number;
}

export function hkdfSha256({ secret, salt, info, length }: HkdfInput): Uint8Array {
  invariant(length <= maxBlocks * hashBytes, 'HKDF gives at most 255 blocks');
  const key = createHmac('sha256', salt).update(secret).digest();
  const out = new Uint8Array(length);
  let block: Uint8Array = new Uint8Array(0);
  for (let at = 0, counter = 1; at < length; at += hashBytes, counter++) {
    block = createHmac('sha256', key).update(block).update(info).update(Uint8Array.of(counter)).digest();
    out.set(block.subarray(0, length - at), at);
  }
  return out;
}
