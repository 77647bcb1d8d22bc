// Version ids as clients see them: `null`, or the ordinal and the random bytes of a version in base64url. Opaque to clients.
import { concatBytes, equalBytes } from '@cess/primitives';
import type { ObjectRecord } from './records.js';
import { ordinalIn, ordinalValue } from './version-keys.js';

/** Random bytes of an id. */
export const nonceBytes = 8;
const ordinalBytes = 8;

export type VersionId = 'null' | { readonly ordinal: bigint; readonly nonce: Uint8Array };

/** Undefined for a text that is no id of any version. */
export function parseVersionId(text: string): VersionId | undefined {
  if (text === 'null') return 'null';
  if (!/^[A-Za-z0-9_-]{22}$/.test(text)) return undefined;
  const bytes = new Uint8Array(Buffer.from(text, 'base64url'));
  const id = { ordinal: ordinalIn(bytes), nonce: bytes.slice(ordinalBytes) };
  // The last character of another spelling has bits that no byte holds.
  return formatVersionId(id) === text ? id : undefined;
}

function formatVersionId(id: VersionId): string {
  return id === 'null' ? id : Buffer.from(concatBytes(ordinalValue(id.ordinal), id.nonce)).toString('base64url');
}

/** The id of a version. */
export function versionIdOf({ isNull, ordinal, nonce }: Pick<ObjectRecord, 'isNull' | 'ordinal' | 'nonce'>): string {
  return formatVersionId(isNull ? 'null' : { ordinal, nonce });
}

export function hasVersionId(version: Pick<ObjectRecord, 'isNull' | 'ordinal' | 'nonce'>, id: VersionId): boolean {
  if (id === 'null' || version.isNull) return id === 'null' && version.isNull;
  return version.ordinal === id.ordinal && equalBytes(version.nonce, id.nonce);
}
