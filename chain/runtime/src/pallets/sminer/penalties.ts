// Penalties of providers (ECON-3, ECON-4, docs/protocol/audit.md §5): slashes that refund owners first, debt for what the
// stake does not cover, freezing, expulsion.
import { toHex } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { checkedAdd, checkedSub } from '../../frame/failure.js';
import type { Refund } from '../../shared-types.js';
import { noteUnpaid } from './debts.js';
import {
  EXPELLING_FAILURES,
  sminerEvents as events,
  type ProviderInfo,
  stakeFor,
  sminerStorage as storage,
} from './declaration.js';
import { beginLeaving, endDeclaration, providerInfo } from './holdings.js';
import type { PenaltyNeeds } from './needs.js';
import { Pledge } from './pledge.js';
import { retireNodeKey, unbond } from './unbonding.js';

/** In thousandths of the stake that the declared space needs. */
export const SLASH_PERMILLE = { Invalid: 50n, Conceded: 10n, Absent: 100n } as const;

/** The slash of an outcome, as a share of the stake that the declared space needed when the question was asked. */
export function slashFor(base: bigint, outcome: keyof typeof SLASH_PERMILLE): bigint {
  return (base * SLASH_PERMILLE[outcome]) / 1000n;
}

/**
 * Takes the larger of `penalty` and the sum of the refunds from the stake, then from what is unbonding. Owners are paid
 * first, then the treasury. What is not covered becomes debt. A stake below half of the required one freezes the provider.
 */
export function slash(
  ctx: Context,
  needs: PenaltyNeeds,
  provider: number,
  penalty: bigint,
  refunds: readonly Refund[],
): void {
  const info = providerInfo(ctx, provider);
  const pledge = new Pledge(ctx, needs, provider, info);
  let refunded = 0n;
  let due = 0n;
  for (const { owner, amount } of mergeByOwner(refunds)) {
    due += amount;
    const paid = pledge.pay(owner, amount);
    refunded += paid;
    // An owner without an account receives nothing below the existential deposit: the treasury gets that.
    const unpaid = amount - paid - pledge.pay(needs.treasury, amount - paid);
    if (unpaid > 0n) noteUnpaid(ctx, provider, owner, unpaid);
    if (paid > 0n) events.deposit(ctx, { type: 'Refunded', value: { miner: provider, owner, amount: paid } });
  }
  const total = penalty > due ? penalty : due;
  if (total === 0n) return;
  pledge.pay(needs.treasury, total - due);
  const { staked, taken } = pledge;
  const debt = checkedAdd(info.debt, checkedSub(total, taken));
  const isTooLow = info.state === 'Positive' && (staked * 2n < stakeFor(info.declared_space) || debt > 0n);
  storage.Miners.put(ctx, provider, { ...info, staked, debt, state: isTooLow ? 'Frozen' : info.state });
  events.deposit(ctx, { type: 'Slashed', value: { miner: provider, amount: taken, refunded, debt } });
  if (isTooLow) events.deposit(ctx, { type: 'MinerFrozen', value: { miner: provider } });
}

/** Whether the provider may still be expelled: a round of one that left ends without touching its account. */
function isRegistered({ state }: ProviderInfo): boolean {
  return state !== 'Expelled' && state !== 'Exited';
}

/** Records a passed round. */
export function notePassed(ctx: Context, provider: number): void {
  const info = providerInfo(ctx, provider);
  if (info.failures > 0) storage.Miners.put(ctx, provider, { ...info, failures: 0 });
}

/** Records a failed round after its slash; the third in a row expels the provider. */
export function noteFailed(ctx: Context, needs: PenaltyNeeds, provider: number): void {
  const info = providerInfo(ctx, provider);
  if (!isRegistered(info)) return;
  const failures = info.failures + 1;
  storage.Miners.put(ctx, provider, { ...info, failures });
  if (failures >= EXPELLING_FAILURES) expel(ctx, needs, provider);
}

export interface Strike {
  readonly strikes: number;
  readonly isLast: boolean;
  /** Stake that the declared space needed when the question was asked. */
  readonly base: bigint;
}

/** Records an unanswered round; the first beyond the tolerated ones expels the provider. */
export function noteStruck(
  ctx: Context,
  needs: PenaltyNeeds,
  provider: number,
  { strikes, isLast, base }: Strike,
): void {
  events.deposit(ctx, { type: 'Struck', value: { miner: provider, strikes } });
  const info = providerInfo(ctx, provider);
  if (!isLast || !isRegistered(info)) return;
  slash(ctx, needs, provider, slashFor(base, 'Absent'), []);
  expel(ctx, needs, provider);
}

function expel(ctx: Context, needs: PenaltyNeeds, provider: number): void {
  beginLeaving(ctx, provider, 'Expelled');
  events.deposit(ctx, { type: 'MinerExpelled', value: { miner: provider } });
  needs.beginDeparture(ctx, provider);
}

/** Ends the registration of an expelled provider that holds nothing; the rest of its stake unbonds. */
export function endExpulsion(ctx: Context, needs: PenaltyNeeds, provider: number): void {
  endRegistration(ctx, needs, provider, 'Expelled');
}

/** Frees the account for a new registration, under another index. The record stays, and the stake unbonds. */
export function endRegistration(
  ctx: Context,
  needs: PenaltyNeeds,
  provider: number,
  state: ProviderInfo['state'],
): void {
  const info = providerInfo(ctx, provider);
  if (storage.MinerIndex.get(ctx, info.account) === provider) storage.MinerIndex.remove(ctx, info.account);
  retireNodeKey(ctx, needs, provider, info.node_key);
  storage.Miners.put(ctx, provider, { ...info, staked: 0n, declared_space: 0n, state });
  endDeclaration(ctx, info);
  unbond(ctx, needs, provider, info.staked);
  events.deposit(ctx, { type: 'MinerExited', value: { miner: provider, acc: info.account } });
}

function mergeByOwner(refunds: readonly Refund[]): readonly Refund[] {
  const byOwner = new Map<string, Refund>();
  for (const { owner, amount } of refunds) {
    const key = toHex(owner);
    byOwner.set(key, { owner, amount: (byOwner.get(key)?.amount ?? 0n) + amount });
  }
  return [...byOwner.values()].filter(({ amount }) => amount > 0n);
}
