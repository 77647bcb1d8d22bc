// TransactionPayment: what a transaction costs and who earns it.
import type { DispatchInfo } from '@cess/chain-primitives';
import type { Context } from '../../frame/context.js';
import { definePallet } from '../../frame/pallet.js';
import { transactionPayment } from './declaration.js';
import { feeOf, settleFee, totalFee } from './fees.js';
import { createTransactionPaymentHooks } from './hooks.js';
import type { TransactionPaymentNeeds } from './needs.js';

export { feeDetails, runtimeDispatchInfo } from './declaration.js';
export { feeOf, lengthToFee, totalFee, weightToFee } from './fees.js';
export type { TransactionPaymentNeeds } from './needs.js';

/** The pallet, and what others do with it. */
export function createTransactionPayment(needs: TransactionPaymentNeeds) {
  return {
    pallet: definePallet(transactionPayment, { calls: {}, hooks: createTransactionPaymentHooks(needs) }),
    feeOf: (ctx: Context, lengthBytes: number, info: DispatchInfo) => totalFee(feeOf(ctx, lengthBytes, info)),
    settle: (ctx: Context, who: Uint8Array, fee: bigint, tip: bigint) => settleFee(ctx, needs, who, { fee, tip }),
  };
}
