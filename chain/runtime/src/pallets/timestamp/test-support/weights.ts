// Samples of Timestamp: both are part of every block.
import { Harness } from '../../../test-support/harness.js';
import { closingHook, inherents } from '../../../test-support/weights/prepare.js';
import { fixed, type PalletRows } from '../../../test-support/weights/row.js';

export const timestampRows: PalletRows = {
  set: fixed(() => inherents(new Harness())),
  onFinalize: fixed(() => closingHook(new Harness(), 'Timestamp')),
};
