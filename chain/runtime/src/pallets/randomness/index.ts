// Randomness: the beacon, and what authors say of finality.
import { definePallet } from '../../frame/pallet.js';
import { randomness } from './declaration.js';
import { buildRandomnessGenesis } from './genesis.js';

export { beaconOf, currentSlot, formerAuthorities, noteSlotClaim } from './beacon.js';
export { finalizedNumber, noteFinality, renewClaims } from './finality.js';

export const randomnessPallet = definePallet(randomness, { calls: {}, genesis: buildRandomnessGenesis });
