// TransactionPayment: what a transaction costs. fee = base + bytes * byte fee + weight * weight fee, linear, with a
// multiplier that stays at 1. 80 % of the fee go to the treasury, 20 % and the whole tip to the author of the block
// (burnt while there is none).
import { accountId, balance, type DispatchInfo, dispatchClass, type Weight, weight } from '@cess/chain-primitives';
import { named, option, type Static, struct, u8, u128 } from '@cess/codec';
import { concatBytes, utf8 } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { constant, defineEvents, definePallet } from '../../frame/pallet.js';
import { storageOf } from '../../frame/storage.js';
import { BASE_EXTRINSIC_WEIGHT } from '../system/limits.js';

const id = { name: 'TransactionPayment', index: 7 } as const;

/** Smallest units per byte and per picosecond. */
const FEE_PER_BYTE = 10_000_000_000_000n;
const FEE_PER_REF_TIME = 5_000_000n;
const TREASURY_PERCENT = 80n;
const ONE = 10n ** 18n;

/** The account of a pallet id: nobody has its key. */
export function palletAccount(eightLetters: string): Uint8Array {
  return concatBytes(utf8('modl'), utf8(eightLetters), new Uint8Array(32 - 4 - eightLetters.length));
}
export const TREASURY_ACCOUNT = palletAccount('py/trsry');

export const transactionPaymentStorage = {
  NextFeeMultiplier: storageOf(id.name).valueOr(
    'NextFeeMultiplier',
    named(['sp_arithmetic', 'fixed_point', 'FixedU128'], u128),
    ONE,
    ['Multiplier of the weight fee.'],
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

/** Fee of some weight. */
export function weightToFee(used: Weight): bigint {
  return used.ref_time * FEE_PER_REF_TIME;
}

/** Fee of some bytes. */
export function lengthToFee(lengthBytes: number): bigint {
  return BigInt(lengthBytes) * FEE_PER_BYTE;
}

/** The parts of the fee; undefined for calls that pay none. */
export function feeOf(ctx: Context, lengthBytes: number, info: DispatchInfo): InclusionFee | undefined {
  if (info.pays_fee === 'No') return undefined;
  const multiplier = transactionPaymentStorage.NextFeeMultiplier.get(ctx);
  return {
    base_fee: weightToFee(BASE_EXTRINSIC_WEIGHT),
    len_fee: lengthToFee(lengthBytes),
    adjusted_weight_fee: (weightToFee(info.weight) * multiplier) / ONE,
  };
}

/** Sum of the parts. */
export function totalFee(fee: InclusionFee | undefined): bigint {
  return fee === undefined ? 0n : fee.base_fee + fee.len_fee + fee.adjusted_weight_fee;
}

export interface PaymentNeeds {
  deposit(ctx: Context, who: Uint8Array, amount: bigint): void;
  /** Account of the author of the current block. */
  author(ctx: Context): Uint8Array | undefined;
}

/** Hands a fee, which was withdrawn before, to those who earn it. */
export function distributeFee(ctx: Context, needs: PaymentNeeds, fee: bigint, tip: bigint): void {
  const treasuryPart = (fee * TREASURY_PERCENT) / 100n;
  needs.deposit(ctx, TREASURY_ACCOUNT, treasuryPart);
  const author = needs.author(ctx);
  if (author !== undefined) needs.deposit(ctx, author, fee - treasuryPart + tip);
}

export const transactionPaymentPallet = definePallet({
  id,
  docs: 'What a transaction costs.',
  storage: transactionPaymentStorage,
  events: transactionPaymentEvents,
  constants: { OperationalFeeMultiplier: constant(u8, 5, 'Multiplier of operational priority.') },
});
