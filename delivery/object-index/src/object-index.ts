// The gateway's index of what it stores: buckets, objects with their versions, uploads, files with their segments, and the
// outbox of what is not on chain yet. Every change is one durable transaction (see group-commit.ts). Reads are asynchronous,
// because another backend than LMDB may have to ask a server (ADR 54).
import { randomBytes } from 'node:crypto';
import { type CessError, concatBytes, equalBytes } from '@cess/primitives';
import type { Kv } from '@cess/store';
import { addBucket, changeBucket, deleteBucketStep } from './buckets.js';
import type { ChangeFollower, ChangeOrigin } from './changes.js';
import { addCompletion, findCompletion } from './completions.js';
import { indexError } from './errors.js';
import { type DecideExpiry, expireVersion } from './expiry.js';
import { ExportTable } from './export-table.js';
import {
  type FileOrder,
  findFile,
  findSegment,
  moveHolder,
  readDeclared,
  readHoles,
  readOrders,
  recordHolder,
  type SegmentName,
} from './file-table.js';
import { distinctFiles, getFile, type NewFile, putFile, retainFiles } from './files.js';
import { IndexCore, type SharedIndex } from './index-core.js';
import { type IndexView, type Portions, readFrom } from './index-view.js';
import { type RewrapRequest, type RewrapStep, rewrapPage } from './key-rotation.js';
import type { ObjectName, TerritoryName } from './keys.js';
import * as keys from './keys.js';
import { type ListPage, type ListRequest, listTable } from './listing.js';
import type { MessageQueues, QueuedMessage } from './messages.js';
import {
  addFiles,
  type ChangeSettings,
  changeObject,
  type Deletion,
  deleteCurrent,
  deleteVersion,
  enterObject,
  type Precondition,
  readMarker,
  readNamed,
  requireBucket,
  type VersionDeletion,
  type WriteTools,
  type Written,
} from './objects.js';
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
} from './outbox.js';
import { PackTable } from './pack-table.js';
import { entriesInPages } from './pages.js';
import { type Recoding, recodeVersion } from './recoding.js';
import {
  type BucketRecord,
  bucketRecord,
  type CompletionRecord,
  type FileRecord,
  type HoldReason,
  type NewObject,
  type ObjectRecord,
  objectRecord,
  type PartRecord,
  partRecord,
  type SegmentRecord,
  type UploadRecord,
  uploadRecord,
} from './records.js';
import {
  dropUpload,
  enterPart,
  type NumberedPart,
  readParts,
  readUpload,
  requireUpload,
  turnIntoObject,
  type UploadName,
} from './uploads.js';
import type { VersionId } from './version-id.js';
import { type ListedVersion, listVersions, type VersionListRequest } from './version-listing.js';
import type { VersionSources } from './versions.js';

export interface Completion {
  /** 32 bytes that are equal for equal requests. */
  readonly requestDigest: Uint8Array;
  readonly make: (parts: ReadonlyMap<number, PartRecord>, upload: UploadRecord) => NewObject;
  readonly check?: Precondition | undefined;
}

/** The buckets of a copy, in its transaction. */
export interface CopyBuckets {
  readonly from: BucketRecord;
  readonly to: BucketRecord;
}

export interface CopySourceName extends ObjectName {
  /** None: the current object. */
  readonly versionId?: VersionId | undefined;
}

const systemSources: VersionSources = { nowMs: () => Date.now(), randomBytes };

export class ObjectIndex {
  readonly #core: IndexCore;
  readonly #nextSequence = () => this.#core.nextSequence();

  constructor(
    private readonly kv: Kv,
    private readonly sources: VersionSources = systemSources,
    private readonly shared: SharedIndex = {},
  ) {
    this.#core = shared.core ?? new IndexCore(kv, sources, shared.journal);
  }

  // ---- followers of changes

