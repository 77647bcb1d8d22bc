// fee = base + bytes * byte fee + weight * weight fee * multiplier. The multiplier rises by 1 % in a block whose share for normal
// calls is full, falls by 1 % in an empty one, and stays where half of it is used; it is at least 1 and at most 100. 80 % of
// the fee goes to the treasury, 20 % and the whole tip to the author of the block. Where the author has no account and the sum is
// below the existential deposit, the treasury receives it.
import type { DispatchInfo, Weight } from '@cess/chain-primitives';
import { BASE_EXTRINSIC_WEIGHT } from '../../block-limits.js';
import type { Context } from '../../frame/context.js';
import { type InclusionFee, ONE, transactionPaymentEvents, transactionPaymentStorage } from './declaration.js';
import type { TransactionPaymentNeeds } from './needs.js';

/** Smallest units per byte and per picosecond. */
const FEE_PER_BYTE = 10_000_000_000_000n;
const FEE_PER_REF_TIME = 5_000_000n;
const TREASURY_PERCENT = 80n;

const MIN_MULTIPLIER = ONE;
const MAX_MULTIPLIER = 100n * ONE;
const TARGET_FULLNESS = ONE / 2n;
/** Change of the multiplier for a block that is full instead of half full, as a divisor of the difference. */
const SLOWNESS = 50n;

/** The multiplier after a block of this fullness. */
export function nextMultiplier(multiplier: bigint, fullness: bigint): bigint {
  const next = multiplier + (multiplier * (fullness - TARGET_FULLNESS)) / (SLOWNESS * ONE);
  if (next < MIN_MULTIPLIER) return MIN_MULTIPLIER;
  return next > MAX_MULTIPLIER ? MAX_MULTIPLIER : next;
}

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

/** Hands a fee, which was withdrawn before, to those who earn it. */
function distributeFee(ctx: Context, needs: TransactionPaymentNeeds, fee: bigint, tip: bigint): void {
  const treasuryPart = (fee * TREASURY_PERCENT) / 100n;
  const authorPart = fee - treasuryPart + tip;
  const author = needs.author(ctx);
  const isPaid = author !== undefined && needs.deposit(ctx, author, authorPart);
  needs.deposit(ctx, needs.treasury, isPaid ? treasuryPart : treasuryPart + authorPart);
}

/** Distributes what was withdrawn from the signer and records it. */
export function settleFee(
  ctx: Context,
  needs: TransactionPaymentNeeds,
  who: Uint8Array,
  { fee, tip }: { readonly fee: bigint; readonly tip: bigint },
): void {
  distributeFee(ctx, needs, fee, tip);
  transactionPaymentEvents.deposit(ctx, { type: 'TransactionFeePaid', value: { who, actual_fee: fee + tip, tip } });
}
