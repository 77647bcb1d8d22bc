// Which Ed25519 public keys are accepted: canonical encodings of points that are not of small order. For a key of small order,
// one signature is valid for every message or for one in eight, so that it proves nothing. Libraries disagree on encodings of
// coordinates that are not below the field's modulus.
import { toHex } from '@cess/primitives';

/** y coordinates, little-endian, of the eight points whose order divides 8. */
const smallOrder: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]);

/** Whether a key of 32 bytes may verify signatures. That it is a point at all is checked by the verification. */
export function isSoundEd25519Key(publicKey: Uint8Array): boolean {
  // Not slice(): that of a Buffer is a view, and the key itself would be changed.
  const y = Uint8Array.from(publicKey);
  y[31] = (y[31] ?? 0) & 0x7f;
  return isBelowModulus(y) && !smallOrder.has(toHex(y));
}

/** Whether y < 2^255 - 19. */
function isBelowModulus(y: Uint8Array): boolean {
  if (y[31] !== 0x7f || (y[0] ?? 0) < 0xed) return true;
  return y.subarray(1, 31).some((byte) => byte !== 0xff);
}
