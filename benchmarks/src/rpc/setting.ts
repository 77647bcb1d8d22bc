// What node, load and report of the RPC benchmark agree on.

export const slotMs = 1000;
export const connections = 64;
/** Requests that each connection keeps in progress. */
export const inProgress = 4;
export const accounts = 8000;
/** Seed of the account that fills blocks. */
export const spenderSeed = new Uint8Array(32).fill(9);

/** An account that exists from genesis on. */
export function accountOf(index: number): Uint8Array {
  const account = new Uint8Array(32).fill(1);
  new DataView(account.buffer).setUint32(0, index);
  return account;
}
