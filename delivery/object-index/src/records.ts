// The records of the object index and their bytes: a version byte, then the fields in SCALE. Sizes are u64 on disk and
// checked safe integers in memory. To change a record, raise its version and keep reading the older one.
import {
  bool,
  bytes,
  type Codec,
  createCodec,
  enumeration,
  fixedBytes,
  malformed,
  option,
  type Static,
  str,
  struct,
  tuple,
  u8,
  u32,
  u64,
  variant,
  vec,
  versionedRecord,
} from '@cess/codec';

/** A size or a time in milliseconds: u64 on disk, a safe integer in memory. */
export const size: Codec<number> = createCodec<number>({
  type: u64.type,
  minBytes: 8,
  write: (value, writer) => u64.write(BigInt(value), writer),
  read: (reader) => {
    const value = u64.read(reader);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed('size is beyond the safe range', reader.offset);
    return Number(value);
  },
});

const id = fixedBytes(32);
const pairs = vec(tuple(str, str), { max: 4096 });

/** A bucket. `keyWraps` hold the bucket key sealed to the owner and to each authorised gateway. */
export const bucketRecord = versionedRecord({
  name: 'bucket',
  version: 1,
  codec: struct({
    owner: id,
    territory: str,
    region: str,
    createdAtMs: size,
    keyWraps: vec(bytes(), { max: 64 }),
  }),
});
export type BucketRecord = Static<typeof bucketRecord>;

/** A run of plaintext bytes of one stored file. */
const extent = struct({ fileId: id, offset: size, length: size });
export type Extent = Static<typeof extent>;

export const objectRecord = versionedRecord({
  name: 'object',
  version: 1,
  codec: struct({
    size,
    /** Without quotes. */
    etag: str,
    lastModifiedMs: size,
    contentType: str,
    /** Cache-Control, Content-Disposition, Content-Encoding, Content-Language, Expires: lower-case name and value. */
    headers: pairs,
    /** User metadata without its `x-amz-meta-` prefix. */
    metadata: pairs,
    /** Algorithm (CRC32, CRC32C, CRC64NVME, SHA1, SHA256) and base64 value. */
    checksums: pairs,
    checksumType: enumeration(['FULL_OBJECT', 'COMPOSITE']),
    extents: vec(extent),
    /** Sizes of the parts of a multipart object, else empty. */
    partSizes: vec(size, { max: 10_000 }),
  }),
});
export type ObjectRecord = Static<typeof objectRecord>;

/** `refused` is of format 2 and earlier; the upgrade queues these files again. */
const fileState = enumeration(['stored', 'declared', 'deleting', 'refused']);
export type FileState = Static<typeof fileState>;

/** A sealed stream key, wrapped under the key of one bucket. */
const streamKeyWrap = struct({ bucket: str, wrap: bytes() });

/** One stored file: the unit of declaration on chain. */
export const fileRecord = versionedRecord({
  name: 'file',
  version: 1,
  codec: struct({
    owner: id,
    territory: str,
    orderId: id,
    streamId: bytes(),
    keyWraps: vec(streamKeyWrap, { max: 1024 }),
    plaintextLength: size,
    ciphertextLength: size,
    /** Sum of the lengths of all fragments: what the territory is charged. */
    storedBytes: size,
    segmentCount: u32,
    /** Objects and parts that refer to this file. */
    references: u32,
    state: fileState,
    createdAtMs: size,
  }),
});
export type FileRecord = Static<typeof fileRecord>;

const fragmentRecord = struct({
  root: id,
  /** Hashes of the fragment's shards, one per stripe, 32 bytes each. */
  shardHashes: bytes(),
  /** Index on chain of the provider that gave a receipt for it; none when no provider did. */
  holder: option(u32),
  /** The holder attested the fragment and the chain records it. Until then the chain has a hole here. */
  attested: bool,
});
export type FragmentRecord = Static<typeof fragmentRecord>;

export const segmentRecord = versionedRecord({
  name: 'segment',
  version: 1,
  codec: struct({
    k: u8,
    ciphertextLength: u32,
    fragments: vec(fragmentRecord, { max: 256 }),
  }),
});
export type SegmentRecord = Static<typeof segmentRecord>;

export const uploadRecord = versionedRecord({
  name: 'upload',
  version: 1,
  codec: struct({
    initiatedAtMs: size,
    contentType: str,
    headers: pairs,
    metadata: pairs,
    checksumAlgorithm: option(str),
    checksumType: enumeration(['FULL_OBJECT', 'COMPOSITE']),
  }),
});
export type UploadRecord = Static<typeof uploadRecord>;

export const partRecord = versionedRecord({
  name: 'part',
  version: 1,
  codec: struct({
    size,
    etag: str,
    lastModifiedMs: size,
    checksums: pairs,
    extents: vec(extent),
  }),
});
export type PartRecord = Static<typeof partRecord>;

/** A completed upload: what a repeated completion is answered with. */
export const completionRecord = versionedRecord({
  name: 'completion',
  version: 1,
  codec: struct({
    /** Position in the table of completions by age. */
    sequence: size,
    completedAtMs: size,
    /** Digest of the request that completed the upload. */
    requestDigest: id,
    size,
    etag: str,
    checksums: pairs,
    checksumType: enumeration(['FULL_OBJECT', 'COMPOSITE']),
  }),
});
export type CompletionRecord = Static<typeof completionRecord>;

/** Declarations and deletions that are not on chain yet, in order. */
export const outboxEntry = versionedRecord({
  name: 'outbox',
  version: 1,
  codec: variant({ Declare: id, Delete: id }),
});
export type OutboxEntry = Static<typeof outboxEntry>;

/** Why the chain records no file of a territory, or not one of this size. */
const holdReason = enumeration(['not-authorized', 'no-territory', 'territory-expired', 'quota-exceeded']);
export type HoldReason = Static<typeof holdReason>;

/** A stored file whose declaration waits until its owner ends the reason. */
export const heldRecord = versionedRecord({
  name: 'held file',
  version: 1,
  codec: struct({ reason: holdReason, sinceMs: size, storedBytes: size }),
});
