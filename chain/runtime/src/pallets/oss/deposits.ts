// Deposits for registrations and authorisations (docs/protocol/ledger.md §3). Entries of versions before 4 have none.
import type { Context } from '../../frame/context.js';
import { stateDeposit } from '../../state-deposit.js';
import { type OssInfo, ossInfo, ossStorage as storage } from './declaration.js';
import type { OssNeeds } from './needs.js';

/** The entry and that of its deposit. */
const ITEMS = 2;
const BALANCE_BYTES = 16;
const ACCOUNT_BYTES = 32;

/** Makes the deposit of a registration that of its present size. */
export function payForRegistration(ctx: Context, needs: OssNeeds, who: Uint8Array, info: OssInfo): void {
  const held = storage.RegistrationDeposits.get(ctx, who) ?? 0n;
  const due = stateDeposit(ITEMS, ossInfo.encode(info).length + BALANCE_BYTES);
  if (due > held) needs.registrations.hold(ctx, who, due - held);
  if (due < held) needs.registrations.release(ctx, who, held - due);
  storage.RegistrationDeposits.put(ctx, who, due);
}

export function returnRegistration(ctx: Context, needs: OssNeeds, who: Uint8Array): void {
  const held = storage.RegistrationDeposits.get(ctx, who);
  if (held === undefined) return;
  storage.RegistrationDeposits.remove(ctx, who);
  needs.registrations.release(ctx, who, held);
}

export function payForAuthorization(ctx: Context, needs: OssNeeds, who: Uint8Array, operator: Uint8Array): void {
  const due = stateDeposit(ITEMS, ACCOUNT_BYTES + BALANCE_BYTES);
  needs.authorizations.hold(ctx, who, due);
  storage.AuthorizationDeposits.put(ctx, who, operator, due);
}

export function returnAuthorization(ctx: Context, needs: OssNeeds, who: Uint8Array, operator: Uint8Array): void {
  const held = storage.AuthorizationDeposits.get(ctx, who, operator);
  if (held === undefined) return;
  storage.AuthorizationDeposits.remove(ctx, who, operator);
  needs.authorizations.release(ctx, who, held);
}
