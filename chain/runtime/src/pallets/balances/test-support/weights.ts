// Samples of Balances: each creates an account.
import { CESS } from '@cess/primitives';
import { tx } from '../../../index.js';
import { alice, Harness } from '../../../test-support/harness.js';
import { applied, asRoot } from '../../../test-support/weights/prepare.js';
import { fixed, type PalletRows } from '../../../test-support/weights/row.js';
import { derived } from '../../../test-support/weights/states.js';

const dest = { type: 'Id', value: derived('receiver') } as const;
const by = (call: Uint8Array) => fixed(() => applied(new Harness(), alice, call));

export const balancesRows: PalletRows = {
  transfer_allow_death: by(tx.Balances.transfer_allow_death({ dest, value: CESS })),
  force_set_balance: fixed(() => asRoot(new Harness(), 'Balances', 'force_set_balance', { who: dest, new_free: CESS })),
  transfer_keep_alive: by(tx.Balances.transfer_keep_alive({ dest, value: CESS })),
  // Its account ends.
  transfer_all: by(tx.Balances.transfer_all({ dest, keep_alive: false })),
};
