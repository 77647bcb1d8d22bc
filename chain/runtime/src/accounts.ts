// Accounts of the runtime itself, which have no private keys.
import { concatBytes, utf8 } from '@cess/primitives';

/** The account of a pallet id, as Substrate derives it. */
export function palletAccount(eightLetters: string): Uint8Array {
  return concatBytes(utf8('modl'), utf8(eightLetters), new Uint8Array(32 - 4 - eightLetters.length));
}

export const TREASURY_ACCOUNT = palletAccount('py/trsry');
/** Pays the rewards of eras, as far as it has tokens. */
export const REWARD_POT_ACCOUNT = palletAccount('erarewrd');
/** Receives the price of space. */
export const SPACE_TREASURY_ACCOUNT = palletAccount('spacedpt');
