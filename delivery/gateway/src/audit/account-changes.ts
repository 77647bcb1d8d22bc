// Entries of the audit log for what the operator does to the accounts of the gateway by its configuration (ADR 70). They name the root key
// of the account, and never a secret.
import { accountIdOf } from '@cess/access';
import { rootArn } from '@cess/accounts';
import type { AuditEntry } from '@cess/audit-log';
import { equalBytes } from '@cess/primitives';
import type { ServedAccount } from '../served-account.js';

/**
 * `serve`: an account as the gateway starts with it. `limit`: other limits. `change`: another secret, owner's key or territory.
 */
type ChangeKind = 'serve' | 'add' | 'limit' | 'change' | 'remove';

export interface AccountChange {
  readonly kind: ChangeKind;
  readonly account: ServedAccount;
}

const operations: Readonly<Record<ChangeKind, string>> = {
  serve: 'operator:ServeAccount',
  add: 'operator:AddAccount',
  limit: 'operator:LimitAccount',
  change: 'operator:ChangeAccount',
  remove: 'operator:RemoveAccount',
};
const operator = 'operator';

/** What turns the accounts of before into the next ones. */
export function accountChanges(before: readonly ServedAccount[], next: readonly ServedAccount[]): AccountChange[] {
  const [old, present] = [byRootKey(before), byRootKey(next)];
  const removed = [...old].flatMap(([id, account]) => (present.has(id) ? [] : [{ kind: 'remove', account } as const]));
  const others = [...present].flatMap(([id, account]): AccountChange[] => {
    const known = old.get(id);
    if (known === undefined) return [{ kind: 'add', account }];
    return [
      ...(isSameKey(known, account) ? [] : [{ kind: 'change', account } as const]),
      ...(isSameRate(known, account) ? [] : [{ kind: 'limit', account } as const]),
    ];
  });
  return [...removed, ...others];
}

export function entryOfAccountChange(
  { kind, account: { owner, accessKeyId } }: AccountChange,
  timeMs: number,
): AuditEntry {
  return {
    phase: 'ended',
    timeMs,
    requestId: `${operator}-${timeMs}`,
    operation: operations[kind],
    principal: operator,
    accessKeyId,
    source: '',
    userAgent: '',
    bucket: '',
    key: rootArn(accountIdOf(owner)),
    versionId: '',
    status: 200,
    errorCode: '',
    durationMs: 0,
    requests: 1,
  };
}

/** Whether the entry tells what the operator did to this account. */
export function isOfOperator({ principal, key }: AuditEntry, accountId: string): boolean {
  return principal === operator && key === rootArn(accountId);
}

function byRootKey(accounts: readonly ServedAccount[]): ReadonlyMap<string, ServedAccount> {
  return new Map(accounts.map((account) => [`${accountIdOf(account.owner)}/${account.accessKeyId}`, account]));
}

function isSameKey(one: ServedAccount, other: ServedAccount): boolean {
  return (
    one.secretAccessKey === other.secretAccessKey &&
    one.territory === other.territory &&
    equalBytes(one.owner, other.owner) &&
    equalBytes(one.ownerKey, other.ownerKey)
  );
}

function isSameRate(one: ServedAccount, other: ServedAccount): boolean {
  return one.requestsPerSecond === other.requestsPerSecond && one.bytesPerSecond === other.bytesPerSecond;
}
