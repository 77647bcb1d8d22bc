// TransactionPayment: what a transaction costs.
import { accountId, balance, dispatchClass, weight } from '@cess/chain-primitives';
import { named, option, type Static, struct, u8, u128 } from '@cess/codec';
import { constant, declarePallet, defineEvents } from '../../frame/declaration.js';
import { storageOf } from '../../frame/storage.js';

const id = { name: 'TransactionPayment', index: 7 } as const;

/** 1 as a fixed-point number. */
export const ONE = 10n ** 18n;

export const transactionPaymentStorage = {
  NextFeeMultiplier: storageOf(id.name).valueOr(
    'NextFeeMultiplier',
    named(['sp_arithmetic', 'fixed_point', 'FixedU128'], u128),
    ONE,
    ['Multiplier of the weight fee. It rises while blocks are full and falls again.'],
  ),
};

export const transactionPaymentEvents = defineEvents(id, {
  TransactionFeePaid: struct({ who: accountId, actual_fee: balance, tip: balance }),
});

const inclusionFee = struct(
  { base_fee: balance, len_fee: balance, adjusted_weight_fee: balance },
  { path: ['pallet_transaction_payment', 'types', 'InclusionFee'], params: [{ name: 'Balance', type: balance.type }] },
);
export const feeDetails = struct(
  { inclusion_fee: option(inclusionFee) },
  { path: ['pallet_transaction_payment', 'types', 'FeeDetails'], params: [{ name: 'Balance', type: balance.type }] },
);
export const runtimeDispatchInfo = struct(
  { weight, class: dispatchClass, partial_fee: balance },
  {
    path: ['pallet_transaction_payment', 'types', 'RuntimeDispatchInfo'],
    params: [
      { name: 'Balance', type: balance.type },
      { name: 'Weight', type: weight.type },
    ],
  },
);
export type InclusionFee = Static<typeof inclusionFee>;

export const transactionPayment = declarePallet({
  id,
  docs: 'What a transaction costs.',
  storage: transactionPaymentStorage,
  events: transactionPaymentEvents,
  constants: { OperationalFeeMultiplier: constant(u8, 5, 'Multiplier of operational priority.') },
});
