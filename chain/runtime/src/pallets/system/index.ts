// System: accounts, block bookkeeping, remarks.
import { definePallet } from '../../frame/pallet.js';
import { systemCalls } from './calls.js';
import type { SystemDeclaration } from './declaration.js';
import { buildSystemGenesis } from './genesis.js';

export { systemEvents, systemStorage } from './declaration.js';
export {
  accountOf,
  accounts,
  announceAccount,
  announceHookFailure,
  blockHash,
  blockNumber,
  closeBlockUse,
  depositLog,
  dutyRoomExhausted,
  forgetLengths,
  genesisHash,
  incrementNonce,
  normalFullness,
  noteRuntimeVersion,
  openBlock,
  putAccount,
  registerWeight,
  removeAccount,
  resetBlockUse,
  usedWeight,
} from './functions.js';
export { runtimeVersion as runtimeVersionCodec } from './types.js';

/** System under its completed declaration. */
export function createSystem(declaration: SystemDeclaration) {
  return definePallet(declaration, { calls: systemCalls, genesis: buildSystemGenesis });
}
