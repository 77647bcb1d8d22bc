// All entries of one owner that a recovery needs (ADR 73), for a snapshot: bucket by bucket, and for each object and part the files of its
// content. The index may change meanwhile: what the journal has from the start of the scan on makes it consistent. An entry can come
// twice, when files of one object lie far apart. Unreadable records are left out.
import { equalBytes, toHex } from '@cess/primitives';
import type { Kv } from '@cess/store';
import { decodeRecord, ifReadable } from '../errors.js';
import { tryFileRecord } from '../file-table.js';
import * as keys from '../keys.js';
import { entriesInPages } from '../pages.js';
import { bucketRecord, type Extent, objectRecord, partRecord } from '../records.js';
import { nullVersionsOfBucket, versionsOfBucket } from '../version-keys.js';

export interface ScannedEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Entries that the scan remembers to have given, so that a pack is not given once for each of its files. */
const maxRemembered = 20_000;

export function* scanOwner(kv: Kv, owner: Uint8Array): IterableIterator<ScannedEntry> {
  const files = new ScannedFiles(kv);
  for (const [key, value] of entriesInPages(kv, keys.rangeOf(keys.bucketPrefix))) {
    if (!isOf(owner, value)) continue;
    yield { key, value };
    yield* scanBucket(kv, keys.bucketOfKey(key), files);
  }
}

function* scanBucket(kv: Kv, bucket: string, files: ScannedFiles): IterableIterator<ScannedEntry> {
  for (const table of [keys.objectPrefix(bucket), versionsOfBucket(bucket)]) {
    for (const [key, value] of entriesInPages(kv, keys.rangeOf(table))) {
      yield { key, value };
      yield* files.of(extentsOf(objectRecord, value));
    }
  }
  for (const table of [nullVersionsOfBucket(bucket), keys.completionPrefix(bucket)]) {
    for (const [key, value] of entriesInPages(kv, keys.rangeOf(table))) yield { key, value };
  }
  for (const [key, value] of entriesInPages(kv, keys.rangeOf(keys.uploadPrefix(bucket)))) {
    yield { key, value };
    const { uploadId } = keys.uploadOfKey(bucket, key);
    for (const [partKey, part] of entriesInPages(kv, keys.rangeOf(keys.partPrefix(uploadId)))) {
      yield { key: partKey, value: part };
      yield* files.of(extentsOf(partRecord, part));
    }
  }
}

class ScannedFiles {
  readonly #given = new Set<string>();

  constructor(private readonly kv: Kv) {}

  /** The files of the extents, with their segments or packs. */
  *of(extents: readonly Extent[]): IterableIterator<ScannedEntry> {
    for (const { fileId } of extents) yield* this.#file(fileId);
  }

  *#file(fileId: Uint8Array): IterableIterator<ScannedEntry> {
    if (this.#isGiven(fileId)) return;
    const key = keys.fileKey(fileId);
    const value = this.kv.get(key);
    const file = value === undefined ? undefined : tryFileRecord(value);
    if (value === undefined || file === undefined) return;
    yield { key, value };
    for (let segment = 0; segment < file.segmentCount; segment++) yield* this.#entry(keys.segmentKey(fileId, segment));
    if (file.within === undefined) return;
    const { packId, offset } = file.within;
    yield* this.#entry(keys.memberKey(packId, offset));
    yield* this.#file(packId);
  }

  *#entry(key: Uint8Array): IterableIterator<ScannedEntry> {
    const value = this.kv.get(key);
    if (value !== undefined) yield { key, value };
  }

  #isGiven(fileId: Uint8Array): boolean {
    const name = toHex(fileId);
    if (this.#given.has(name)) return true;
    if (this.#given.size >= maxRemembered) this.#given.clear();
    this.#given.add(name);
    return false;
  }
}

function isOf(owner: Uint8Array, value: Uint8Array): boolean {
  const bucket = ifReadable(() => decodeRecord(bucketRecord, value, 'a bucket'));
  return bucket !== undefined && equalBytes(bucket.owner, owner);
}

function extentsOf(
  codec: { decode(bytes: Uint8Array): { readonly extents: readonly Extent[] } },
  value: Uint8Array,
): readonly Extent[] {
  return ifReadable(() => decodeRecord(codec, value, 'an object').extents) ?? [];
}
