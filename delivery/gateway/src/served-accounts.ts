// The accounts that a gateway serves. They can be replaced while it runs.
import { accountIdOf } from '@cess/access';
import type { Accounts } from '@cess/accounts';
import { toHex } from '@cess/primitives';
import { accountChanges } from './audit/account-changes.js';
import type { AuditTrail } from './audit/audit-trail.js';
import type { Declarer } from './declaration/declarer.js';
import type { Quota } from './declaration/quota-ledger.js';
import type { AccountLimits, RateLimits } from './limits/account-limits.js';
import type { ServedAccount } from './served-account.js';

export interface ServedAccountsParts {
  readonly accounts: Pick<Accounts, 'replaceRootKeys'>;
  readonly limits: Pick<AccountLimits, 'replace'>;
  readonly quota: Pick<Quota, 'add'>;
  readonly declarer: Pick<Declarer, 'openAddedTerritories'>;
  readonly audit: Pick<AuditTrail, 'observeAccounts'>;
}

export class ServedAccounts {
  constructor(
    private readonly parts: ServedAccountsParts,
    private served: readonly ServedAccount[],
  ) {}

  get current(): readonly ServedAccount[] {
    return this.served;
  }

  /** Writes the accounts into the audit log: the operator may have changed them while the gateway did not run. */
  logAll(): Promise<void> {
    return this.parts.audit.observeAccounts(this.served.map((account) => ({ kind: 'serve', account })));
  }

  /**
   * Serves these accounts from the next request on. Requests that have begun go on. Buckets of accounts that are no longer served
   * stay. Throws `ACCOUNT_ID_TAKEN`, and nothing changes.
   */
  replace(next: readonly ServedAccount[]): void {
    const { accounts, limits, quota, declarer, audit } = this.parts;
    const changes = accountChanges(this.served, next);
    accounts.replaceRootKeys(next);
    limits.replace(ratesOf(next));
    const known = new Set(this.served.map(territoryOf));
    const added = next.filter((account) => !known.has(territoryOf(account)));
    this.served = next;
    for (const { owner, territory } of added) quota.add({ owner, territory });
    if (added.length > 0) declarer.openAddedTerritories();
    // The audit log cannot refuse: an account that has to go must not stay because a disk is full.
    void audit.observeAccounts(changes);
  }
}

/** The first key of an account has the limits of the account. */
export function ratesOf(accounts: readonly ServedAccount[]): ReadonlyMap<string, RateLimits> {
  const rates = accounts.map(({ owner, requestsPerSecond, bytesPerSecond }) => {
    const limits = {
      ...(requestsPerSecond === undefined ? {} : { requestsPerSecond }),
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    };
    return [accountIdOf(owner), limits] as const;
  });
  return new Map(rates.toReversed());
}

function territoryOf({ owner, territory }: ServedAccount): string {
  return `${toHex(owner)}/${territory}`;
}
