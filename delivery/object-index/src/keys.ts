// Keys of the object index. One letter per table; bucket and object names as UTF-8, so that the order of keys is the
// byte order in which S3 lists. Bucket names cannot hold a zero byte, object keys are last and may hold anything.
import { concatBytes, fromUtf8, prefixEnd, utf8 } from '@cess/primitives';

export interface ObjectName {
  readonly bucket: string;
  readonly key: string;
}

/** Owner and name of a territory. */
export interface TerritoryName {
  readonly owner: Uint8Array;
  readonly territory: string;
}

const zero = new Uint8Array([0]);
const table = (letter: string): Uint8Array => utf8(`${letter}/`);

const tables = {
  bucket: table('b'),
  object: table('o'),
  file: table('f'),
  segment: table('s'),
  upload: table('u'),
  part: table('p'),
  completion: table('c'),
  completionOrder: table('d'),
  outbox: table('q'),
  hole: table('h'),
  held: table('w'),
  packing: table('k'),
  smallPack: table('g'),
  member: table('x'),
};

/** Tables of format 1, whose records get their version in the upgrade. Holes have no record: the key says all. */
export const recordTables: readonly Uint8Array[] = [
  tables.bucket,
  tables.object,
  tables.file,
  tables.segment,
  tables.upload,
  tables.part,
  tables.outbox,
];

/** Whole tables, over all buckets and files. */
export const { object: objectTable, upload: uploadTable, part: partTable, completion: completionTable } = tables;
export const segmentTable = tables.segment;

function u32be(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value, false);
  return out;
}

function u64be(value: number): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, BigInt(value), false);
  return out;
}

function u64beAt(key: Uint8Array, offset: number): number {
  return Number(new DataView(key.buffer, key.byteOffset + offset, 8).getBigUint64(0, false));
}

/** The range of all keys that begin with `prefix`. */
export function rangeOf(prefix: Uint8Array): { readonly gte: Uint8Array; readonly lt?: Uint8Array } {
  const lt = prefixEnd(prefix);
  return lt === undefined ? { gte: prefix } : { gte: prefix, lt };
}

export const bucketPrefix = tables.bucket;
export const bucketKey = (bucket: string): Uint8Array => concatBytes(tables.bucket, utf8(bucket));
export const bucketOfKey = (key: Uint8Array): string => fromUtf8(key.subarray(tables.bucket.length));

export const objectPrefix = (bucket: string, keyPrefix = ''): Uint8Array =>
  concatBytes(tables.object, utf8(bucket), zero, utf8(keyPrefix));
export const objectKey = objectPrefix;
export const objectNameOfKey = (bucket: string, key: Uint8Array): string =>
  fromUtf8(key.subarray(objectPrefix(bucket).length));

/** Undefined for a key that is damaged. */
export function objectOfKey(key: Uint8Array): ObjectName | undefined {
  const at = tables.object.length;
  const separator = key.indexOf(0, at);
  if (separator < 0) return undefined;
  return { bucket: fromUtf8(key.subarray(at, separator)), key: fromUtf8(key.subarray(separator + 1)) };
}

export const filePrefix = tables.file;
export const fileKey = (fileId: Uint8Array): Uint8Array => concatBytes(tables.file, fileId);
export const fileOfKey = (key: Uint8Array): Uint8Array => key.slice(tables.file.length);
export const segmentKey = (fileId: Uint8Array, segment: number): Uint8Array =>
  concatBytes(tables.segment, fileId, u32be(segment));

/** Undefined for a key that is damaged. */
export function fileOfSegmentKey(key: Uint8Array): Uint8Array | undefined {
  const at = tables.segment.length;
  return key.length === at + 36 ? key.slice(at, at + 32) : undefined;
}

export const segmentOfKey = (key: Uint8Array): number =>
  new DataView(key.buffer, key.byteOffset + key.length - 4, 4).getUint32(0, false);

/** Uploads sort by object key, then by upload id. Upload ids are hex and hold no zero byte. */
export const uploadPrefix = (bucket: string, keyPrefix = ''): Uint8Array =>
  concatBytes(tables.upload, utf8(bucket), zero, utf8(keyPrefix));
export const uploadKey = (bucket: string, key: string, uploadId: string): Uint8Array =>
  concatBytes(uploadPrefix(bucket, key), zero, utf8(uploadId));

/** First key behind an upload of `key`, or behind all of them. */
export function afterUpload(bucket: string, key: string, uploadId: string | undefined): Uint8Array {
  const last = uploadId === undefined || uploadId === '' ? new Uint8Array([0xff]) : concatBytes(utf8(uploadId), zero);
  return concatBytes(uploadPrefix(bucket, key), zero, last);
}

export interface UploadName {
  readonly key: string;
  readonly uploadId: string;
}

