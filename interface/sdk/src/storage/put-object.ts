// Uploads: one request for small objects, parts in parallel for large ones and for streams. An upload in parts can be resumed, by another
// process too, with the state that its caller keeps.
import { aborted, CessError, isCessError } from '@cess/primitives';
import { type BodySource, bodySourceOf, type UploadBody } from './body-source.js';
import { metadataHeaders } from './object-info.js';
import { send } from './send.js';
import type { StorageClient } from './storage-client.js';
import { elements, escapeXml, textOfElement } from './xml.js';

/** What to store, and how. */
export interface PutObjectOptions {
  readonly bucket: string;
  readonly key: string;
  readonly body: UploadBody;
  readonly contentType?: string | undefined;
  /** Of the user; names are stored in lower case. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Default: that of the bucket. */
  readonly storageClass?: string | undefined;
  /** At least 5 MiB. Smaller bodies are one request. Default 8 MiB, more for objects above 80 GB. */
  readonly partSizeBytes?: number | undefined;
  /** Parts under way at the same time; each is in memory. Default 4. */
  readonly concurrency?: number | undefined;
  /** The state of an upload that was interrupted. The body must be the same. */
  readonly resume?: UploadState | undefined;
  /** Called with the state whenever a part is stored: JSON that resumes the upload. */
  readonly onState?: ((state: UploadState) => void) | undefined;
  /** Called with the bytes that are stored. */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
  /** Ends the upload with `ABORTED`; what is stored stays for `resume`. */
  readonly signal?: AbortSignal | undefined;
}

/** How far an upload is. */
export interface UploadProgress {
  readonly storedBytes: number;
  /** Undefined for streams. */
  readonly totalBytes: number | undefined;
}

/** Plain data; holds no secret. */
export interface UploadState {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly partSizeBytes: number;
  /** Undefined for streams. */
  readonly totalBytes: number | undefined;
  readonly parts: readonly StoredPart[];
}

/** A part that the gateway has. */
export interface StoredPart {
  /** From 1. */
  readonly number: number;
  readonly etag: string;
  readonly sizeBytes: number;
}

/** What was stored. */
export interface PutObjectResult {
  readonly etag: string;
  readonly versionId: string | undefined;
}

const defaultPartSizeBytes = 8 * 1024 * 1024;
const maxParts = 10_000;

/** Stores an object. Throws `STORAGE_…` and `ABORTED`. */
export async function putObject(storage: StorageClient, options: PutObjectOptions): Promise<PutObjectResult> {
  const source = bodySourceOf(options.body);
  const { resume } = options;
  const partSizeBytes = resume?.partSizeBytes ?? partSizeFor(source, options.partSizeBytes);
  if (resume !== undefined) return putParts(storage, options, source, resume);
  if (source.sizeBytes !== undefined && source.sizeBytes <= partSizeBytes) return putWhole(storage, options, source);
  const uploadId = await createUpload(storage, options);
  const { bucket, key } = options;
  return putParts(storage, options, source, {
    bucket,
    key,
    uploadId,
    partSizeBytes,
    totalBytes: source.sizeBytes,
    parts: [],
  });
}

function partSizeFor({ sizeBytes = 0 }: BodySource, chosen = defaultPartSizeBytes): number {
  return Math.max(chosen, Math.ceil(sizeBytes / maxParts));
}

function objectHeaders({
  contentType,
  metadata,
  tags,
  storageClass,
}: PutObjectOptions): Record<string, string | undefined> {
  return {
    'content-type': contentType,
    'x-amz-storage-class': storageClass,
    'x-amz-tagging': tags === undefined ? undefined : new URLSearchParams(tags).toString(),
    ...metadataHeaders(metadata),
  };
}

async function putWhole(
  storage: StorageClient,
  options: PutObjectOptions,
  source: BodySource,
): Promise<PutObjectResult> {
  const { bucket, key, signal, onProgress } = options;
  const body = (await source.part(0, source.sizeBytes ?? 0)) ?? new Uint8Array(0);
  const headers = objectHeaders(options);
  const response = await send(storage, { method: 'PUT', path: `/${bucket}/${key}`, headers, body, signal });
  onProgress?.({ storedBytes: body.length, totalBytes: body.length });
  return { etag: response.headers.get('etag') ?? '', versionId: response.headers.get('x-amz-version-id') ?? undefined };
}

async function createUpload(storage: StorageClient, options: PutObjectOptions): Promise<string> {
  const { bucket, key, signal } = options;
  const headers = objectHeaders(options);
  const response = await send(storage, {
    method: 'POST',
    path: `/${bucket}/${key}`,
    query: { uploads: '' },
    headers,
    signal,
  });
  const uploadId = textOfElement(await response.text(), 'UploadId');
  if (uploadId !== undefined) return uploadId;
  throw new CessError('GATEWAY_ANSWER_MALFORMED', 'The gateway gave no id for the upload.', {
    operation: 'CreateMultipartUpload',
  });
}

