import { SS58_PREFIX } from '@cess/client';
import { decodeSs58, encodeSs58 } from '@cess/crypto';
import { CessError } from '@cess/primitives';

/** The account of an SS58 address of any network: 32 bytes. Throws `ADDRESS_INVALID`. */
export function accountOfAddress(address: string): Uint8Array {
  const decoded = decodeSs58(address);
  if (decoded.ok) return decoded.value.accountId;
  throw new CessError('ADDRESS_INVALID', `"${address}" is not an SS58 address.`);
}

/** The SS58 address of an account of 32 bytes, with the prefix of CESS. */
export function addressOfAccount(account: Uint8Array): string {
  return encodeSs58(account, SS58_PREFIX);
}
