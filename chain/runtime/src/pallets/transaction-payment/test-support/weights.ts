// Samples of TransactionPayment.
import { query } from '../../../index.js';
import { Harness } from '../../../test-support/harness.js';
import { closingHook } from '../../../test-support/weights/prepare.js';
import { fixed, type PalletRows } from '../../../test-support/weights/row.js';

export const transactionPaymentRows: PalletRows = {
  onFinalize: fixed(() => {
    const chain = new Harness();
    // Above its least, the multiplier changes in every block.
    query.TransactionPayment.NextFeeMultiplier.mutate(chain, (one) => 2n * one);
    return closingHook(chain, 'TransactionPayment');
  }),
};
