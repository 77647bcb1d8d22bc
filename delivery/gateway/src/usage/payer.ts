// The account that a request counts for, in its limits and its usage.
import { accountIdOf } from '@cess/access';

export interface Payer {
  /** Of the account. */
  readonly id: string;
  readonly owner: Uint8Array;
}

export function payerOfOwner(owner: Uint8Array): Payer {
  return { id: accountIdOf(owner), owner };
}
