// Who may act for an account.
import { equalBytes } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { ossStorage as storage } from './declaration.js';

/** Whether the account is a registered gateway. */
function isGateway(ctx: Context, account: Uint8Array): boolean {
  return storage.Oss.has(ctx, account);
}

/** Whether `operator` may act for `owner`: the owner itself, or a registered gateway that it authorised. */
export function mayAct(ctx: Context, owner: Uint8Array, operator: Uint8Array): boolean {
  if (equalBytes(owner, operator)) return true;
  return isGateway(ctx, operator) && storage.AuthorityList.get(ctx, owner).some((entry) => equalBytes(entry, operator));
}
