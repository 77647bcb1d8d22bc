// A call that whoever runs a role can make now: its fields, and what it does with their values. Pure rules give these, one file for each
// role; what the chain would refuse is said, and left to the chain.
import type { TextKey } from '../../i18n/en.js';
import type { Duty } from './duty.js';

/** What a reader types. */
export type CallField = 'amount' | 'gib' | 'address' | 'key' | 'possession';
export type CallValues = Readonly<Partial<Record<CallField, string>>>;

export interface PreparedCall {
  /** Encoded. */
  readonly call: Uint8Array;
  /** Held from the balance without the fee, in the smallest unit. */
  readonly spends: bigint;
  /** `info`: what it does. `warn`: why the chain would refuse it, or what it does not reach. */
  readonly effects: readonly Duty[];
  /** The same for a terminal, where there is a command. */
  readonly command?: string;
}

export interface RoleCall {
  readonly title: TextKey;
  /** What the title says of this one among several of a kind. */
  readonly titleValues?: Readonly<Record<string, number>>;
  readonly fields: readonly CallField[];
  /** It cannot be undone. */
  readonly isDanger?: boolean;
  /** Undefined while the values do not say a call. */
  prepare(values: CallValues): PreparedCall | undefined;
}

const CESS_DECIMALS = 18;

/** `12.5` (CESS) in the smallest unit; undefined for zero and for what is no amount. */
export function amountOf(text: string | undefined): bigint | undefined {
  const match = /^(\d{1,12})(?:\.(\d{1,18}))?$/.exec((text ?? '').trim());
  if (match === null) return undefined;
  const amount = BigInt(`${match[1]}${(match[2] ?? '').padEnd(CESS_DECIMALS, '0')}`);
  return amount > 0n ? amount : undefined;
}

const GiB = 2n ** 30n;

/** Whole GiB in bytes; undefined for zero and for what is no number. */
export function spaceOf(text: string | undefined): bigint | undefined {
  const match = /^\d{1,9}$/.exec((text ?? '').trim());
  const bytes = match === null ? 0n : BigInt(match[0]) * GiB;
  return bytes > 0n ? bytes : undefined;
}

/** So many bytes in hex, with or without `0x`. */
export function bytesOf(text: string | undefined, length: number): Uint8Array | undefined {
  const hex = (text ?? '').trim().replace(/^0x/, '');
  if (hex.length !== 2 * length || !/^[0-9a-f]*$/i.test(hex)) return undefined;
  return Uint8Array.from({ length }, (_, index) => Number.parseInt(hex.slice(2 * index, 2 * index + 2), 16));
}
