// How many entities an account has: kept in its record, because counting them for every quota would read whole tables.
import type { IndexView, Portions } from '@cess/object-index';
import { IamError } from '../iam-error.js';
import { quotas } from '../quotas.js';
import type { Counts } from '../store/records.js';
import { accounts } from '../store/tables.js';
import { readAccount } from './entities.js';

const limits: Readonly<Partial<Record<keyof Counts, number>>> = quotas;

/** Counts one entity more. Throws LimitExceeded. */
export function* countUp(view: IndexView, account: string, kind: keyof Counts): Portions {
  const record = yield* readAccount(view, account);
  const limit = limits[kind];
  if (limit !== undefined && record.counts[kind] >= limit) {
    throw limitExceeded(`${kind[0]?.toUpperCase()}${kind.slice(1)}PerAccount`, limit);
  }
  accounts.put(view, { ...record, counts: { ...record.counts, [kind]: record.counts[kind] + 1 } }, account);
}

export function* countDown(view: IndexView, account: string, kind: keyof Counts): Portions {
  const record = yield* readAccount(view, account);
  accounts.put(view, { ...record, counts: { ...record.counts, [kind]: record.counts[kind] - 1 } }, account);
}

export function limitExceeded(quota: string, limit: number): IamError {
  return new IamError('LimitExceeded', `Cannot exceed quota for ${quota}: ${limit}`);
}
