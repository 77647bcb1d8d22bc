// The gateway's index of what it stores: buckets, objects, uploads, files with their segments, and the outbox of what
// is not on chain yet. Every change is one durable transaction (see group-commit.ts).
import { type CessError, concatBytes, equalBytes, toHex } from '@cess/primitives';
import type { Kv } from '@cess/store';
import { addCompletion, findCompletion, removeCompletions } from './completions.js';
import { decodeRecord, indexError, isUnreadable } from './errors.js';
import {
  addFile,
  distinctFiles,
  getFile,
  type NewFile,
  type Portions,
  putFile,
  putSegment,
  releaseFiles,
  retainFiles,
} from './files.js';
import { GroupCommit, type IndexView } from './group-commit.js';
import * as keys from './keys.js';
import { type ListPage, type ListRequest, listTable } from './listing.js';
import { checkedObject, type ObjectName, type Precondition, readObject, requireBucket } from './objects.js';
import {
  type HeldFile,
  type Hold,
  holdDeclarations,
  type IsRecorded,
  type OutboxItem,
  readHeld,
  readHeldTerritories,
  readHoldReason,
  readOutbox,
  releaseHeld,
  settleDeclarations,
  settleDeletions,
  type TerritoryName,
} from './outbox.js';
import { entriesInPages } from './pages.js';
import {
  type BucketRecord,
  bucketRecord,
  type CompletionRecord,
  type FileRecord,
  fileRecord,
  type HoldReason,
  type ObjectRecord,
  objectRecord,
  type PartRecord,
  partRecord,
  type SegmentRecord,
  segmentRecord,
  type UploadRecord,
  uploadRecord,
} from './records.js';
import { dropUpload, readParts, readUpload, requireUpload, turnIntoObject, type UploadName } from './uploads.js';

export interface Completion {
  /** 32 bytes that are equal for equal requests. */
  readonly requestDigest: Uint8Array;
  readonly make: (parts: ReadonlyMap<number, PartRecord>, upload: UploadRecord) => ObjectRecord;
  readonly check?: Precondition | undefined;
}

export interface NumberedPart {
  readonly partNumber: number;
  readonly part: PartRecord;
}

/** Bounds of one transaction of a bucket's deletion. */
const uploadsPerStep = 1000;
const partsPerStep = 10_000;
const completionsPerStep = 1000;

export class ObjectIndex {
  readonly #commits: GroupCommit;
  #nextSequence: number;
  #nextCompletion: number;

  constructor(private readonly kv: Kv) {
    this.#commits = new GroupCommit(kv);
    const [last] = kv.entries({ ...keys.rangeOf(keys.outboxPrefix), reverse: true, limit: 1 });
    this.#nextSequence = last === undefined ? 1 : keys.sequenceOfKey(last[0]) + 1;
    const [newest] = kv.entries({ ...keys.rangeOf(keys.completionOrderPrefix), reverse: true, limit: 1 });
    this.#nextCompletion = newest === undefined ? 1 : keys.sequenceOfCompletionOrder(newest[0]) + 1;
  }

  // ---- buckets

  getBucket(bucket: string): BucketRecord | undefined {
    const value = this.kv.get(keys.bucketKey(bucket));
    return value === undefined ? undefined : bucketRecord.decode(value);
  }

  /** Buckets by name, behind `after`; read in pages. */
  *buckets(after?: string): IterableIterator<{ name: string; bucket: BucketRecord }> {
    const range = keys.rangeOf(keys.bucketPrefix);
    const gte = after === undefined ? range.gte : concatBytes(keys.bucketKey(after), new Uint8Array(1));
    for (const [key, value] of entriesInPages(this.kv, { ...range, gte }))
      yield { name: keys.bucketOfKey(key), bucket: bucketRecord.decode(value) };
  }