  /** Changes of objects through views with an origin are told to `follower` from now on. */
  follow(follower: ChangeFollower): void {
    this.#core.follower = follower;
  }

  /** The same index; its follower gets `origin` with every change that is made through this view. */
  actingFor(origin: ChangeOrigin): ObjectIndex {
    return new ObjectIndex(this.kv, this.sources, { core: this.#core, origin });
  }

  /** Files whose bytes are those of small files. */
  get packs(): PackTable {
    return new PackTable(this.kv, this.#core);
  }

  /** Files with the export of the index. */
  get exports(): ExportTable {
    return new ExportTable(this.kv, this.#core);
  }

  get messages(): MessageQueues {
    return this.#core.messages;
  }

  /** Queues a message that follows from no change of an object. */
  enqueue(queue: string, message: QueuedMessage): Promise<void> {
    return this.#core.enqueue(queue, message);
  }

  // ---- buckets

  async getBucket(bucket: string): Promise<BucketRecord | undefined> {
    const value = this.kv.get(keys.bucketKey(bucket));
    return value === undefined ? undefined : bucketRecord.decode(value);
  }

  /** Buckets by name, behind `after`; read in pages. */
  async *buckets(after?: string): AsyncIterableIterator<{ name: string; bucket: BucketRecord }> {
    const range = keys.rangeOf(keys.bucketPrefix);
    const gte = after === undefined ? range.gte : concatBytes(keys.bucketKey(after), new Uint8Array(1));
    for (const [key, value] of entriesInPages(this.kv, { ...range, gte }))
      yield { name: keys.bucketOfKey(key), bucket: bucketRecord.decode(value) };
  }

  /** Names of buckets behind `after`, read in pages; also of buckets whose record cannot be read. */
  async *bucketNames(after?: string): AsyncIterableIterator<string> {
    const range = keys.rangeOf(keys.bucketPrefix);
    const gte = after === undefined ? range.gte : concatBytes(keys.bucketKey(after), new Uint8Array(1));
    for (const [key] of entriesInPages(this.kv, { ...range, gte })) yield keys.bucketOfKey(key);
  }

  createBucket(name: string, bucket: BucketRecord): Promise<void> {
    return this.#core.commits.commit((view) => addBucket(view, name, bucket));
  }

  /** Changes the record of a bucket; `change` sees it inside the transaction, and throws to refuse. */
  changeBucket(name: string, change: (bucket: BucketRecord) => BucketRecord): Promise<BucketRecord> {
    return this.#core.commits.commit((view) => changeBucket(view, name, change));
  }

  /**
   * Deletes a bucket without objects and versions. Its unfinished uploads are aborted first, in bounded transactions: a crash
   * between two of them leaves a bucket with fewer uploads, and every fragment of an aborted upload in the outbox.
   */
  async deleteBucket(name: string): Promise<void> {
    const step = (view: IndexView) => deleteBucketStep(view, name, this.#nextSequence);
    while (!(await this.#core.commits.commit(step)));
  }

  /** Moves a page of the stream keys of a bucket to its current key, while a rotation is under way (key-rotation.ts). */
  rewrapKeys(name: string, request: RewrapRequest): Promise<RewrapStep> {
    return this.#core.commits.commit((view) => rewrapPage(view, name, request));
  }

  // ---- objects

  /** The current object, or the version or delete marker that is named. */
  async getObject(name: ObjectName, versionId?: VersionId): Promise<ObjectRecord | undefined> {
    return readFrom(this.kv, (view) => readNamed(view, name, versionId));
  }

  /** The newest version if it is a delete marker: why a key without a current object has none. */
  async getDeleteMarker(name: ObjectName): Promise<ObjectRecord | undefined> {
    return readFrom(this.kv, (view) => readMarker(view, name));
  }

  /** Enters an object with the files that were stored for it, and releases what it replaces. */
  putObject(name: ObjectName, object: NewObject, files: readonly NewFile[], check?: Precondition): Promise<Written> {
    return this.#write(function* (view, tools): Portions<Written> {
      yield* addFiles(view, name.bucket, files, tools.nextSequence);
      const retain = () => retainFiles(view, object.extents);
      return yield* enterObject(view, name, { object, check, retain }, tools);
    });
  }

  /**
   * Enters an object that shares the files of another (copy). `source` is read again inside the transaction, `wrap`
   * gives each file's stream key wrapped for the target bucket as both buckets are in the transaction, in place of an older
   * wrap (undefined to keep it).
   */
  copyObject(
    name: ObjectName,
    source: CopySourceName,
    make: (source: ObjectRecord) => NewObject,
    wrap: (file: FileRecord, buckets: CopyBuckets) => Uint8Array | undefined,
    check?: Precondition,
  ): Promise<Written> {
    return this.#write(function* (view, tools): Portions<Written> {
      const current = yield* readNamed(view, source, source.versionId);
      if (current === undefined || current.isDeleteMarker) throw indexError('OBJECT_NOT_FOUND');
      const buckets = { from: yield* requireBucket(view, source.bucket), to: yield* requireBucket(view, name.bucket) };
      for (const fileId of distinctFiles(current.extents)) {
        yield;
        const file = yield* getFile(view, fileId);
        const sealed = wrap(file, buckets);
        if (sealed !== undefined) {
          const others = file.keyWraps.filter(({ bucket }) => bucket !== name.bucket);
          putFile(view, fileId, { ...file, keyWraps: [...others, { bucket: name.bucket, wrap: sealed }] });
        }
      }
      const object = make(current);
      const retain = () => retainFiles(view, object.extents);
      return yield* enterObject(view, name, { object, check, retain }, tools);
    });
  }

  /**
   * Deletes an object as its bucket has it: for good, or by a delete marker as the newest version. Deleting a missing object
   * succeeds.
   */
  deleteObject(name: ObjectName, check?: Precondition): Promise<Deletion> {
    return this.#write((view, tools) => deleteCurrent(view, name, check, tools));
  }

  /**
   * Removes one version or delete marker for good; removing a missing one succeeds. Rejects with `OBJECT_LOCKED` while a
   * retention or a legal hold keeps it.
   */
  deleteVersion(name: ObjectName, versionId: VersionId, deletion: VersionDeletion = {}): Promise<Deletion> {
    return this.#write((view, tools) => deleteVersion(view, name, { versionId, ...deletion }, tools));
  }

  /** Removes a version, or puts a delete marker on top, if `decide` says so of what the version is now. */
  expireVersion(name: ObjectName, versionId: VersionId, decide: DecideExpiry): Promise<Deletion | undefined> {
    return this.#write((view, tools) => expireVersion(view, name, { versionId, decide }, tools));
  }

  /**
   * Gives a version another storage class, with the files that its content was stored in again. Resolves with false, and nothing
   * changes, if the version is not what it was, or `decide` refuses.
   */
  recodeVersion(name: ObjectName, recoding: Recoding): Promise<boolean> {
    return this.#write((view, tools) => recodeVersion(view, name, recoding, tools));
  }

  /**
   * Changes settings of the current object, or of the version that is named. `change` sees object and bucket inside the
   * transaction, and throws to refuse. Rejects with `OBJECT_NOT_FOUND`, also for a delete marker, and with `OBJECT_LOCKED` for
   * a change that would end a retention earlier.
   */
  changeObject(
    name: ObjectName,
    versionId: VersionId | undefined,
    change: ChangeSettings,
    { bypassesGovernance = false }: Pick<VersionDeletion, 'bypassesGovernance'> = {},
  ): Promise<ObjectRecord> {
    const request = { versionId, change, bypassesGovernance };
    return this.#write((view, tools) => changeObject(view, name, request, tools));
  }

  async listObjects(bucket: string, request: ListRequest): Promise<ListPage<ObjectRecord>> {
    const table = {
      base: keys.objectPrefix(bucket),
      nameOf: (key: Uint8Array) => keys.objectNameOfKey(bucket, key),
      decode: (value: Uint8Array) => objectRecord.decode(value),
    };
    return listTable(this.kv, table, request);
  }

  /** Versions and delete markers by key, those of a key from the newest to the oldest. */
  async listVersions(bucket: string, request: VersionListRequest): Promise<ListPage<ListedVersion>> {
    return listVersions(this.kv, bucket, request);
  }

  // ---- multipart uploads

  createUpload(name: UploadName, upload: UploadRecord): Promise<void> {
    return this.#core.commits.commit(function* (view) {
      yield* requireBucket(view, name.bucket);
      view.put(keys.uploadKey(name.bucket, name.key, name.uploadId), uploadRecord.encode(upload));
    });
  }

  async getUpload(name: UploadName): Promise<UploadRecord | undefined> {
    return readFrom(this.kv, (view) => readUpload(view, name));
  }

  /** Enters a part (with its new files, none for a copied part); a part of the same number is replaced. */
  putPart(name: UploadName, partNumber: number, part: PartRecord, files: readonly NewFile[]): Promise<void> {
    const entry = { partNumber, part, files };
    return this.#core.commits.commit((view) => enterPart(view, name, entry, this.#nextSequence));
  }

  /** Parts in ascending order, from `after` exclusive. */
  async listParts(uploadId: string, after = 0, limit = 10_001): Promise<NumberedPart[]> {
    const range = { ...keys.rangeOf(keys.partPrefix(uploadId)), gte: keys.partKey(uploadId, after + 1) };
    return [...this.kv.entries({ ...range, limit })].map(([key, value]) => ({
      partNumber: keys.partNumberOfKey(key),
      part: partRecord.decode(value),
    }));
  }

  /** Uploads by key and id. `afterUploadId` resumes within the uploads of the key `request.after`. */
  async listUploads(
    bucket: string,
    request: ListRequest,
    afterUploadId?: string,
  ): Promise<ListPage<{ uploadId: string; upload: UploadRecord }>> {
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
    const core = this.#core;
    return this.#write(function* (view, tools): Portions<CompletionRecord> {
      const upload = yield* readUpload(view, name);
      if (upload === undefined) {
        const earlier = yield* findCompletion(view, name);
        if (earlier !== undefined && equalBytes(earlier.requestDigest, requestDigest)) return earlier;
        throw indexError('UPLOAD_NOT_FOUND');
      }
      const parts = yield* readParts(view, name.uploadId);
      const object = make(parts, upload);
      const { versionId } = yield* turnIntoObject(view, name, { parts, object, check }, tools);
      const { size, etag, checksums, checksumType, lastModifiedMs: completedAtMs } = object;
      const sequence = core.nextCompletion();
      const completion = { sequence, completedAtMs, requestDigest, size, etag, checksums, checksumType, versionId };
      yield* addCompletion(view, name, completion);
      return completion;
    });
  }

  abortUpload(name: UploadName): Promise<void> {
    const nextSequence = this.#nextSequence;
    return this.#core.commits.commit(function* (view) {
      yield* requireUpload(view, name);
      yield* dropUpload(view, name, yield* readParts(view, name.uploadId), nextSequence);
    });
  }

  // ---- files

  async getFile(fileId: Uint8Array): Promise<FileRecord | undefined> {
    return findFile(this.kv, fileId);
  }

  /** Also for a record that cannot be read. */
  async hasFile(fileId: Uint8Array): Promise<boolean> {
    return this.kv.has(keys.fileKey(fileId));
  }

  async getSegment(fileId: Uint8Array, segment: number): Promise<SegmentRecord | undefined> {
    return findSegment(this.kv, { fileId, segment });
  }

  /**
   * Names the holder of a fragment that the chain now records; clears the hole mark when it was the last hole. Without a
   * holder: the chain took it from the last one and has it restored by others, so it is no hole of this gateway's.
   */
  setHolder(fileId: Uint8Array, segment: number, fragment: number, holder: number | undefined): Promise<void> {
    return this.#core.commits.commit((view) => recordHolder(view, { fileId, segment, fragment }, holder));
  }

  /** Names another provider as the one that stores a fragment of an undeclared file. */
  replaceHolder(fileId: Uint8Array, segment: number, fragment: number, holder: number): Promise<void> {
    return this.#core.commits.commit((view) => moveHolder(view, { fileId, segment, fragment }, holder));
  }

  /** Ids of declared files in their order, behind `after`; those of unreadable records are among them. */
  async listDeclared(limit: number, after?: Uint8Array): Promise<Uint8Array[]> {
    return readDeclared(this.kv, limit, after);
  }

  /** Order ids of files, behind the file `after`. */
  async listOrders(limit: number, after?: Uint8Array): Promise<FileOrder[]> {
    return readOrders(this.kv, limit, after);
  }

  /** Segments of which the chain records at least one fragment without a holder, in the order of ids, behind `after`. */
  async listHoles(limit: number, after?: SegmentName): Promise<SegmentName[]> {
    return readHoles(this.kv, limit, after);
  }

  // ---- outbox

  /** The oldest entries of the outbox. */
  async listOutbox(limit: number): Promise<OutboxItem[]> {
    const found: OutboxItem[] = [];
    for (const item of readOutbox(this.kv)) {
      if (found.length >= limit) break;
      found.push(item);
    }
    return found;
  }

  /**
   * The entries of the outbox from the oldest on, read in pages: it may change meanwhile. Unreadable entries are reported
   * and skipped.
   */
  async *outbox(onUnreadable?: (sequence: number, error: CessError) => void): AsyncIterableIterator<OutboxItem> {
    yield* readOutbox(this.kv, onUnreadable);
  }

  /** Marks files as declared with the holders that the chain recorded, and removes their outbox entries. */
  settleDeclarations(items: readonly OutboxItem[], isRecorded: IsRecorded): Promise<void> {
    return this.#core.commits.commit((view) => settleDeclarations(view, items, isRecorded));
  }

  /** Forgets files whose deletion the chain has recorded, with their outbox entries. */
  settleDeletions(items: readonly OutboxItem[]): Promise<void> {
    return this.#core.commits.commit((view) => settleDeletions(view, items));
  }

  // ---- files held back from declaration

  /** Moves declarations from the outbox to the files that wait for their owners. */
  holdDeclarations(holds: readonly Hold[], nowMs: number): Promise<void> {
    return this.#core.commits.commit((view) => holdDeclarations(view, holds, nowMs));
  }

  /** Queues the declarations of held files again. */
  releaseHeld(files: readonly HeldFile[]): Promise<void> {
    return this.#core.commits.commit((view) => releaseHeld(view, files, this.#nextSequence));
  }

  /** Files that wait for their owners: of one territory, or all. Read in pages. */
  async *heldFiles(territory?: TerritoryName): AsyncIterableIterator<HeldFile> {
    yield* readHeld(this.kv, territory);
  }

  /** Territories with held files. */
  async *heldTerritories(): AsyncIterableIterator<TerritoryName> {
    yield* readHeldTerritories(this.kv);
  }

  /** Why the declaration of a file is held back; undefined if it is not. */
  async holdReason(fileId: Uint8Array): Promise<HoldReason | undefined> {
    const file = findFile(this.kv, fileId);
    return file === undefined ? undefined : readHoldReason(this.kv, file, fileId);
  }

  #write<T>(body: (view: IndexView, tools: WriteTools) => Portions<T>): Promise<T> {
    return this.#core.write(this.shared.origin, body);
  }
}
