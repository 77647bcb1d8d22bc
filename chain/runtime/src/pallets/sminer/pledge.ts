// What a provider can lose: its stake, then what is unbonding. Both belong to one index of the provider; its account may hold
// more under another index.
import type { Context } from '../../frame/context.js';
import { type ProviderInfo, sminerStorage as storage } from './declaration.js';
import type { PenaltyNeeds } from './needs.js';

export class Pledge {
  readonly #before: bigint;
  #staked: bigint;
  #unbonding: bigint;

  constructor(
    private readonly ctx: Context,
    private readonly needs: PenaltyNeeds,
    private readonly provider: number,
    private readonly info: ProviderInfo,
  ) {
    this.#staked = info.staked;
    this.#unbonding = storage.UnbondingTotal.get(ctx, provider) ?? 0n;
    this.#before = this.#staked + this.#unbonding;
  }

  /** Stake that is left. The caller records it. */
  get staked(): bigint {
    return this.#staked;
  }

  /** What has been paid so far. */
  get taken(): bigint {
    return this.#before - this.#staked - this.#unbonding;
  }

  /** Pays up to `amount` from the stake, then from what is unbonding; returns how much was paid. */
  pay(to: Uint8Array, amount: bigint): bigint {
    const from = this.info.account;
    const fromStake = this.needs.stake.transfer(this.ctx, { from, to, amount: least(amount, this.#staked) });
    this.#staked -= fromStake;
    const rest = least(amount - fromStake, this.#unbonding);
    const fromUnbonding = this.needs.unbonding.transfer(this.ctx, { from, to, amount: rest });
    this.#unbonding -= fromUnbonding;
    if (fromUnbonding > 0n) storage.UnbondingTotal.put(this.ctx, this.provider, this.#unbonding);
    return fromStake + fromUnbonding;
  }
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
