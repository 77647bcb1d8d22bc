// Makes again what follows from the records of an imported index: the outbox, the marks of holes, the work of the packer, the order of
// completions. Files that are not known to be declared are queued for their declaration: for a file that the chain records already
// that is a success, and it gives the recorded holders. Repeating it gives the same.
import type { Kv, KvOperation } from '@cess/store';
import { decodeRecord, ifReadable } from '../errors.js';
import { tryFileRecord } from '../file-table.js';
import * as keys from '../keys.js';
import { isShort, isSparse } from '../packs.js';
import { entriesInPages } from '../pages.js';
import { completionRecord, type FileRecord, outboxEntry, segmentRecord } from '../records.js';

export interface RebuildCounts {
  readonly files: number;
  /** Files queued for their declaration. */
  readonly declarations: number;
  /** Files queued for their deletion. */
  readonly deletions: number;
}

const operationsPerWrite = 1_000;

export async function rebuildDerived(kv: Kv): Promise<RebuildCounts> {
  const counts = { files: 0, declarations: 0, deletions: 0 };
  let sequence = 1;
  const queue = (type: 'Declare' | 'Delete', value: Uint8Array): KvOperation => {
    counts[type === 'Declare' ? 'declarations' : 'deletions']++;
    return { type: 'put', key: keys.outboxKey(sequence++), value: outboxEntry.encode({ type, value }) };
  };
  await writeAll(kv, keys.filePrefix, (key, value) => {
    const file = tryFileRecord(value);
    if (file === undefined) return [];
    counts.files++;
    const fileId = keys.fileOfKey(key);
    const operations: KvOperation[] = [];
    const packerKey = packerKeyOf(fileId, file);
    if (packerKey !== undefined) operations.push({ type: 'put', key: packerKey, value: new Uint8Array(0) });
    if (file.state === 'deleting') operations.push(queue('Delete', fileId));
    else if (file.state === 'stored' && isDeclarable(file)) operations.push(queue('Declare', fileId));
    return operations;
  });
  await writeAll(kv, keys.segmentTable, (key, value) => markHole(kv, key, value));
  await writeAll(kv, keys.completionTable, (key, value) => {
    const completion = ifReadable(() => decodeRecord(completionRecord, value, 'a completion'));
    if (completion === undefined) return [];
    return [{ type: 'put', key: keys.completionOrderKey(completion.sequence), value: key }];
  });
  return counts;
}

/** Where the packer finds a pack that it has work with: it closes what was left open, and packs batches, sparse and short packs. */
function packerKeyOf(fileId: Uint8Array, file: FileRecord): Uint8Array | undefined {
  const { pack, state, ciphertextLength } = file;
  if (pack === undefined || state === 'deleting') return undefined;
  const closed = { pack, ciphertextLength };
  if (pack.kind === 'batch' || pack.isOpen || isSparse(closed)) return keys.packingKey(fileId);
  return isShort(closed) ? keys.smallPackKey(file, fileId) : undefined;
}

function isDeclarable({ within, pack }: FileRecord): boolean {
  return within === undefined && (pack === undefined || (pack.kind === 'sealed' && !pack.isOpen));
}

function markHole(kv: Kv, key: Uint8Array, value: Uint8Array): KvOperation[] {
  const fileId = keys.fileOfSegmentKey(key);
  const segment = ifReadable(() => decodeRecord(segmentRecord, value, 'a segment'));
  if (fileId === undefined || segment === undefined) return [];
  const file = kv.get(keys.fileKey(fileId));
  const isDeclared = file !== undefined && tryFileRecord(file)?.state === 'declared';
  if (!isDeclared || segment.fragments.every(({ attested }) => attested)) return [];
  return [{ type: 'put', key: keys.holeKey(fileId, keys.segmentOfKey(key)), value: new Uint8Array(0) }];
}

async function writeAll(
  kv: Kv,
  table: Uint8Array,
  operationsOf: (key: Uint8Array, value: Uint8Array) => KvOperation[],
): Promise<void> {
  let operations: KvOperation[] = [];
  for (const [key, value] of entriesInPages(kv, keys.rangeOf(table))) {
    operations.push(...operationsOf(key, value));
    if (operations.length < operationsPerWrite) continue;
    await kv.write(operations);
    operations = [];
  }
  await kv.write(operations, { durable: true });
}