async function putParts(
  storage: StorageClient,
  options: PutObjectOptions,
  source: BodySource,
  state: UploadState,
): Promise<PutObjectResult> {
  const parts =
    options.resume === undefined ? new Map<number, StoredPart>() : await storedParts(storage, options, source, state);
  const progress = () => {
    const list = [...parts.values()].toSorted((a, b) => a.number - b.number);
    options.onState?.({ ...state, parts: list });
    const storedBytes = list.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    options.onProgress?.({ storedBytes, totalBytes: state.totalBytes });
    return list;
  };
  progress();
  const failed = new AbortController();
  const signal = options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal]);
  let index = 0;
  let isEnd = false;
  // Parts of a stream are read in order, by whoever is free.
  let reading: Promise<unknown> = Promise.resolve();
  const takeNext = async (): Promise<{ readonly number: number; readonly body: Uint8Array } | undefined> => {
    while (!isEnd && !signal.aborted) {
      const number = index + 1;
      if (parts.has(number)) {
        index++;
        continue;
      }
      const body = await source.part(index++, state.partSizeBytes);
      if (body !== undefined) return { number, body };
      isEnd = true;
    }
    return undefined;
  };
  const upload = async (): Promise<void> => {
    for (;;) {
      const taken = reading.then(takeNext);
      reading = Promise.allSettled([taken]);
      const part = await taken;
      if (part === undefined) return;
      const etag = await putPart(storage, state, { ...part, signal });
      parts.set(part.number, { number: part.number, etag, sizeBytes: part.body.length });
      progress();
    }
  };
  const workers = Array.from({ length: options.concurrency ?? 4 }, () =>
    upload().catch((error: unknown) => {
      failed.abort();
      throw error;
    }),
  );
  // The first failure is the cause of the others.
  const [first] = (await Promise.allSettled(workers)).flatMap((each) =>
    each.status === 'rejected' && !isCessError(each.reason, 'ABORTED') ? [each.reason as unknown] : [],
  );
  if (first !== undefined) throw first;
  if (signal.aborted) throw aborted();
  return completeUpload(storage, state, progress(), options.signal);
}

interface PartToStore {
  readonly number: number;
  readonly body: Uint8Array;
  readonly signal: AbortSignal;
}

async function putPart(
  storage: StorageClient,
  { bucket, key, uploadId }: UploadState,
  part: PartToStore,
): Promise<string> {
  const { number: partNumber, body, signal } = part;
  const query = { partNumber, uploadId };
  const response = await send(storage, { method: 'PUT', path: `/${bucket}/${key}`, query, body, signal });
  return response.headers.get('etag') ?? '';
}

/** The parts of the state that the gateway has. Throws `STORAGE_UPLOAD_STATE_INVALID`. */
async function storedParts(
  storage: StorageClient,
  { bucket, key, signal }: PutObjectOptions,
  source: BodySource,
  state: UploadState,
): Promise<Map<number, StoredPart>> {
  if (state.bucket !== bucket || state.key !== key) throw invalidState('it is of another object');
  if (source.sizeBytes !== state.totalBytes) throw invalidState('the body has another size');
  const known = new Set(state.parts.map(({ number, etag }) => `${number} ${etag}`));
  const parts = new Map<number, StoredPart>();
  let marker: string | undefined;
  do {
    const query = { uploadId: state.uploadId, 'part-number-marker': marker };
    let response: Response;
    try {
      response = await send(storage, { method: 'GET', path: `/${bucket}/${key}`, query, signal });
    } catch (error) {
      if (!isCessError(error, 'STORAGE_NOT_FOUND')) throw error;
      // The answer to its completion may have been lost. The gateway repeats that answer for the same parts.
      if (isWhole(state)) return new Map(state.parts.map((part) => [part.number, part]));
      throw invalidState(unknownUpload);
    }
    const xml = await response.text();
    for (const part of elements(xml, 'Part')) {
      const [number, etag, size] = ['PartNumber', 'ETag', 'Size'].map((name) => textOfElement(part, name) ?? '');
      if (known.has(`${number} ${etag}`))
        parts.set(Number(number), { number: Number(number), etag: etag ?? '', sizeBytes: Number(size) });
    }
    marker = textOfElement(xml, 'IsTruncated') === 'true' ? textOfElement(xml, 'NextPartNumberMarker') : undefined;
  } while (marker !== undefined);
  return parts;
}

async function completeUpload(
  storage: StorageClient,
  { bucket, key, uploadId }: UploadState,
  parts: readonly StoredPart[],
  signal: AbortSignal | undefined,
): Promise<PutObjectResult> {
  const list = parts.map(
    ({ number, etag }) => `<Part><PartNumber>${number}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`,
  );
  const body = `<CompleteMultipartUpload>${list.join('')}</CompleteMultipartUpload>`;
  const response = await send(storage, {
    method: 'POST',
    path: `/${bucket}/${key}`,
    query: { uploadId },
    body,
    signal,
  }).catch((error: unknown) => {
    const isUnknown = isCessError(error, 'STORAGE_NOT_FOUND') && error.data.code === 'NoSuchUpload';
    throw isUnknown ? invalidState(unknownUpload) : error;
  });
  const xml = await response.text();
  // S3 may answer 200 and fail afterwards.
  const code = textOfElement(xml, 'Code');
  if (code !== undefined) {
    const message = `The upload could not be completed (${code}): ${textOfElement(xml, 'Message') ?? ''}`;
    throw new CessError('STORAGE_REFUSED', message, {
      status: 500,
      code,
      requestId: textOfElement(xml, 'RequestId') ?? '',
    });
  }
  return { etag: textOfElement(xml, 'ETag') ?? '', versionId: response.headers.get('x-amz-version-id') ?? undefined };
}

const unknownUpload = 'the gateway does not have the upload';

function isWhole({ parts, totalBytes }: UploadState): boolean {
  return totalBytes !== undefined && parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) === totalBytes;
}

function invalidState(reason: string): CessError {
  return new CessError('STORAGE_UPLOAD_STATE_INVALID', `The upload cannot be resumed: ${reason}.`, { reason });
}