  createBucket(name: string, bucket: BucketRecord): Promise<void> {
    return this.#commits.commit((view) => {
      const existing = view.get(keys.bucketKey(name));
      if (existing !== undefined) throw indexError('BUCKET_EXISTS', { owner: bucketRecord.decode(existing).owner });
      view.put(keys.bucketKey(name), bucketRecord.encode(bucket));
    });
  }

  /**
   * Deletes a bucket without objects. Its unfinished uploads are aborted first, in bounded transactions: a crash between
   * two of them leaves a bucket with fewer uploads, and every fragment of an aborted upload in the outbox.
   */
  async deleteBucket(name: string): Promise<void> {
    const step = (view: IndexView) => this.#deleteBucketStep(view, name);
    while (!(await this.#commits.commit(step)));
  }

  /** Aborts some uploads, or deletes the bucket if there are none left; returns whether it is deleted. */
  *#deleteBucketStep(view: IndexView, name: string): Portions<boolean> {
    requireBucket(view, name);
    const [object] = view.entries({ ...keys.rangeOf(keys.objectPrefix(name)), limit: 1 });
    if (object !== undefined) throw indexError('BUCKET_NOT_EMPTY');
    let droppedParts = 0;
    const uploads = [...view.entries({ ...keys.rangeOf(keys.uploadPrefix(name)), limit: uploadsPerStep })];
    for (const [key] of uploads) {
      const upload = { bucket: name, ...keys.uploadOfKey(name, key) };
      const parts = yield* readParts(view, upload.uploadId);
      yield* dropUpload(view, upload, parts, () => this.#sequence());
      droppedParts += parts.size;
      if (droppedParts >= partsPerStep) return false;
    }
    const completions = removeCompletions(view, name, completionsPerStep);
    if (uploads.length === uploadsPerStep || completions === completionsPerStep) return false;
    view.delete(keys.bucketKey(name));
    return true;
  }

  // ---- objects

  getObject({ bucket, key }: ObjectName): ObjectRecord | undefined {
    const value = this.kv.get(keys.objectKey(bucket, key));
    return value === undefined ? undefined : objectRecord.decode(value);
  }

  /** Enters an object with the files that were stored for it, and releases what it replaces. */
  putObject(name: ObjectName, object: ObjectRecord, files: readonly NewFile[], check?: Precondition): Promise<void> {
    const index = this;
    return this.#commits.commit(function* (view) {
      for (const file of files) addFile(view, index.#sequence(), file);
      yield* index.#replace(view, name, object, check);
    });
  }

  /**
   * Enters an object that shares the files of another (copy). `source` is read again inside the transaction, `wrap`
   * gives each file's stream key wrapped for the target bucket, in place of an older wrap (undefined to keep it).
   */
  copyObject(
    name: ObjectName,
    source: ObjectName,
    make: (source: ObjectRecord) => ObjectRecord,
    wrap: (fileId: Uint8Array, file: FileRecord) => Uint8Array | undefined,
    check?: Precondition,
  ): Promise<ObjectRecord> {
    const index = this;
    return this.#commits.commit(function* (view) {
      const current = readObject(view, source);
      if (current === undefined) throw indexError('OBJECT_NOT_FOUND');
      for (const fileId of distinctFiles(current.extents)) {
        yield;
        const file = getFile(view, fileId);
        const sealed = wrap(fileId, file);
        if (sealed !== undefined) {
          const others = file.keyWraps.filter(({ bucket }) => bucket !== name.bucket);
          putFile(view, fileId, { ...file, keyWraps: [...others, { bucket: name.bucket, wrap: sealed }] });
        }
      }
      const object = make(current);
      yield* index.#replace(view, name, object, check);
      return object;
    });
  }

  /** Removes an object; deleting a missing object succeeds. Resolves with whether it existed. */
  deleteObject(name: ObjectName, check?: Precondition): Promise<boolean> {
    const index = this;
    return this.#commits.commit(function* (view) {
      const bucket = requireBucket(view, name.bucket);
      const current = readObject(view, name);
      check?.(current, bucket);
      if (current === undefined) return false;
      view.delete(keys.objectKey(name.bucket, name.key));
      yield* releaseFiles(view, current.extents, () => index.#sequence());
      return true;
    });
  }

  listObjects(bucket: string, request: ListRequest): ListPage<ObjectRecord> {
    const table = {
      base: keys.objectPrefix(bucket),
      nameOf: (key: Uint8Array) => keys.objectNameOfKey(bucket, key),
      decode: (value: Uint8Array) => objectRecord.decode(value),
    };
    return listTable(this.kv, table, request);
  }

  // ---- multipart uploads

  createUpload(name: UploadName, upload: UploadRecord): Promise<void> {
    return this.#commits.commit((view) => {
      requireBucket(view, name.bucket);
      view.put(keys.uploadKey(name.bucket, name.key, name.uploadId), uploadRecord.encode(upload));
    });
  }

  getUpload(name: UploadName): UploadRecord | undefined {
    const value = this.kv.get(keys.uploadKey(name.bucket, name.key, name.uploadId));
    return value === undefined ? undefined : uploadRecord.decode(value);
  }

  /** Enters a part (with its new files, none for a copied part); a part of the same number is replaced. */
  putPart(name: UploadName, partNumber: number, part: PartRecord, files: readonly NewFile[]): Promise<void> {
    const index = this;
    return this.#commits.commit(function* (view) {
      requireUpload(view, name);
      for (const file of files) addFile(view, index.#sequence(), file);
      yield* retainFiles(view, part.extents);
      const key = keys.partKey(name.uploadId, partNumber);
      const before = view.get(key);
      if (before !== undefined) yield* releaseFiles(view, partRecord.decode(before).extents, () => index.#sequence());
      view.put(key, partRecord.encode(part));
    });
  }

  /** Parts in ascending order, from `after` exclusive. */
  listParts(uploadId: string, after = 0, limit = 10_001): NumberedPart[] {
    const range = { ...keys.rangeOf(keys.partPrefix(uploadId)), gte: keys.partKey(uploadId, after + 1) };
    return [...this.kv.entries({ ...range, limit })].map(([key, value]) => ({
      partNumber: keys.partNumberOfKey(key),
      part: partRecord.decode(value),
    }));
  }

  /** Uploads by key and id. `afterUploadId` resumes within the uploads of the key `request.after`. */
  listUploads(
    bucket: string,
    request: ListRequest,
    afterUploadId?: string,
  ): ListPage<{ uploadId: string; upload: UploadRecord }> {
    const { after, delimiter, prefix } = request;
    const grouped = after !== undefined && delimiter !== '' && after.indexOf(delimiter, prefix.length) >= 0;
    const from = after === undefined || grouped ? undefined : keys.afterUpload(bucket, after, afterUploadId);
    const table = {
      base: keys.uploadPrefix(bucket),
      nameOf: (key: Uint8Array) => keys.uploadOfKey(bucket, key).key,
      decode: (value: Uint8Array, key: Uint8Array) => ({
        uploadId: keys.uploadOfKey(bucket, key).uploadId,
        upload: uploadRecord.decode(value),
      }),
    };
    return listTable(this.kv, table, { ...request, from });
  }

  /**
   * Turns an upload into an object. `make` sees all its parts inside the transaction and gives the object, whose
   * extents are taken from the chosen parts; parts that were not chosen are released. The same request again resolves
   * with the first completion and writes nothing.
   */
  completeUpload(name: UploadName, request: Completion): Promise<CompletionRecord> {
    const { requestDigest, make, check } = request;
    const index = this;
    return this.#commits.commit(function* (view): Portions<CompletionRecord> {
      const upload = readUpload(view, name);
      if (upload === undefined) {
        const earlier = findCompletion(view, name);
        if (earlier !== undefined && equalBytes(earlier.requestDigest, requestDigest)) return earlier;
        throw indexError('UPLOAD_NOT_FOUND');
      }
      const parts = yield* readParts(view, name.uploadId);
      const object = make(parts, upload);
      yield* turnIntoObject(view, name, { parts, object, check }, () => index.#sequence());
      const { size, etag, checksums, checksumType, lastModifiedMs: completedAtMs } = object;
      const sequence = index.#nextCompletion++;
      const completion = { sequence, completedAtMs, requestDigest, size, etag, checksums, checksumType };
      addCompletion(view, name, completion);
      return completion;
    });
  }

  abortUpload(name: UploadName): Promise<void> {
    const index = this;
    return this.#commits.commit(function* (view) {
      requireUpload(view, name);
      yield* dropUpload(view, name, yield* readParts(view, name.uploadId), () => index.#sequence());
    });
  }

  // ---- files

  getFile(fileId: Uint8Array): FileRecord | undefined {
    const value = this.kv.get(keys.fileKey(fileId));
    return value === undefined ? undefined : decodeRecord(fileRecord, value, `file ${toHex(fileId)}`);
  }

  /** Also for a record that cannot be read. */
  hasFile(fileId: Uint8Array): boolean {
    return this.kv.has(keys.fileKey(fileId));
  }

  getSegment(fileId: Uint8Array, segment: number): SegmentRecord | undefined {
    const value = this.kv.get(keys.segmentKey(fileId, segment));
    return value === undefined ? undefined : decodeRecord(segmentRecord, value, segmentName(fileId, segment));
  }

  /**
   * Names the holder of a fragment that the chain now records; clears the hole mark when it was the last hole. Without a
   * holder: the chain took it from the last one and has it restored by others, so it is no hole of this gateway's.
   */
  setHolder(fileId: Uint8Array, segment: number, fragment: number, holder: number | undefined): Promise<void> {
    return this.#commits.commit((view) => {
      const value = view.get(keys.segmentKey(fileId, segment));
      if (value === undefined) return;
      const record = decodeRecord(segmentRecord, value, segmentName(fileId, segment));
      const fragments = record.fragments.map((entry, index) =>
        index === fragment ? { ...entry, holder, attested: true } : entry,
      );
      putSegment(view, fileId, segment, { ...record, fragments });
    });
  }

  /** Names another provider as the one that stores a fragment of an undeclared file. */
  replaceHolder(fileId: Uint8Array, segment: number, fragment: number, holder: number): Promise<void> {
    return this.#commits.commit((view) => {
      const value = view.get(keys.segmentKey(fileId, segment));
      if (value === undefined) return;
      const record = decodeRecord(segmentRecord, value, segmentName(fileId, segment));
      const fragments = record.fragments.map((entry, index) => (index === fragment ? { ...entry, holder } : entry));
      view.put(keys.segmentKey(fileId, segment), segmentRecord.encode({ ...record, fragments }));
    });
  }

  /** Ids of declared files in their order, behind `after`; those of unreadable records are among them. */
  listDeclared(limit: number, after?: Uint8Array): Uint8Array[] {
    const gte = after === undefined ? keys.filePrefix : keys.fileKey(concatBytes(after, new Uint8Array(1)));
    const found: Uint8Array[] = [];
    for (const [key, value] of this.kv.entries({ ...keys.rangeOf(keys.filePrefix), gte })) {
      if (found.length >= limit) break;
      if (isDeclared(value)) found.push(keys.fileOfKey(key));
    }
    return found;
  }

  /** Order ids of files, behind the file `after`; undefined for a record that cannot be read. */
  listOrders(limit: number, after?: Uint8Array): { fileId: Uint8Array; orderId: Uint8Array | undefined }[] {
    const gte = after === undefined ? keys.filePrefix : keys.fileKey(concatBytes(after, new Uint8Array(1)));
    return [...this.kv.entries({ ...keys.rangeOf(keys.filePrefix), gte, limit })].map(([key, value]) => ({
      fileId: keys.fileOfKey(key),
      orderId: tryOrderId(value),
    }));
  }

  /** Segments of which the chain records at least one fragment without a holder, in the order of ids, behind `after`. */
  listHoles(limit: number, after?: { fileId: Uint8Array; segment: number }): { fileId: Uint8Array; segment: number }[] {
    const gte = after === undefined ? keys.holePrefix : keys.holeKey(after.fileId, after.segment + 1);
    return [...this.kv.entries({ ...keys.rangeOf(keys.holePrefix), gte, limit })].flatMap(
      ([key]) => keys.holeOfKey(key) ?? [],
    );
  }

  // ---- outbox

  /** The oldest entries of the outbox. */
  listOutbox(limit: number): OutboxItem[] {
    const found: OutboxItem[] = [];
    for (const item of this.outbox()) {
      if (found.length >= limit) break;
      found.push(item);
    }
    return found;
  }

  /**
   * The entries of the outbox from the oldest on, read in pages: it may change meanwhile. Unreadable entries are reported
   * and skipped.
   */
  outbox(onUnreadable?: (sequence: number, error: CessError) => void): IterableIterator<OutboxItem> {
    return readOutbox(this.kv, onUnreadable);
  }

  /** Marks files as declared with the holders that the chain recorded, and removes their outbox entries. */
  settleDeclarations(items: readonly OutboxItem[], isRecorded: IsRecorded): Promise<void> {
    return this.#commits.commit((view) => settleDeclarations(view, items, isRecorded));
  }

  /** Forgets files whose deletion the chain has recorded, with their outbox entries. */
  settleDeletions(items: readonly OutboxItem[]): Promise<void> {
    return this.#commits.commit((view) => settleDeletions(view, items));
  }

  // ---- files held back from declaration

  /** Moves declarations from the outbox to the files that wait for their owners. */
  holdDeclarations(holds: readonly Hold[], nowMs: number): Promise<void> {
    return this.#commits.commit((view) => holdDeclarations(view, holds, nowMs));
  }

  /** Queues the declarations of held files again. */
  releaseHeld(files: readonly HeldFile[]): Promise<void> {
    return this.#commits.commit((view) => releaseHeld(view, files, () => this.#sequence()));
  }

  /** Files that wait for their owners: of one territory, or all. Read in pages. */
  heldFiles(territory?: TerritoryName): IterableIterator<HeldFile> {
    return readHeld(this.kv, territory);
  }

  /** Territories with held files. */
  heldTerritories(): IterableIterator<TerritoryName> {
    return readHeldTerritories(this.kv);
  }

  /** Why the declaration of a file is held back; undefined if it is not. */
  holdReason(fileId: Uint8Array): HoldReason | undefined {
    const file = this.getFile(fileId);
    return file === undefined ? undefined : readHoldReason(this.kv, file, fileId);
  }

  // ---- inside transactions

  #sequence(): number {
    return this.#nextSequence++;
  }

  *#replace(view: IndexView, name: ObjectName, object: ObjectRecord, check?: Precondition): Portions {
    const current = checkedObject(view, name, check);
    yield* retainFiles(view, object.extents);
    if (current !== undefined) yield* releaseFiles(view, current.extents, () => this.#sequence());
    view.put(keys.objectKey(name.bucket, name.key), objectRecord.encode(object));
  }
}

function segmentName(fileId: Uint8Array, segment: number): string {
  return `segment ${segment} of file ${toHex(fileId)}`;
}

/** True also for an unreadable record, so that its reader gets the error. */
function isDeclared(value: Uint8Array): boolean {
  try {
    return decodeRecord(fileRecord, value, 'a file').state === 'declared';
  } catch (error) {
    if (isUnreadable(error)) return true;
    throw error;
  }
}

function tryOrderId(value: Uint8Array): Uint8Array | undefined {
  try {
    return decodeRecord(fileRecord, value, 'a file').orderId;
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}
