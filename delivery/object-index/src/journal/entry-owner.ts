// Whose entry of the index a key is: the streams of two owners never share an entry (ADR 73). Buckets and files name their owners;
// everything else belongs to the owner of its bucket or file. Deleted entries are attributed by what they were.
import { fromUtf8 } from '@cess/primitives';
import { decodeRecord, ifReadable } from '../errors.js';
import { tryFileRecord } from '../file-table.js';
import * as keys from '../keys.js';
import { bucketRecord, type FileRecord, partRecord } from '../records.js';

/** The entries that one batch changes, and the index around them. */
export interface ChangedIndex {
  /** The value after the batch, or before it if the batch deletes it. */
  get(key: Uint8Array): Uint8Array | undefined;
  /** The bucket of an upload whose record the batch changes. */
  bucketOfUpload(uploadId: string): string | undefined;
}

/** Most names of buckets whose owners are remembered. */
const maxBuckets = 10_000;

/** Tables with the name of a bucket and a zero byte behind the table letter. */
const bucketTables = new Set(['o/', 'v/', 'n/', 'u/', 'c/']);

export class EntryOwners {
  readonly #ofBucket = new Map<string, Uint8Array>();

  /** Call before the first `ownerOf` of a batch that changes records of buckets. */
  forgetBuckets(): void {
    this.#ofBucket.clear();
  }

  /** Undefined for an entry that a recovery does not need: of another table, of the export itself, or unreadable. */
  ownerOf(key: Uint8Array, index: ChangedIndex): Uint8Array | undefined {
    const table = fromUtf8(key.subarray(0, 2));
    if (bucketTables.has(table)) return this.#bucketOwner(bucketIn(key), index);
    switch (table) {
      case 'b/':
        return this.#bucketOwner(keys.bucketOfKey(key), index);
      case 'f/':
        return fileOwner(keys.fileOfKey(key), index);
      case 's/':
        return fileOwner(keys.fileOfSegmentKey(key), index);
      case 'x/':
        return fileOwner(keys.memberOfKey(key)?.packId, index);
      case 'p/':
        return this.#partOwner(key, index);
      default:
        return undefined;
    }
  }

  #bucketOwner(bucket: string | undefined, index: ChangedIndex): Uint8Array | undefined {
    if (bucket === undefined) return undefined;
    const known = this.#ofBucket.get(bucket);
    if (known !== undefined) return known;
    const value = index.get(keys.bucketKey(bucket));
    const record = value === undefined ? undefined : ifReadable(() => decodeRecord(bucketRecord, value, 'a bucket'));
    if (record === undefined) return undefined;
    if (this.#ofBucket.size >= maxBuckets) this.#ofBucket.clear();
    this.#ofBucket.set(bucket, record.owner);
    return record.owner;
  }

  #partOwner(key: Uint8Array, index: ChangedIndex): Uint8Array | undefined {
    const value = index.get(key);
    if (value === undefined) return undefined;
    const [first] = ifReadable(() => decodeRecord(partRecord, value, 'a part').extents) ?? [];
    if (first !== undefined) return fileOwner(first.fileId, index);
    // A part without content names no file; whoever changes it writes the record of its upload, too.
    return this.#bucketOwner(index.bucketOfUpload(keys.uploadOfPartKey(key)), index);
  }
}

/** A file of the export has neither a stream of a client nor files in it. */
function isExportFile({ streamId, pack }: FileRecord): boolean {
  return streamId.length === 0 && pack === undefined;
}

/** The bucket in a key of one of `bucketTables`. */
function bucketIn(key: Uint8Array): string | undefined {
  const end = key.indexOf(0, 2);
  return end < 0 ? undefined : fromUtf8(key.subarray(2, end));
}

function fileOwner(fileId: Uint8Array | undefined, index: ChangedIndex): Uint8Array | undefined {
  const value = fileId === undefined ? undefined : index.get(keys.fileKey(fileId));
  const file = value === undefined ? undefined : tryFileRecord(value);
  return file === undefined || isExportFile(file) ? undefined : file.owner;
}
