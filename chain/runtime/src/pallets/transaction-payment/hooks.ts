// Hooks of TransactionPayment: after every block the fee follows the demand for its space.
import type { Hooks } from '../../frame/pallet.js';
import { ONE, transactionPaymentStorage as storage } from './declaration.js';
import { nextMultiplier } from './fees.js';
import type { TransactionPaymentNeeds } from './needs.js';
import { FINALIZE_WEIGHT } from './weights.js';

export function createTransactionPaymentHooks(needs: TransactionPaymentNeeds): Hooks {
  return {
    onFinalize: {
      weight: FINALIZE_WEIGHT,
      run: (ctx) => {
        const before = storage.NextFeeMultiplier.get(ctx);
        const after = nextMultiplier(before, needs.normalFullness(ctx, ONE));
        if (after !== before) storage.NextFeeMultiplier.put(ctx, after);
      },
    },
  };
}
