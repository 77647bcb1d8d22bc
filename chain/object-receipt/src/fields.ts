// Strict readers of parsed JSON. They check types and bounds; fields that nobody reads, duplicate keys and other spellings of the
// same value are found later, because a receipt is encoded again and compared (verify.ts).
import { CessError, fromHex } from '@cess/primitives';

type Fields = Readonly<Record<string, unknown>>;

export function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(`${what} is no object`);
  return value as Fields;
}

export function textOf(value: unknown, what: string, maxLength = 8192): string {
  if (typeof value !== 'string' || value.length > maxLength) throw malformed(`${what} is no text, or too long`);
  return value;
}

export function textOrNull(value: unknown, what: string): string | null {
  return value === null ? null : textOf(value, what);
}

/** A whole number from 0 to 2^53 - 1. */
export function numberOf(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || Object.is(value, -0))
    throw malformed(`${what} is no size`);
  return value;
}

/** Lower-case hex text with `0x`, as it is; of so many bytes if that is given. */
export function hexOf(value: unknown, what: string, bytes?: number): string {
  const isHex = typeof value === 'string' && /^0x(?:[0-9a-f]{2})*$/.test(value);
  if (!isHex || (bytes !== undefined && value.length !== 2 + 2 * bytes)) throw malformed(`${what} is no hex text`);
  return value;
}

export function listOf<T>(value: unknown, what: string, max: number, read: (item: unknown, what: string) => T): T[] {
  if (!Array.isArray(value) || value.length > max) throw malformed(`${what} is no list, or too long`);
  return value.map((item, index) => read(item, `${what}[${index}]`));
}

/** The bytes of base64 text (RFC 4648 §4). */
export function base64Of(value: unknown, what: string): Uint8Array {
  const text = typeof value === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(value) ? value : undefined;
  if (text === undefined || text.length % 4 !== 0) throw malformed(`${what} is no base64 text`);
  const binary = atob(text);
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

const charactersAtOnce = 8192;

export function toBase64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += charactersAtOnce)
    binary += String.fromCharCode(...bytes.subarray(at, at + charactersAtOnce));
  return btoa(binary);
}

/** The bytes of a text that `hexOf` accepted. */
export function bytesOf(hex: string): Uint8Array {
  return fromHex(hex);
}

export function malformed(reason: string, cause?: unknown): CessError {
  return new CessError('OBJECT_RECEIPT_MALFORMED', `This is not a receipt: ${reason}.`, {}, { cause });
}
