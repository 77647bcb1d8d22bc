// ChargeTransactionPayment: takes fee and tip before the call, distributes them after it, whatever its outcome.
import { compact, named, u128, unit } from '@cess/codec';
import type { Context } from '../frame/context.js';
import type { ExtensionInput, TransactionExtension } from '../frame/extension.js';
import { DispatchFailure, invalid } from '../frame/failure.js';
import { EXISTENTIAL_DEPOSIT } from '../pallets/balances/constants.js';
import { balanceOf, deposit, withdraw } from '../pallets/balances/ledger.js';
import { authorAccount } from '../pallets/randomness/index.js';
import { BASE_EXTRINSIC_WEIGHT, MAX_BLOCK_BYTES, maxTotalWeight } from '../pallets/system/limits.js';
import { distributeFee, feeOf, totalFee, transactionPaymentEvents } from '../pallets/transaction-payment/index.js';

const U64_MAX = (1n << 64n) - 1n;

function charge(
  ctx: Context,
  { length, info }: ExtensionInput,
  tip: bigint,
): { readonly fee: bigint; readonly total: bigint } {
  const fee = totalFee(feeOf(ctx, length, info));
  return { fee, total: fee + tip };
}

/** A tip buys priority in proportion to how many such transactions a block could hold. */
function priorityOf({ info, length }: ExtensionInput, tip: bigint): bigint {
  const perLength = BigInt(Math.floor(MAX_BLOCK_BYTES / Math.max(1, length)));
  const weight = info.weight.ref_time + BASE_EXTRINSIC_WEIGHT.ref_time;
  const perWeight = maxTotalWeight(info.class).ref_time / weight;
  const perBlock = perLength < perWeight ? perLength : perWeight;
  const priority = (tip + 1n) * (perBlock > 0n ? perBlock : 1n);
  return priority > U64_MAX ? U64_MAX : priority;
}

export const chargeTransactionPayment: TransactionExtension<bigint> = {
  identifier: 'ChargeTransactionPayment',
  extra: named(['pallet_transaction_payment', 'ChargeTransactionPayment'], compact(u128)),
  additional: unit,
  additionalSigned: () => undefined,
  validate: (ctx, input, tip) => {
    const { total } = charge(ctx, input, tip);
    if (balanceOf(ctx, input.who).free < total + EXISTENTIAL_DEPOSIT) invalid('Payment');
    return { priority: priorityOf(input, tip) };
  },
  prepare: (ctx, input, tip) => {
    const { total } = charge(ctx, input, tip);
    if (total === 0n) return;
    try {
      withdraw(ctx, input.who, total);
    } catch (thrown) {
      if (thrown instanceof DispatchFailure) invalid('Payment');
      throw thrown;
    }
  },
  postDispatch: (ctx, input, tip) => {
    const { fee, total } = charge(ctx, input, tip);
    if (total === 0n) return;
    distributeFee(ctx, { deposit, author: authorAccount }, fee, tip);
    transactionPaymentEvents.deposit(ctx, {
      type: 'TransactionFeePaid',
      value: { who: input.who, actual_fee: total, tip },
    });
  },
};
