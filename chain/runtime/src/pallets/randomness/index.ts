// Randomness: the beacon and the seats of the authors.
import { definePallet } from '../../frame/pallet.js';
import { randomness } from './declaration.js';
import { buildRandomnessGenesis } from './genesis.js';

export { authorAccount, beaconOf, noteSlotClaim } from './beacon.js';
export { finalizedNumber, noteFinality } from './finality.js';

export const randomnessPallet = definePallet(randomness, { calls: {}, genesis: buildRandomnessGenesis });
