// Records for tests of the index: small, valid, told apart by a number.
import type { NewFile } from '../files.js';
import { type BucketRecord, type NewObject, type PartRecord, plainSettings, type UploadRecord } from '../records.js';

const id = (seed: number): Uint8Array => {
  const out = new Uint8Array(32);
  new DataView(out.buffer).setUint32(0, seed, false);
  return out;
};

/** The digest of a request that completes an upload. */
export const digestOf = id;

export const bucketOf = (seed = 1): BucketRecord => ({
  owner: id(seed),
  territory: 'default',
  region: 'us-east-1',
  createdAtMs: seed,
  keyWraps: [id(seed)],
  versioning: 'never',
  configurations: [],
});

/** A file of one segment with two fragments, both held. */
export const fileOf = (seed: number, segmentCount = 1): NewFile => ({
  fileId: id(seed),
  file: {
    owner: id(1),
    territory: 'default',
    orderId: id(seed),
    streamId: id(seed),
    plaintextLength: 10,
    ciphertextLength: 26,
    storedBytes: 52,
    segmentCount,
    createdAtMs: 1,
  },
  wrapKey: () => new Uint8Array([1]),
  segments: Array.from({ length: segmentCount }, () => ({
    k: 1,
    ciphertextLength: 26,
    fragments: [0, 1].map((holder) => ({ root: id(seed), shardHashes: id(seed), holder, attested: false })),
  })),
});

const extentOf = ({ fileId }: NewFile) => ({ fileId, offset: 0, length: 10 });

export const objectOf = (etag: string, files: readonly NewFile[] = []): NewObject => ({
  size: 10 * files.length,
  etag,
  lastModifiedMs: 1,
  contentType: 'text/plain',
  headers: [],
  metadata: [],
  checksums: [],
  checksumType: 'FULL_OBJECT',
  extents: files.map(extentOf),
});

export const uploadOf = (): UploadRecord => ({
  initiatedAtMs: 1,
  contentType: 'text/plain',
  headers: [],
  metadata: [],
  checksumAlgorithm: undefined,
  checksumType: 'COMPOSITE',
  ...plainSettings,
});

export const partOf = (etag: string, files: readonly NewFile[]): PartRecord => ({
  size: 10,
  etag,
  lastModifiedMs: 1,
  checksums: [],
  extents: files.map(extentOf),
});

/** The items of a read in pages. */
export async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
