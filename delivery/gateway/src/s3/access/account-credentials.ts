// The access keys of the accounts, as requests to S3 use them.
import { combineKeys } from '@cess/access';
import { type Accounts, mfaAgeKeys } from '@cess/accounts';
import { S3Error } from '../errors.js';
import type { CredentialStore } from './caller.js';

export function accountCredentials(
  accounts: Accounts,
  { nowMs, region }: { readonly nowMs: () => number; readonly region: string },
): CredentialStore {
  return {
    async find(accessKeyId, token) {
      const found = await accounts.credentials(accessKeyId, token, nowMs());
      if (!found.ok) {
        if (found.error === 'unknown-key') return undefined;
        throw new S3Error(found.error === 'expired-token' ? 'ExpiredToken' : 'InvalidToken');
      }
      const { secretAccessKey, caller } = found.value;
      return { secretAccessKey, caller: { ...caller, keys: combineKeys(caller.keys, mfaAgeKeys(caller, nowMs())) } };
    },
    noteUse: (accessKeyId) => accounts.noteUse(accessKeyId, { atMs: nowMs(), service: 's3', region }),
  };
}
