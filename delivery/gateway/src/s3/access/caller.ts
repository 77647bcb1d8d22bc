// Who makes a request: a principal, the account for which it acts, and the policies that limit it.
import { accountIdOf, type ConditionKeys, type PolicySet, type Principal } from '@cess/access';
import { toHex } from '@cess/primitives';
import { S3Error } from '../errors.js';

/** A client's credentials and the resources they grant: access key -> account -> territory. */
export interface S3Account {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Account id on chain that owns the buckets. */
  readonly owner: Uint8Array;
  /** X25519 key of the owner: every bucket key is sealed to it. */
  readonly ownerKey: Uint8Array;
  readonly territory: string;
}

/** The account for which a caller acts: buckets that the caller creates belong to it. */
export interface CallerAccount extends Pick<S3Account, 'owner' | 'ownerKey' | 'territory'> {
  /** Twelve digits, as ARNs name the account: `accountIdOf(owner)`. */
  readonly id: string;
  /** As access control lists name it: the owner in hexadecimal. */
  readonly canonicalId: string;
}

export interface Caller {
  /** With the account id and the canonical id of `account`. */
  readonly principal: Principal;
  /** None for anonymous requests. */
  readonly account: CallerAccount | undefined;
  /** Policies of the user and their groups or of the role, permissions boundary, policies of the session. */
  readonly policies: Pick<PolicySet, 'identity' | 'boundary' | 'session'>;
  /** Condition keys that follow from the identity and not from its ARN: aws:userid, aws:PrincipalTag/…, and the like. */
  readonly keys: ConditionKeys;
}

/** What an access key stands for. */
export interface Credential {
  readonly secretAccessKey: string;
  readonly caller: Caller;
}

/** The access keys of a gateway. Every request asks for its key, so a change takes effect with the next request. */
export interface CredentialStore {
  find(accessKeyId: string): Credential | undefined;
}

export const anonymousCaller: Caller = {
  principal: { kind: 'anonymous' },
  account: undefined,
  policies: { identity: [] },
  keys: (key) => (key === 'aws:userid' ? 'anonymous' : undefined),
};

function callerAccount({ owner, ownerKey, territory }: Omit<CallerAccount, 'id' | 'canonicalId'>): CallerAccount {
  return { owner, ownerKey, territory, id: accountIdOf(owner), canonicalId: toHex(owner) };
}

/** The root of an account, which may do everything with what the account owns. */
function rootCaller(account: CallerAccount): Caller {
  const { id, canonicalId } = account;
  return {
    principal: { kind: 'root', account: id, canonicalId },
    account,
    policies: { identity: [] },
    keys: (key) => (key === 'aws:userid' ? id : undefined),
  };
}

/** The access keys of a configuration: each is the root of its account. */
export function accountCredentials(accounts: readonly S3Account[]): CredentialStore {
  const credentials = new Map(
    accounts.map((account) => [
      account.accessKeyId,
      { secretAccessKey: account.secretAccessKey, caller: rootCaller(callerAccount(account)) },
    ]),
  );
  return { find: (accessKeyId) => credentials.get(accessKeyId) };
}

/** The account that a caller acts for; throws AccessDenied for anonymous callers, who have none. */
export function requireAccount({ caller }: { readonly caller: Caller }): CallerAccount {
  if (caller.account === undefined) throw new S3Error('AccessDenied');
  return caller.account;
}
