// What Sminer reserved in versions before 4.
import type { Context } from '../../frame/context.js';
import type { FormerReserve } from '../../shared-types.js';
import { sminerStorage as storage } from './declaration.js';
import { providerInfo } from './holdings.js';

export function* formerReserves(ctx: Context): Generator<FormerReserve> {
  for (const [, { account, staked }] of storage.Miners.entries(ctx, []))
    yield { reason: { type: 'Sminer', value: 'Stake' }, who: account, amount: staked };
  for (const [[provider], amount] of storage.UnbondingTotal.entries(ctx, []))
    yield { reason: { type: 'Sminer', value: 'Unbonding' }, who: providerInfo(ctx, provider).account, amount };
}
