// @cess/accounts: the accounts of one gateway, their users, groups, roles, policies, access keys and sessions, and the operations of
// IAM and STS on them. No HTTP, no S3.
import './errors.js';

export { Accounts, type AccountsInit } from './accounts.js';
export type { Answer, AnswerValue } from './api/operation.js';
export { QueryApi, type QueryRequest, type QueryService } from './api/query-api.js';
export { rootArn } from './arns.js';
export { IamError, type IamErrorCode } from './iam-error.js';
export type { Account, Caller, CallerPolicies, Credentials } from './identity/caller.js';
export { mfaAgeKeys } from './identity/caller-keys.js';
export type { CredentialFailure } from './identity/directory.js';
export type { RootKey } from './identity/roots.js';
export type { KeyVault, VaultEntry } from './named-keys/key-vault.js';
export { type KeyMaterial, type KeyReference, NamedKeys, namedKeyArn } from './named-keys/named-keys.js';
export { ethereumSignerOf, signerOf } from './sign-in/wallet-signature.js';
export { type CopiedRecord, copyAccount, pasteAccount } from './store/account-copy.js';
