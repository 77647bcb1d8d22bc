// Migration of Sminer from versions before 4: what it reserved, and the declared space of providers that leave.
import type { Context } from '../../frame/context.js';
import type { FormerReserve } from '../../shared-types.js';
import { sminerStorage as storage } from './declaration.js';
import { providerInfo } from './holdings.js';

/** First version that counts the space of providers that leave. */
const LEAVING_SPACE = 4;

/** Returns the number of providers that it looked at. */
export function migrateLeaving(ctx: Context, from: number): number {
  if (from >= LEAVING_SPACE) return 0;
  let space = 0n;
  let seen = 0;
  for (const [, { state, declared_space }] of storage.Miners.entries(ctx, [])) {
    seen++;
    if (state === 'Exiting' || state === 'Expelled') space += declared_space;
  }
  storage.LeavingSpace.put(ctx, space);
  return seen;
}

export function* formerReserves(ctx: Context): Generator<FormerReserve> {
  for (const [, { account, staked }] of storage.Miners.entries(ctx, []))
    yield { reason: { type: 'Sminer', value: 'Stake' }, who: account, amount: staked };
  for (const [[provider], amount] of storage.UnbondingTotal.entries(ctx, []))
    yield { reason: { type: 'Sminer', value: 'Unbonding' }, who: providerInfo(ctx, provider).account, amount };
}
