// HKDF-SHA256 (RFC 5869), extract and expand in one call.
import { hkdfSync } from 'node:crypto';

export interface HkdfInput {
  /** Input key material. */
  readonly secret: Uint8Array;
  readonly salt: Uint8Array;
  readonly info: Uint8Array;
  readonly length: number;
}

export function hkdfSha256({ secret, salt, info, length }: HkdfInput): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, salt, info, length));
}
