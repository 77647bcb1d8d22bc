// What the key of a candidate signs when it is registered (docs/protocol/r2s.md RS-12.2).
import { concatBytes, invariant, utf8 } from '@cess/primitives';

const possessionDomain = utf8('CESS/r2s-key/v1');

/** Domain ‖ genesis hash (32) ‖ account of the candidate (32). */
export function candidateKeyMessage(genesisHash: Uint8Array, account: Uint8Array): Uint8Array {
  invariant(genesisHash.length === 32 && account.length === 32, 'a hash and an account of 32 bytes');
  return concatBytes(possessionDomain, genesisHash, account);
}
