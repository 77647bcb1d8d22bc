// Version stamp of an on-disk format (docs/protocol: every format carries one). A store written by a newer version or
// for another network is refused before anything in it is read or changed.
import { CessError, fromHex, fromUtf8, toHex, utf8 } from '@cess/primitives';
import type { Kv, KvOperation, KvWriteOptions } from './kv.js';

export interface FormatStamp {
  /** Name of the format, for example `cess-chain`. */
  readonly format: string;
  readonly version: number;
  /** Genesis hash or another network id. */
  readonly networkId: Uint8Array;
}

export interface VersionedOptions extends FormatStamp {
  /** Upgrades an older store to `version`; must be safe to repeat after a crash. Without it, older stores are rejected. */
  readonly upgrade?: (kv: Kv, fromVersion: number) => Promise<void>;
}

/** What the stamp needs of a store. */
export interface StampedStore {
  get(key: Uint8Array): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  isEmpty(): boolean | Promise<boolean>;
  write(operations: readonly KvOperation[], options?: KvWriteOptions): Promise<void>;
}

/** Sorts before every key that starts with a printable or higher byte. */
const formatStampKey: Uint8Array = utf8('\0cess-format');

/** Progress of an upgrade that takes several writes; removed together with the old stamp. */
export const upgradeCursorKey: Uint8Array = utf8('\0cess-format-cursor');

/** The stamp of a store, undefined when it has none. Throws `KV_CORRUPT` when it cannot be read. */
export function readFormatStamp(kv: Kv): FormatStamp | undefined {
  return parseStamp(kv.get(formatStampKey));
}

function parseStamp(bytes: Uint8Array | undefined): FormatStamp | undefined {
  if (!bytes) return undefined;
  try {
    const parsed: unknown = JSON.parse(fromUtf8(bytes));
    if (typeof parsed === 'object' && parsed !== null && 'format' in parsed) {
      const { format, version, networkId } = parsed as Record<string, unknown>;
      if (typeof format === 'string' && typeof version === 'number' && typeof networkId === 'string') {
        return { format, version, networkId: fromHex(networkId) };
      }
    }
  } catch (cause) {
    throw new CessError('KV_CORRUPT', 'The format stamp of the store is unreadable.', {}, { cause });
  }
  throw new CessError('KV_CORRUPT', 'The format stamp of the store is unreadable.');
}

/**
 * Stamps an empty store, accepts a matching one, upgrades an older one, and refuses the rest with
 * `KV_FORMAT_UNKNOWN`, `KV_NETWORK_MISMATCH`, `KV_FORMAT_NEWER` or `KV_FORMAT_OLDER`. Returns the same store.
 */
export async function openVersioned(kv: Kv, options: VersionedOptions): Promise<Kv> {
  const { upgrade } = options;
  const store: StampedStore = {
    get: (key) => kv.get(key),
    isEmpty: () => kv.entries({ limit: 1 }).next().done === true,
    write: (operations, writeOptions) => kv.write(operations, writeOptions),
  };
  await openStamped(store, options, upgrade === undefined ? undefined : (from) => upgrade(kv, from));
  return kv;
}

/** The same for what is no key-value store of this process. */
export async function openStamped(
  store: StampedStore,
  { format, version, networkId }: FormatStamp,
  upgrade?: (fromVersion: number) => Promise<void>,
): Promise<void> {
  const found = parseStamp(await store.get(formatStampKey));
  if (!found) {
    if (!(await store.isEmpty())) {
      throw new CessError(
        'KV_FORMAT_UNKNOWN',
        `The store holds data but no stamp of "${format}". Use another directory.`,
      );
    }
    await stamp(store, { format, version, networkId });
    return;
  }
  if (found.format !== format) {
    throw new CessError('KV_FORMAT_UNKNOWN', `The store is of format "${found.format}", expected "${format}".`);
  }
  if (toHex(found.networkId) !== toHex(networkId)) {
    throw new CessError(
      'KV_NETWORK_MISMATCH',
      'The store belongs to another network (genesis). Use another data directory, or the chain specification it was made with.',
      { found: toHex(found.networkId), expected: toHex(networkId) },
    );
  }
  if (found.version > version) {
    throw new CessError(
      'KV_FORMAT_NEWER',
      `The store was written by a newer version (format ${found.version}, this program reads ${version}). Update the program.`,
      { found: found.version, expected: version },
    );
  }
  if (found.version < version) {
    if (!upgrade) {
      throw new CessError(
        'KV_FORMAT_OLDER',
        `The store has format ${found.version}, which this program no longer reads.`,
      );
    }
    await upgrade(found.version);
    await stamp(store, { format, version, networkId });
  }
}

async function stamp(store: StampedStore, value: FormatStamp): Promise<void> {
  const text = JSON.stringify({ format: value.format, version: value.version, networkId: toHex(value.networkId) });
  await store.write(
    [
      { type: 'put', key: formatStampKey, value: utf8(text) },
      { type: 'delete', key: upgradeCursorKey },
    ],
    { durable: true },
  );
}
