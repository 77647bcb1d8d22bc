// ChargeTransactionPayment: takes fee and tip before the call; after it, whatever its outcome, gives back the fee of unused
// weight and distributes the rest.
import { BASE_EXTRINSIC_WEIGHT, maxTotalBytes, maxTotalRefTime, OPERATIONAL_PRIORITY } from '../block-limits.js';
import type { Context } from '../frame/context.js';
import type { ExtensionInput, ExtensionLogic } from '../frame/extension.js';
import { DispatchFailure, invalid } from '../frame/failure.js';
import { slotDuration } from '../pallets/timestamp/index.js';

export interface ChargeNeeds {
  /** Fee of an extrinsic of this length. */
  feeOf(ctx: Context, lengthBytes: number, info: ExtensionInput['info']): bigint;
  /** Whether the account can pay the amount and stay alive. */
  canPay(ctx: Context, who: Uint8Array, amount: bigint): boolean;
  /** Takes the amount from the account; fails when it cannot pay and stay alive. */
  withdraw(ctx: Context, who: Uint8Array, amount: bigint): void;
  /** Gives back a part of what was withdrawn. */
  refund(ctx: Context, who: Uint8Array, amount: bigint): void;
  /** Hands out the rest of what was withdrawn. */
  settle(ctx: Context, who: Uint8Array, fee: bigint, tip: bigint): void;
}

/**
 * A tip buys priority in proportion to how many such transactions a block could hold, but never as much as a duty has. Duties
 * have one priority; they are included in the order of their arrival.
 */
function priorityOf(ctx: Context, { info, length }: ExtensionInput, tip: bigint): bigint {
  if (info.class === 'Operational') return OPERATIONAL_PRIORITY;
  const perLength = BigInt(Math.floor(maxTotalBytes(info.class) / Math.max(1, length)));
  const weight = info.weight.ref_time + BASE_EXTRINSIC_WEIGHT.ref_time;
  const perWeight = maxTotalRefTime(info.class, slotDuration(ctx)) / weight;
  const perBlock = perLength < perWeight ? perLength : perWeight;
  const priority = (tip + 1n) * (perBlock > 0n ? perBlock : 1n);
  return priority < OPERATIONAL_PRIORITY ? priority : OPERATIONAL_PRIORITY - 1n;
}

export function createChargeTransactionPayment(needs: ChargeNeeds): ExtensionLogic<bigint> {
  const totalOf = (ctx: Context, { length, info }: ExtensionInput, tip: bigint): bigint =>
    needs.feeOf(ctx, length, info) + tip;
  return {
    additionalSigned: () => undefined,
    validate: (ctx, input, tip) => {
      if (!needs.canPay(ctx, input.who, totalOf(ctx, input, tip))) invalid('Payment');
      return { priority: priorityOf(ctx, input, tip) };
    },
    prepare: (ctx, input, tip) => {
      const total = totalOf(ctx, input, tip);
      if (total === 0n) return;
      try {
        needs.withdraw(ctx, input.who, total);
      } catch (thrown) {
        if (thrown instanceof DispatchFailure) invalid('Payment');
        throw thrown;
      }
    },
    postDispatch: (ctx, input, tip, used) => {
      const total = totalOf(ctx, input, tip);
      if (total === 0n) return;
      const due = totalOf(ctx, { ...input, info: { ...input.info, weight: used } }, tip);
      if (due < total) needs.refund(ctx, input.who, total - due);
      needs.settle(ctx, input.who, due - tip, tip);
    },
  };
}
