// Genesis: what a pallet does when its part of the configuration is not valid.
import { CessError } from '@cess/primitives';

/** Throws `GENESIS_INVALID`; `reason` says what is expected. */
export function refuseGenesis(reason: string): never {
  throw new CessError('GENESIS_INVALID', `The genesis configuration is not valid: ${reason}.`, { reason });
}
