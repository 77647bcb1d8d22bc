// A file whose declaration waits in the outbox, as the declarer needs it.
import type { FileRecord, ObjectIndex, OutboxItem, SegmentRecord } from '@cess/object-index';
import { toHex } from '@cess/primitives';
import { fragmentLength } from '@cess/types';
import type { FileDeclaration } from '../chain-port.js';
import type { HeldFragment } from './attestations.js';

export interface StoredFile {
  readonly fileId: Uint8Array;
  readonly file: FileRecord;
  readonly segments: readonly SegmentRecord[];
}

export interface PendingFile extends StoredFile {
  readonly item: OutboxItem;
}

/** A file with its segments; undefined when it no longer exists. Throws `INDEX_CORRUPT`. */
export async function loadFile(
  index: Pick<ObjectIndex, 'getFile' | 'getSegment'>,
  fileId: Uint8Array,
): Promise<StoredFile | undefined> {
  const file = await index.getFile(fileId);
  if (file === undefined) return undefined;
  const segments: SegmentRecord[] = [];
  for (let i = 0; i < file.segmentCount; i++) {
    const segment = await index.getSegment(fileId, i);
    if (segment === undefined) return undefined;
    segments.push(segment);
  }
  return { fileId, file, segments };
}

/** Names an entry of the outbox among the records that are set aside. */
export function recordName({ entry }: OutboxItem): string {
  return entry.type === 'Declare' ? declarationName(entry.value) : `deletion of file ${toHex(entry.value)}`;
}

export function declarationName(fileId: Uint8Array): string {
  return `declaration of file ${toHex(fileId)}`;
}

/** The fragments of the batch by holder, in batch order. */
export function heldFragments(batch: readonly StoredFile[]): Map<number, HeldFragment[]> {
  const held = new Map<number, HeldFragment[]>();
  for (const { fileId, file, segments } of batch) {
    segments.forEach((segment, segmentIndex) => {
      const length = fragmentLength(segment.ciphertextLength, segment.k);
      segment.fragments.forEach(({ root, holder }, fragment) => {
        if (holder === undefined) return;
        const entries = held.get(holder) ?? [];
        entries.push({ fileId, orderId: file.orderId, segment: segmentIndex, fragment, root, length });
        held.set(holder, entries);
      });
    });
  }
  return held;
}

export function toDeclaration(
  file: FileRecord,
  segments: readonly SegmentRecord[],
  attested: ReadonlySet<number>,
): FileDeclaration {
  return {
    owner: file.owner,
    territory: file.territory,
    orderId: file.orderId,
    segments: segments.map(({ k, ciphertextLength, fragments }) => ({
      k,
      ciphertextLength,
      fragmentLength: fragmentLength(ciphertextLength, k),
      fragments: fragments.map(({ root, holder }) => ({
        root,
        holder: holder !== undefined && attested.has(holder) ? holder : undefined,
      })),
    })),
  };
}
