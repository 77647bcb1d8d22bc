// Who makes a request: a principal, the account for which it acts, and the policies that limit it.
import type { ConditionKeys, PolicySet, Principal } from '@cess/access';
import type { Account } from '@cess/accounts';
import { S3Error } from '../errors.js';

/** The account for which a caller acts: buckets that the caller creates belong to it. */
export type CallerAccount = Account;

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
interface Credential {
  readonly secretAccessKey: string;
  readonly caller: Caller;
}

/** The access keys of a gateway. Every request asks for its key, so a change takes effect with the next request. */
export interface CredentialStore {
  /** `token` comes with temporary access keys. Undefined for a key that does not exist. Throws InvalidToken, ExpiredToken. */
  find(accessKeyId: string, token: string | undefined): Promise<Credential | undefined>;
  /** Notes that a key signed a request. */
  noteUse(accessKeyId: string): void;
}

export const anonymousCaller: Caller = {
  principal: { kind: 'anonymous' },
  account: undefined,
  policies: { identity: [] },
  keys: (key) => (key === 'aws:userid' ? 'anonymous' : undefined),
};

/** The account that a caller acts for; throws AccessDenied for anonymous callers, who have none. */
export function requireAccount({ caller }: { readonly caller: Caller }): CallerAccount {
  if (caller.account === undefined) throw new S3Error('AccessDenied');
  return caller.account;
}
