// Keys of the tables of versions. `v/` holds the versions of an object that are not current, the newest first; `n/` holds the
// ordinal of the null version among them. Object keys may hold any byte, and an ordinal follows them, so they are escaped:
// 0x00 becomes 0x00 0xFF, and 0x00 0x00 ends a key. This keeps their order, and the versions of "a" lie before those of "a\0b".
import { concatBytes, fromUtf8, utf8 } from '@cess/primitives';
import type { ObjectName } from './keys.js';

const zero = new Uint8Array(1);
const end = new Uint8Array(2);
const ordinalBytes = 8;
const greatestOrdinal = 2n ** 64n - 1n;

export const versionTable = utf8('v/');
export const nullVersionTable = utf8('n/');

export interface NumberedVersion extends ObjectName {
  readonly ordinal: bigint;
}

export const versionsOfBucket = (bucket: string): Uint8Array => concatBytes(versionTable, utf8(bucket), zero);

/** Prefix of the versions of all objects whose keys begin with `keyPrefix`. */
export const versionsUnder = (bucket: string, keyPrefix: string): Uint8Array =>
  concatBytes(versionsOfBucket(bucket), escaped(utf8(keyPrefix)));

/** Prefix of the versions of one object. */
export const versionsOf = ({ bucket, key }: ObjectName): Uint8Array => concatBytes(versionsUnder(bucket, key), end);

export const versionKey = (name: ObjectName, ordinal: bigint): Uint8Array =>
  concatBytes(versionsOf(name), ordinalValue(greatestOrdinal - ordinal));

/** Undefined for a key that is damaged. */
export function versionOfKey(key: Uint8Array): NumberedVersion | undefined {
  const at = key.length - ordinalBytes;
  const name = at < 0 ? undefined : nameIn(key.subarray(0, at), versionTable);
  return name === undefined ? undefined : { ...name, ordinal: greatestOrdinal - ordinalIn(key.subarray(at)) };
}

export const nullVersionKey = ({ bucket, key }: ObjectName): Uint8Array =>
  concatBytes(nullVersionTable, utf8(bucket), zero, escaped(utf8(key)), end);

export const nullVersionsOfBucket = (bucket: string): Uint8Array => concatBytes(nullVersionTable, utf8(bucket), zero);

/** Undefined for a key that is damaged. */
export const nameOfNullVersion = (key: Uint8Array): ObjectName | undefined => nameIn(key, nullVersionTable);

export function ordinalValue(ordinal: bigint): Uint8Array {
  const out = new Uint8Array(ordinalBytes);
  new DataView(out.buffer).setBigUint64(0, ordinal, false);
  return out;
}

/** The ordinal in the 8 bytes. */
export function ordinalIn(bytes: Uint8Array): bigint {
  return new DataView(bytes.buffer, bytes.byteOffset, ordinalBytes).getBigUint64(0, false);
}

function nameIn(key: Uint8Array, table: Uint8Array): ObjectName | undefined {
  const separator = key.indexOf(0, table.length);
  const name = separator < 0 ? undefined : unescaped(key.subarray(separator + 1));
  return name === undefined
    ? undefined
    : { bucket: fromUtf8(key.subarray(table.length, separator)), key: fromUtf8(name) };
}

function escaped(name: Uint8Array): Uint8Array {
  if (!name.includes(0)) return name;
  const out: number[] = [];
  for (const byte of name) {
    out.push(byte);
    if (byte === 0) out.push(0xff);
  }
  return Uint8Array.from(out);
}

/** The name whose escaped form, with its end, the bytes are. */
function unescaped(bytes: Uint8Array): Uint8Array | undefined {
  const at = bytes.length - end.length;
  if (at < 0 || bytes[at] !== 0 || bytes[at + 1] !== 0) return undefined;
  const content = bytes.subarray(0, at);
  if (!content.includes(0)) return content;
  const out: number[] = [];
  for (let i = 0; i < content.length; i++) {
    const byte = content[i] ?? 0;
    out.push(byte);
    if (byte === 0 && content[++i] !== 0xff) return undefined;
  }
  return Uint8Array.from(out);
}
