// The accounts that the gateway serves, and the access keys of its configuration: each is a key of the root of its account.
import { accountIdOf } from '@cess/access';
import { CessError, equalBytes, toHex } from '@cess/primitives';
import type { Account } from './caller.js';

/** Credentials of the configuration and the resources they grant: access key -> account -> territory. */
export interface RootKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Account id on chain that owns the buckets. */
  readonly owner: Uint8Array;
  /** X25519 key of the owner: every bucket key is sealed to it. */
  readonly ownerKey: Uint8Array;
  readonly territory: string;
}

interface Root {
  readonly account: Account;
  readonly secretAccessKey: string;
}

export class Roots {
  #accounts: ReadonlyMap<string, Account> = new Map();
  #keys: ReadonlyMap<string, Root> = new Map();

  /** Throws `ACCOUNT_ID_TAKEN`. */
  constructor(keys: readonly RootKey[]) {
    this.replace(keys);
  }

  /**
   * Serves these keys instead of those of before. Of several keys of one owner the first one names the territory of the users.
   * Throws `ACCOUNT_ID_TAKEN`, and nothing changes.
   */
  replace(keys: readonly RootKey[]): void {
    const accounts = new Map<string, Account>();
    const roots = new Map<string, Root>();
    for (const { accessKeyId, secretAccessKey, owner, ownerKey, territory } of keys) {
      const id = accountIdOf(owner);
      const account = { id, owner, canonicalId: toHex(owner), ownerKey, territory };
      const first = accounts.get(id);
      if (first === undefined) accounts.set(id, account);
      else if (!equalBytes(first.owner, owner)) throw idTaken(id);
      roots.set(accessKeyId, { account, secretAccessKey });
    }
    this.#accounts = accounts;
    this.#keys = roots;
  }

  /** Undefined for an account that this gateway does not serve. */
  account(id: string): Account | undefined {
    return this.#accounts.get(id);
  }

  accounts(): readonly Account[] {
    return [...this.#accounts.values()];
  }

  byAccessKey(accessKeyId: string): Root | undefined {
    return this.#keys.get(accessKeyId);
  }

  /** Access keys of the configuration for one account. */
  accessKeysOf(account: string): readonly string[] {
    return [...this.#keys].filter(([, root]) => root.account.id === account).map(([accessKeyId]) => accessKeyId);
  }
}

function idTaken(account: string): CessError<'ACCOUNT_ID_TAKEN'> {
  const message = `Two owners in the configuration have the account id ${account}; serve one of them by another gateway.`;
  return new CessError('ACCOUNT_ID_TAKEN', message, { account });
}
