// Genesis of Balances: the endowed accounts.
import { CESS, toHex } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { refuseGenesis } from '../../frame/genesis.js';
import { EXISTENTIAL_DEPOSIT } from './declaration.js';
import { ensurePots, setFree } from './ledger.js';
import type { BalancesNeeds } from './needs.js';

export interface BalancesGenesis {
  /** Endowed accounts with their free balance in the smallest unit. */
  readonly balances: readonly (readonly [account: Uint8Array, amount: bigint])[];
}

export function buildBalancesGenesis(ctx: Context, needs: BalancesNeeds, { balances }: BalancesGenesis): void {
  const endowed = new Set<string>();
  for (const [account, amount] of balances) {
    const name = toHex(account);
    if (endowed.has(name)) refuseGenesis('each account is endowed once');
    endowed.add(name);
    if (amount < EXISTENTIAL_DEPOSIT) refuseGenesis(`balances of at least ${EXISTENTIAL_DEPOSIT / CESS} CESS`);
    setFree(ctx, needs, account, amount);
  }
  ensurePots(ctx, needs);
}
