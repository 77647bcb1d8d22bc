import { type MapItem, query } from '@cess/client';

/** What can read storage: a `ChainClient`, or a `LightClient`, whose values are proven. */
export interface StateReader {
  entry<K extends readonly unknown[], T>(item: MapItem<K, T>, keys: K): Promise<T>;
}

/** Amounts in the smallest unit: 10^18 are one CESS. */
export interface Balance {
  /** Can be spent, except for what is `frozen`. */
  readonly free: bigint;
  /** On hold, for stakes and deposits. */
  readonly reserved: bigint;
  readonly frozen: bigint;
  /** Transactions that the account has sent. */
  readonly nonce: number;
}

/** The balance of an account of 32 bytes; zeros for one that does not exist. */
export async function getBalance(reader: StateReader, account: Uint8Array): Promise<Balance> {
  const { data, nonce } = await reader.entry(query.System.Account, [account]);
  return { free: data.free, reserved: data.reserved, frozen: data.frozen, nonce };
}
