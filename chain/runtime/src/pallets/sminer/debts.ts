// Debts of providers (docs/protocol/audit.md §5): what a slash found no stake for. Owners whose refunds were not covered are paid
// before the treasury.
import type { Context } from '../../frame/context.js';
import { checkedAdd } from '../../frame/failure.js';
import { sminerEvents as events, MAX_REPAID_OWNERS, sminerStorage as storage } from './declaration.js';
import type { PenaltyNeeds } from './needs.js';

/** Records a refund that the stake did not cover. */
export function noteUnpaid(ctx: Context, provider: number, owner: Uint8Array, amount: bigint): void {
  storage.Unpaid.put(ctx, provider, owner, checkedAdd(storage.Unpaid.get(ctx, provider, owner) ?? 0n, amount));
}

interface Repayment {
  readonly account: Uint8Array;
  /** Stake of the account that the debt takes at most. */
  readonly amount: bigint;
}

/** Pays the debt of a provider. While owners remain, the treasury gets nothing. */
export function repay(
  ctx: Context,
  needs: PenaltyNeeds,
  provider: number,
  { account, amount }: Repayment,
): { readonly repaid: bigint; readonly owners: number } {
  let left = amount;
  let owners = 0;
  for (const [[, owner], unpaid] of [...storage.Unpaid.entries(ctx, [provider], MAX_REPAID_OWNERS)]) {
    if (left === 0n) break;
    owners++;
    const share = unpaid < left ? unpaid : left;
    const paid = needs.stake.transfer(ctx, { from: account, to: owner, amount: share });
    left -= paid;
    // An account that does not exist receives nothing below the existential deposit: the treasury gets that.
    if (share === unpaid) storage.Unpaid.remove(ctx, provider, owner);
    else storage.Unpaid.put(ctx, provider, owner, unpaid - share);
    if (paid > 0n) events.deposit(ctx, { type: 'Refunded', value: { miner: provider, owner, amount: paid } });
  }
  const [rest] = [...storage.Unpaid.entries(ctx, [provider], 1)];
  if (rest === undefined) left -= needs.stake.transfer(ctx, { from: account, to: needs.treasury, amount: left });
  return { repaid: amount - left, owners };
}
