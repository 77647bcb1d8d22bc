// Constants of Balances.

/** An account below this ceases to be: 10^-6 CESS. */
export const EXISTENTIAL_DEPOSIT = 1_000_000_000_000n;
