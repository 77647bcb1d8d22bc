// SHA-256 (FIPS 180-4) by node:crypto, which uses the processor's SHA instructions.
import * as nodeCrypto from 'node:crypto';

/** SHA-256 of the concatenation of the parts: 32 bytes. */
export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return nodeCrypto.hash('sha256', parts[0]!, 'buffer');
  const hash = nodeCrypto.createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
