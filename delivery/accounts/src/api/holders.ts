// Whoever can have access keys and MFA devices: a user, or the root of the account.
import type { IndexView, Portions, ReadView } from '@cess/object-index';
import { accounts, users } from '../store/tables.js';
import { readAccount, requireUser } from './entities.js';

export interface Holder {
  /** None: the root. */
  readonly user: string | undefined;
  readonly accessKeys: readonly string[];
  readonly devices: readonly string[];
}

/** `user` is a name as a request has it. Throws NoSuchEntity. */
export function* findHolder(view: ReadView, account: string, user: string | undefined): Portions<Holder> {
  if (user === undefined) {
    const { accessKeys, devices } = yield* readAccount(view, account);
    return { user, accessKeys, devices };
  }
  const { name, accessKeys, devices } = yield* requireUser(view, account, user);
  return { user: name, accessKeys, devices };
}

/** Replaces the lists of a holder. */
export function* replaceHolder(view: IndexView, account: string, holder: Holder): Portions {
  const { user, accessKeys, devices } = holder;
  if (user === undefined) {
    accounts.put(view, { ...(yield* readAccount(view, account)), accessKeys, devices }, account);
  } else {
    users.put(view, { ...(yield* requireUser(view, account, user)), accessKeys, devices }, account, user);
  }
}
