// Migration of Balances from versions before 4, which kept one untyped reserve for each account. The pallets name what they
// reserved; what none of them claims is an error of the past, and goes back to the account. The existential deposit was smaller, so
// that the accounts of the runtime may not exist yet.
import { toHex } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import type { FormerReserve } from '../../shared-types.js';
import type { HeldAmount } from './declaration.js';
import { writeHolds } from './holds.js';
import { change, ensurePots } from './ledger.js';
import type { BalancesNeeds } from './needs.js';

/** First version with holds. */
const TYPED_HOLDS = 4;

/** Returns the number of accounts that it looked at. */
export function migrateReserves(ctx: Context, needs: BalancesNeeds, from: number): number {
  if (from >= TYPED_HOLDS) return 0;
  ensurePots(ctx, needs);
  const claims = claimsByAccount(needs.formerReserves(ctx));
  let seen = 0;
  for (const [who, { data }] of needs.accounts(ctx)) {
    seen++;
    if (data.reserved === 0n) continue;
    const holds = coveredBy(data.reserved, claims.get(toHex(who)) ?? []);
    const held = holds.reduce((sum, { amount }) => sum + amount, 0n);
    writeHolds(ctx, who, holds);
    if (held < data.reserved) change(ctx, needs, who, data.free + data.reserved - held, held);
  }
  return seen;
}

function claimsByAccount(reserves: Iterable<FormerReserve>): ReadonlyMap<string, HeldAmount[]> {
  const claims = new Map<string, HeldAmount[]>();
  for (const { who, reason, amount } of reserves) {
    const name = toHex(who);
    const list = claims.get(name) ?? [];
    const before = list.find(({ id }) => id.type === reason.type && id.value === reason.value);
    if (before === undefined) list.push({ id: reason, amount });
    else list[list.indexOf(before)] = { id: reason, amount: before.amount + amount };
    claims.set(name, list);
  }
  return claims;
}

/** The claims in their order as far as the reserve covers them. */
function coveredBy(reserved: bigint, claims: readonly HeldAmount[]): HeldAmount[] {
  const holds: HeldAmount[] = [];
  let left = reserved;
  for (const { id, amount } of claims) {
    const held = amount < left ? amount : left;
    if (held > 0n) holds.push({ id, amount: held });
    left -= held;
  }
  return holds;
}
