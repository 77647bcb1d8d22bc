// The records of the object index and their bytes: a version byte, then the fields in SCALE. To change a record, raise its version and keep reading the older one.
import {
  bool,
  bytes,
  type Codec,
  enumeration,
  fixedBytes,
  option,
  type Static,
  safeInteger as size,
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

const id = fixedBytes(32);
const pairs = vec(tuple(str, str), { max: 4096 });

/** Amazon's limit of parts of an upload. */
export const maxParts = 10_000;

/** Reads a record of an older version as what the current version has for it. */
function mapRead<From, To>(codec: Pick<Codec<From>, 'read'>, map: (record: From) => To): Pick<Codec<To>, 'read'> {
  return { read: (reader) => map(codec.read(reader)) };
}

/** Named values that later versions of the program add without a new version of the record. */
const extensions = vec(tuple(str, bytes()), { max: 64 });

/** Whether the versions of an object are kept. A bucket that once kept versions is never `never` again. */
const versioning = enumeration(['never', 'enabled', 'suspended']);
export type Versioning = Static<typeof versioning>;

const bucketFields = {
  owner: id,
  territory: str,
  region: str,
  createdAtMs: size,
  keyWraps: vec(bytes(), { max: 64 }),
};

const bucket = struct({
  ...bucketFields,
  versioning,
  /** Policy, lifecycle rules, tags and the like, by name. */
  configurations: extensions,
});

/** A bucket. `keyWraps` hold the bucket key sealed to the owner and to each authorised gateway. */
export type BucketRecord = Static<typeof bucket>;

export const bucketRecord = versionedRecord<BucketRecord>({
  name: 'bucket',
  version: 2,
  codec: bucket,
  older: { 1: mapRead(struct(bucketFields), (first) => ({ ...first, versioning: 'never', configurations: [] })) },
});

/** A run of plaintext bytes of one stored file. */
const extent = struct({ fileId: id, offset: size, length: size });
export type Extent = Static<typeof extent>;

const describedObject = {
  size,
  /** Without quotes. */
  etag: str,
  lastModifiedMs: size,
  contentType: str,
  /** Cache-Control, Content-Disposition, Content-Encoding, Content-Language, Expires, x-amz-website-redirect-location: lower-case name and value. */
  headers: pairs,
  /** User metadata without its `x-amz-meta-` prefix. */
  metadata: pairs,
  /** Algorithm (CRC32, CRC32C, CRC64NVME, SHA1, SHA256) and base64 value. */
  checksums: pairs,
  checksumType: enumeration(['FULL_OBJECT', 'COMPOSITE']),
  extents: vec(extent),
};

const firstObject = struct({ ...describedObject, partSizes: vec(size, { max: maxParts }) });

/** Until when a version is kept whatever happens (object-lock.ts). */
const retention = struct({ mode: enumeration(['GOVERNANCE', 'COMPLIANCE']), untilMs: size });
export type Retention = Static<typeof retention>;

/** What an object has beside its content and its description; most objects have none of it. */
const objectSettings = {
  tags: pairs,
  storageClass: str,
  retention: option(retention),
  legalHold: bool,
  /** The account that owns the object; none: the owner of the bucket. */
  owner: option(id),
  attributes: extensions,
};

const object = struct({
  ...describedObject,
  /** The parts of a multipart object, else empty. */
  parts: vec(struct({ size, checksums: pairs }), { max: maxParts }),
  /** Position among the versions of its key: a later version has a greater one. */
  ordinal: u64,
  /** Random bytes of the version id, so that ids cannot be guessed; empty for the null version. */
  nonce: bytes(),
  /** Written while the bucket kept no versions: clients name it `null`, and a key has at most one. */
  isNull: bool,
  /** Without content: the object counts as deleted while this is its newest version. */
  isDeleteMarker: bool,
  ...objectSettings,
});

/** One version of an object, or a delete marker. */
export type ObjectRecord = Static<typeof object>;

export const objectRecord = versionedRecord<ObjectRecord>({
  name: 'object',
  version: 2,
  codec: object,
  older: { 1: mapRead(firstObject, fromFirstObject) },
});

/** What a version gets from the index when it is entered. */
export type VersionIdentity = Pick<ObjectRecord, 'ordinal' | 'nonce' | 'isNull' | 'isDeleteMarker'>;

/** Settings of an object that can change without a new version. */
export type ObjectSettings = Pick<ObjectRecord, keyof typeof objectSettings>;

/** The settings of an object for which a request states none. */
export const plainSettings = {
  tags: [],
  storageClass: 'STANDARD',
  retention: undefined,
  legalHold: false,
  owner: undefined,
  attributes: [],
} satisfies ObjectSettings;

/** The settings alone, of an upload for the object that it becomes. */
export function settingsOf({
  tags,
  storageClass,
  retention,
  legalHold,
  owner,
  attributes,
}: ObjectSettings): ObjectSettings {
  return { tags, storageClass, retention, legalHold, owner, attributes };
}

/** Fields that most objects do not have. */
export const plainObject = { parts: [], ...plainSettings } satisfies Partial<ObjectRecord>;

/** An object as a caller enters it. */
export type NewObject = Omit<ObjectRecord, keyof typeof plainObject | keyof VersionIdentity> &
  Partial<Pick<ObjectRecord, keyof typeof plainObject>>;

/** Ordinals begin with the time in milliseconds; these bits behind it tell versions of one millisecond apart. */
const ordinalsPerMs = 4096n;

/** The least ordinal of a version that is written at `timeMs`. */
export function ordinalAt(timeMs: number): bigint {
  return BigInt(Math.floor(timeMs)) * ordinalsPerMs;
}

/** An object of version 1 is a null version of the time of its last change. */
function fromFirstObject({ partSizes, ...first }: Static<typeof firstObject>): ObjectRecord {
  return {
    ...first,
    ...plainObject,
    parts: partSizes.map((partSize) => ({ size: partSize, checksums: [] })),
    ordinal: ordinalAt(first.lastModifiedMs),
    nonce: new Uint8Array(0),
    isNull: true,
    isDeleteMarker: false,
  };
}

/** `refused` is of format 2 and earlier; the upgrade queues these files again. */
const fileState = enumeration(['stored', 'declared', 'deleting', 'refused']);
export type FileState = Static<typeof fileState>;

/** A sealed stream key, wrapped under the key of one bucket. */
const streamKeyWrap = struct({ bucket: str, wrap: bytes() });

const fileFields = {
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
  /** Objects and parts that refer to this file; of a pack, the files in it. */
  references: u32,
  state: fileState,
  createdAtMs: size,
};

/** A batch has small objects as they came and is not declared; a sealed pack is. */
const packKind = enumeration(['batch', 'sealed']);
export type PackKind = Static<typeof packKind>;

/** What the record of a pack has beside that of a file (packs.ts). */
const packState = struct({
  kind: packKind,
  /** Files may still be entered: the pack stays also without any. */
  isOpen: bool,
  /** Sum of the ciphertext lengths of its files. */
  liveBytes: size,
});

/** One stored file: the unit of declaration on chain, or a file within a pack. */
export const fileRecord = versionedRecord({
  name: 'file',
  version: 2,
  codec: struct({
    ...fileFields,
    /** The pack that holds the sealed stream, and where it begins; none for a file with segments of its own. */
    within: option(struct({ packId: id, offset: size })),
    pack: option(packState),
  }),
  older: { 1: mapRead(struct(fileFields), (first) => ({ ...first, within: undefined, pack: undefined })) },
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

const uploadFields = {
  initiatedAtMs: size,
  contentType: str,
  headers: pairs,
  metadata: pairs,
  checksumAlgorithm: option(str),
  checksumType: enumeration(['FULL_OBJECT', 'COMPOSITE']),
};

export const uploadRecord = versionedRecord({
  name: 'upload',
  version: 2,
  codec: struct({
    ...uploadFields,
    /** What the object is to have. */
    ...objectSettings,
  }),
  older: { 1: mapRead(struct(uploadFields), (first) => ({ ...first, ...plainSettings })) },
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

const completionFields = {
  /** Position in the table of completions by age. */
  sequence: size,
  completedAtMs: size,
  /** Digest of the request that completed the upload. */
  requestDigest: id,
  size,
  etag: str,
  checksums: pairs,
  checksumType: enumeration(['FULL_OBJECT', 'COMPOSITE']),
};

/** A completed upload: what a repeated completion is answered with. */
export const completionRecord = versionedRecord({
  name: 'completion',
  version: 2,
  codec: struct({
    ...completionFields,
    /** As clients name it; none where the bucket kept no versions. */
    versionId: option(str),
  }),
  older: { 1: mapRead(struct(completionFields), (first) => ({ ...first, versionId: undefined })) },
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
