// SHAKE256 (FIPS 202) with the output length stated in advance: the one extendable-output function of the protocol.
import { createHash } from 'node:crypto';

/** The first `length` bytes of SHAKE256 over the joined parts. */
export function shake256(length: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const state = createHash('shake256', { outputLength: length });
  for (const part of parts) state.update(part);
  const digest = state.digest();
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.byteLength);
}
