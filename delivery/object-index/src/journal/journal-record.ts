// Records of the journal (ADR 73): what one durable batch changed in the tables that a recovery needs, with the owner of each entry.
// Keys are a table letter and the sequence of the batch; sequences rise and may have gaps.
import { bytes, fixedBytes, option, type Static, safeInteger as size, struct, vec, versionedRecord } from '@cess/codec';
import { concatBytes, utf8 } from '@cess/primitives';

const entry = struct({
  owner: fixedBytes(32),
  /** Of the table of the index. */
  key: bytes(),
  /** None: the entry was deleted. */
  value: option(bytes()),
});
export type JournalEntry = Static<typeof entry>;

export const journalRecord = versionedRecord({
  name: 'journal',
  version: 1,
  codec: struct({ writtenAtMs: size, entries: vec(entry) }),
});

export const journalTable = utf8('j/');

export function journalKey(sequence: number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(sequence), false);
  return concatBytes(journalTable, out);
}

export function sequenceOfJournalKey(key: Uint8Array): number {
  return Number(new DataView(key.buffer, key.byteOffset + journalTable.length, 8).getBigUint64(0, false));
}