/** Ids of uploads are 32 hex digits, so the position of the separator is known for any object key. */
export function uploadOfKey(bucket: string, key: Uint8Array): UploadName {
  const rest = key.subarray(uploadPrefix(bucket).length);
  return { key: fromUtf8(rest.subarray(0, rest.length - 33)), uploadId: fromUtf8(rest.subarray(rest.length - 32)) };
}

export const partPrefix = (uploadId: string): Uint8Array => concatBytes(tables.part, utf8(uploadId), zero);
export const partKey = (uploadId: string, partNumber: number): Uint8Array =>
  concatBytes(partPrefix(uploadId), u32be(partNumber));
export const uploadOfPartKey = (key: Uint8Array): string => fromUtf8(key.subarray(tables.part.length, key.length - 5));
export const partNumberOfKey = (key: Uint8Array): number =>
  new DataView(key.buffer, key.byteOffset + key.length - 4, 4).getUint32(0, false);

/** Completed uploads, by the names that the uploads had. */
export const completionPrefix = (bucket: string): Uint8Array => concatBytes(tables.completion, utf8(bucket), zero);
export const completionKey = (bucket: string, key: string, uploadId: string): Uint8Array =>
  concatBytes(completionPrefix(bucket), utf8(key), zero, utf8(uploadId));

/** The same from the oldest to the newest; values are the keys of the completions. */
export const completionOrderPrefix = tables.completionOrder;
export const completionOrderKey = (sequence: number): Uint8Array =>
  concatBytes(tables.completionOrder, u64be(sequence));
export const sequenceOfCompletionOrder = (key: Uint8Array): number => u64beAt(key, tables.completionOrder.length);

export const outboxPrefix = tables.outbox;
export const outboxKey = (sequence: number): Uint8Array => concatBytes(tables.outbox, u64be(sequence));
export const sequenceOfKey = (key: Uint8Array): number => u64beAt(key, tables.outbox.length);

export const holePrefix = tables.hole;
export const holeKey = (fileId: Uint8Array, segment: number): Uint8Array =>
  concatBytes(tables.hole, fileId, u32be(segment));

/** Undefined for a key that is damaged: the mark names no segment, so nothing can be done for it. */
export function holeOfKey(key: Uint8Array): { fileId: Uint8Array; segment: number } | undefined {
  const at = tables.hole.length;
  if (key.length !== at + 36) return undefined;
  return {
    fileId: key.slice(at, at + 32),
    segment: new DataView(key.buffer, key.byteOffset + at + 32, 4).getUint32(0, false),
  };
}

/** Files held back from declaration, by territory. Names of territories hold no zero byte. */
export const heldPrefix = (file?: TerritoryName): Uint8Array =>
  file === undefined ? tables.held : concatBytes(tables.held, file.owner, utf8(file.territory), zero);
export const heldKey = (file: TerritoryName, fileId: Uint8Array): Uint8Array => concatBytes(heldPrefix(file), fileId);

/** Undefined for a key that is damaged. */
export function heldOfKey(key: Uint8Array): (TerritoryName & { readonly fileId: Uint8Array }) | undefined {
  const start = tables.held.length;
  const end = key.length - 33;
  if (end < start + 32 || key[end] !== 0) return undefined;
  return {
    owner: key.slice(start, start + 32),
    territory: fromUtf8(key.subarray(start + 32, end)),
    fileId: key.slice(end + 1),
  };
}

/** Packs that the packer has work with: batches, open packs, sparse packs. Their records are those of files. */
export const packingPrefix = tables.packing;
export const packingKey = (packId: Uint8Array): Uint8Array => concatBytes(tables.packing, packId);
export const packOfPackingKey = (key: Uint8Array): Uint8Array => key.slice(tables.packing.length);

/** Sealed packs that are to be packed again together with others, by territory. The key says all. */
export const smallPackPrefix = (place: TerritoryName): Uint8Array =>
  concatBytes(tables.smallPack, place.owner, utf8(place.territory), zero);
export const smallPackKey = (place: TerritoryName, packId: Uint8Array): Uint8Array =>
  concatBytes(smallPackPrefix(place), packId);
export const packOfSmallPackKey = (key: Uint8Array): Uint8Array => key.slice(-32);

/** The files of a pack by their offsets; values are their ids. */
export const memberTable = tables.member;
export const memberPrefix = (packId: Uint8Array): Uint8Array => concatBytes(tables.member, packId);
export const memberKey = (packId: Uint8Array, offset: number): Uint8Array =>
  concatBytes(memberPrefix(packId), u64be(offset));

/** Undefined for a key that is damaged. */
export function memberOfKey(key: Uint8Array): { packId: Uint8Array; offset: number } | undefined {
  const at = tables.member.length;
  if (key.length !== at + 40) return undefined;
  return { packId: key.slice(at, at + 32), offset: u64beAt(key, at + 32) };
}
