// Converts request headers to object records, and object records to response headers.
import {
  type CarriedFile,
  distinctFiles,
  type FileState,
  type ObjectIndex,
  type ObjectRecord,
} from '@cess/object-index';
import { elementAt, toHex } from '@cess/primitives';
import type { ProtectionStatus } from '../chain-port.js';
import { type ChecksumAlgorithm, checksumHeader } from './body/checksums.js';
import type { S3Services } from './context.js';
import { S3Error } from './errors.js';
import type { ByteRange } from './range.js';
import { statedRedirect } from './website/redirect-location.js';

type Headers = Readonly<Record<string, string>>;

const keptHeaders = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
] as const;
const metadataPrefix = 'x-amz-meta-';
const maxMetadataBytes = 2048;

export interface ObjectDescription {
  readonly contentType: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly metadata: readonly (readonly [string, string])[];
}

/** What a write states about its object. `aws-chunked` describes the transfer and is not kept. */
export function describeObject(headers: Headers): ObjectDescription {
  const kept = keptHeaders.flatMap((name): (readonly [string, string])[] => {
    const value = name === 'content-encoding' ? withoutAwsChunked(headers[name]) : headers[name];
    return value === undefined ? [] : [[name, value]];
  });
  const metadata = Object.entries(headers)
    .filter(([name]) => name.startsWith(metadataPrefix))
    .map(([name, value]) => [name.slice(metadataPrefix.length), value] as const);
  const size = metadata.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (size > maxMetadataBytes) throw new S3Error('MetadataTooLarge');
  return {
    contentType: headers['content-type'] ?? 'binary/octet-stream',
    headers: [...kept, ...statedRedirect(headers)],
    metadata,
  };
}

/** `unrecorded`: stored, and the chain refuses to record it until the owner or the operator acts. */
type ObjectState = Exclude<FileState, 'refused'> | 'unrecorded';
const stateOrder: readonly ObjectState[] = ['unrecorded', 'stored', 'declared', 'deleting'];

/** Files looked at before the event loop runs. */
const filesPerPortion = 250;
const maxStatedFiles = 16;

/** Files of an object by id (hex), with the files that hold their content: their packs, or themselves. */
export type Carriers = ReadonlyMap<string, CarriedFile | undefined>;

/** Of the first files of the object. */
export async function firstCarriers({ packs }: Pick<ObjectIndex, 'packs'>, object: ObjectRecord): Promise<Carriers> {
  const files = distinctFiles(object.extents.slice(0, maxStatedFiles));
  return new Map(await Promise.all(files.map(async (id) => [toHex(id), await packs.carrierOf(id)] as const)));
}

/**
 * The least advanced state of the files in which the range lies (all without a range); an empty object has no file and
 * counts as proven. A range of an object of many parts must not cost a look at all of them. Files in `known` are not read again.
 */
export async function objectStatus(
  { index, protection }: Pick<S3Services, 'index' | 'protection'>,
  object: ObjectRecord,
  { range, known }: { readonly range?: ByteRange | undefined; readonly known?: Carriers } = {},
): Promise<ObjectState | ProtectionStatus> {
  let least = stateOrder.indexOf('declared');
  const declared: Uint8Array[] = [];
  for (const [position, fileId] of filesIn(object, range).entries()) {
    if (position > 0 && position % filesPerPortion === 0) await new Promise((resolve) => setImmediate(resolve));
    const carrier = known?.get(toHex(fileId)) ?? (await index.packs.carrierOf(fileId));
    const recorded = carrier?.file.state;
    const isUnrecorded =
      recorded === 'refused' || (recorded === 'stored' && (await protection.isUnrecorded(carrier?.fileId ?? fileId)));
    const state = isUnrecorded ? 'unrecorded' : recorded;
    if (state !== undefined) least = Math.min(least, stateOrder.indexOf(state));
    if (state === 'declared') declared.push(carrier?.fileId ?? fileId);
    if (least === 0) break;
  }
  const state = elementAt(stateOrder, least);
  return state === 'declared' ? protection.statusOf(declared) : state;
}

function filesIn({ extents }: ObjectRecord, range: ByteRange | undefined): readonly Uint8Array[] {
  let start = 0;
  return extents.flatMap(({ fileId, length }) => {
    const isAsked = range === undefined || (start < range.offset + range.length && start + length > range.offset);
    start += length;
    return isAsked ? [fileId] : [];
  });
}

/** Ids of the first files that the chain records of the object: its own, or the packs in which they lie. */
export function fileIdHeader(carriers: Carriers): Headers {
  const ids = [...new Set([...carriers].map(([id, carrier]) => (carrier === undefined ? id : toHex(carrier.fileId))))];
  return ids.length === 0 ? {} : { 'x-cess-file-id': ids.join(',') };
}

/** Headers of a GET or HEAD answer, except Content-Length and Content-Range. */
export function objectResponseHeaders(object: ObjectRecord, request: Headers): Record<string, string> {
  const out: Record<string, string> = {
    etag: `"${object.etag}"`,
    'last-modified': new Date(object.lastModifiedMs).toUTCString(),
    'content-type': object.contentType,
    'accept-ranges': 'bytes',
  };
  for (const [name, value] of object.headers) out[name] = value;
  for (const [name, value] of object.metadata) out[metadataPrefix + name] = value;
  if (object.storageClass !== 'STANDARD') out['x-amz-storage-class'] = object.storageClass;
  // The checksum covers the whole object: with a range, a client would compare it with the wrong bytes.
  const wantsChecksum = request['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED';
  if (wantsChecksum && request['range'] === undefined) Object.assign(out, checksumResponseHeaders(object));
  return out;
}

export function checksumResponseHeaders(
  object: Pick<ObjectRecord, 'checksums' | 'checksumType'>,
): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [algorithm, value] of object.checksums) out[checksumHeader(algorithm as ChecksumAlgorithm)] = value;
  if (object.checksums.length > 0) out['x-amz-checksum-type'] = object.checksumType;
  return out;
}

/** Content codings are case-insensitive (RFC 9110 §8.4.1). A list without `aws-chunked` stays as it was sent. */
function withoutAwsChunked(value: string | undefined): string | undefined {
  const items = value?.split(',') ?? [];
  const kept = items.filter((item) => item.trim().toLowerCase() !== 'aws-chunked');
  const rest = kept.length === items.length ? value : kept.join(',').trim();
  return rest === '' ? undefined : rest;
}
