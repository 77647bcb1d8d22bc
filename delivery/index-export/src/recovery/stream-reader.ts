// Reads the exported index of one owner from its newest file to its oldest, and checks that every file is what the anchor on the chain
// commits the gateway to.
import type { X25519Pair } from '@cess/crypto';
import { equalBytes, fromUtf8, isCessError } from '@cess/primitives';
import { exportInvalid, exportKeyMissing } from '../errors.js';
import { decodeExportFile, type ExportFile, readExportHeader } from '../export-file.js';
import { type ExportKey, openExportKeys } from '../export-keys.js';
import { type NetworkFileParts, readNetworkFile } from './network-file.js';
import type { IndexAnchor } from './recovery-ports.js';

export interface ReadStreamFile extends ExportFile {
  readonly fileId: Uint8Array;
  /** Position from the newest, and how many there are. */
  readonly position: number;
  readonly count: number;
}

/** The tables of an index that an export may have (ADR 73). */
const exportedTables = new Set(['b/', 'o/', 'v/', 'n/', 'u/', 'p/', 'c/', 'f/', 's/', 'x/']);

/** Leaves out files that `isKnown`. Throws `EXPORT_INVALID`, `EXPORT_KEY_MISSING`, `EXPORT_UNREACHABLE`. */
export async function* readStream(
  parts: NetworkFileParts,
  anchor: IndexAnchor,
  pairs: readonly X25519Pair[],
  signal: AbortSignal,
  isKnown: (fileId: Uint8Array) => boolean = () => false,
): AsyncGenerator<ReadStreamFile> {
  const bytes = await readNetworkFile(parts, anchor.head, signal);
  const header = readExportHeader(bytes);
  if (header.number !== anchor.number) throw exportInvalid('its newest file has another number than the anchor');
  const keys = openWithAny(header.keys, pairs);
  const head = await openFile(bytes, { parts, anchor, keys });
  const ids = [anchor.head, ...head.body.base.toReversed()];
  const count = ids.length;
  yield { ...head, fileId: anchor.head, position: 0, count };
  for (const [index, fileId] of head.body.base.toReversed().entries()) {
    if (isKnown(fileId)) continue;
    const file = await openFile(await readNetworkFile(parts, fileId, signal), { parts, anchor, keys });
    yield { ...file, fileId, position: index + 1, count };
  }
}

interface Expected {
  readonly parts: NetworkFileParts;
  readonly anchor: IndexAnchor;
  readonly keys: readonly ExportKey[];
}

async function openFile(bytes: Uint8Array, { parts, anchor, keys }: Expected): Promise<ExportFile> {
  const file = await decodeExportFile(bytes, keys);
  const { genesis, owner, gateway } = file.header;
  const isExpected =
    equalBytes(genesis, parts.chain.genesis) && equalBytes(owner, anchor.owner) && equalBytes(gateway, anchor.gateway);
  if (!isExpected) throw exportInvalid('a file belongs to another export');
  for (const { key } of file.body.entries) {
    if (!exportedTables.has(fromUtf8(key.subarray(0, 2)))) throw exportInvalid('a file has entries of other tables');
  }
  return file;
}

function openWithAny(generations: Parameters<typeof openExportKeys>[0], pairs: readonly X25519Pair[]): ExportKey[] {
  for (const pair of pairs) {
    try {
      return openExportKeys(generations, pair);
    } catch (error) {
      if (!isCessError(error, 'EXPORT_KEY_MISSING')) throw error;
    }
  }
  throw exportKeyMissing();
}
