import type { RootKey } from '@cess/accounts';
import type { RateLimits } from './limits/account-limits.js';

/** A root key of an account, and the limits of the account. */
export type ServedAccount = RootKey & RateLimits;
