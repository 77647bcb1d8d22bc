// Deposits for holes. Whoever declares a fragment without a holder reserves a deposit for it. It is returned when the
// declarer's side names a holder or deletes the file, and paid to the provider that restores the fragment instead.
import type { Context } from '../../frame/context.js';
import type { FormerReserve, FragmentPlace } from '../../shared-types.js';
import { HOLE_DEPOSIT, fileBankStorage as storage } from './declaration.js';
import type { FileBankNeeds } from './needs.js';

export function reserveHoleDeposits(
  ctx: Context,
  needs: FileBankNeeds,
  who: Uint8Array,
  holes: readonly FragmentPlace[],
): void {
  if (holes.length === 0) return;
  needs.holeDeposits.hold(ctx, who, HOLE_DEPOSIT * BigInt(holes.length));
  for (const { fileId, segment, fragment } of holes)
    storage.HoleDeposits.put(ctx, fileId, segment, fragment, { who, amount: HOLE_DEPOSIT });
}

export function returnHoleDeposit(ctx: Context, needs: FileBankNeeds, place: FragmentPlace): void {
  const deposit = takeDeposit(ctx, place);
  if (deposit !== undefined) needs.holeDeposits.release(ctx, deposit.who, deposit.amount);
}

export function payHoleDeposit(ctx: Context, needs: FileBankNeeds, place: FragmentPlace, provider: number): void {
  const deposit = takeDeposit(ctx, place);
  if (deposit === undefined) return;
  const { who, amount } = deposit;
  needs.holeDeposits.transfer(ctx, { from: who, to: needs.accountOf(ctx, provider), amount });
}

/** What was reserved in versions before 4. */
export function* formerReserves(ctx: Context): Generator<FormerReserve> {
  for (const [, { who, amount }] of storage.HoleDeposits.entries(ctx, []))
    yield { reason: { type: 'FileBank', value: 'Hole' }, who, amount };
}

/** Holes that were declared before deposits existed have none. */
function takeDeposit(ctx: Context, { fileId, segment, fragment }: FragmentPlace) {
  const deposit = storage.HoleDeposits.get(ctx, fileId, segment, fragment);
  if (deposit !== undefined) storage.HoleDeposits.remove(ctx, fileId, segment, fragment);
  return deposit;
}
