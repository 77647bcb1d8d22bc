// The gateway's index of what it stores: buckets, objects with their versions, uploads, files with their segments, and the
// outbox of what is not on chain yet. Every change is one durable transaction of the backend (index-backend.ts).
import { randomBytes } from 'node:crypto';
import { type CessError, concatBytes, present } from '@cess/primitives';
import type { Kv, KvEntry } from '@cess/store';
import { addBucket, changeBucket, deleteBucketStep } from './buckets.js';
import type { ChangeFollower, ChangeOrigin } from './changes.js';
import { type Completion, completeUpload } from './complete-upload.js';
import { type CopyBuckets, type CopySourceName, copyObject } from './copies.js';
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
import { type NewFile, retainFiles } from './files.js';
import type { Fence, IndexBackend, Transaction } from './index-backend.js';
import { IndexCore, type SharedIndex } from './index-core.js';
import { type IndexView, type Portions, type ReadView, readKey } from './index-view.js';
import { type RewrapRequest, type RewrapStep, rewrapPage } from './key-rotation.js';
import type { ObjectName, TerritoryName } from './keys.js';
import * as keys from './keys.js';
import { type ListPage, type ListRequest, listTable } from './listing.js';
import { LocalBackend } from './local-backend.js';
import type { MessageQueues, QueuedMessage } from './messages.js';
import {
  addFiles,
  type ChangeSettings,
  changeObject,
  type Deletion,
  decodedBucket,
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
  type IndexChange,
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
import { backendPages, pageOf } from './pages.js';
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
  type UploadName,
} from './uploads.js';
import type { VersionId } from './version-id.js';
import { type ListedVersion, listVersions, type VersionListRequest } from './version-listing.js';
import type { VersionSources } from './versions.js';

const systemSources: VersionSources = { nowMs: () => Date.now(), randomBytes };

export class ObjectIndex {
  readonly #core: IndexCore;
  /** None: the index lies in no store of this process. */
  readonly #kv: Kv | undefined;

  /** A store becomes the backend of one process, with the journal of `shared`. */
  constructor(
    store: Kv | IndexBackend,
    private readonly sources: VersionSources = systemSources,
    private readonly shared: SharedIndex = {},
  ) {
    this.#core = shared.core ?? new IndexCore(openBackend(store, shared.journal), sources);
    this.#kv = 'commit' in store ? undefined : store;
  }

  // ---- followers of changes

  /** Changes of objects through views with an origin are told to `follower` from now on. */
  follow(follower: ChangeFollower): void {
    this.#core.follower = follower;
  }

  /** The same index; its follower gets `origin` with every change that is made through this view. */
  actingFor(origin: ChangeOrigin): ObjectIndex {
    return this.#for({ ...this.shared, origin });
  }

  /** The same index; changes through this view are rejected once the right to make them is lost. */
  fencedBy(fence: Fence): ObjectIndex {
    return this.#for({ ...this.shared, fence });
  }

  #for(shared: SharedIndex): ObjectIndex {
    return new ObjectIndex(this.#kv ?? this.#core.backend, this.sources, { ...shared, core: this.#core });
  }

  get backend(): IndexBackend {
    return this.#core.backend;
  }

  /** Files whose bytes are those of small files. */
  get packs(): PackTable {
    return new PackTable(this.#core, this.shared.fence);
  }

  /** Files with the export of the index. */
  get exports(): ExportTable {
    return new ExportTable(present(this.#kv, 'the store of an index that is exported'), this.#core);
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
    const value = await this.#get(keys.bucketKey(bucket));
    return value && decodedBucket(this.#core.decoded, bucket, value);
  }

  /** Buckets by name, behind `after`; read in pages. */
  async *buckets(after?: string): AsyncIterableIterator<{ name: string; bucket: BucketRecord }> {
    for await (const page of this.#bucketPages(after))
      for (const [key, value] of page) yield { name: keys.bucketOfKey(key), bucket: bucketRecord.decode(value) };
  }

  /** Names of buckets behind `after`, read in pages; also of buckets whose record cannot be read. */
  async *bucketNames(after?: string): AsyncIterableIterator<string> {
    for await (const page of this.#bucketPages(after)) for (const [key] of page) yield keys.bucketOfKey(key);
  }

  #bucketPages(after: string | undefined): AsyncGenerator<readonly KvEntry[]> {
    const range = keys.rangeOf(keys.bucketPrefix);
    const gte = after === undefined ? range.gte : concatBytes(keys.bucketKey(after), new Uint8Array(1));
    return backendPages(this.#core.backend, { ...range, gte });
  }

  createBucket(name: string, bucket: BucketRecord): Promise<void> {
    return this.#commit((view) => addBucket(view, name, bucket));
  }

  /** Changes the record of a bucket; `change` sees it inside the transaction, and throws to refuse. */
  changeBucket(name: string, change: (bucket: BucketRecord) => BucketRecord): Promise<BucketRecord> {
    return this.#commit((view) => changeBucket(view, name, change));
  }

  /**
   * Deletes a bucket without objects and versions. Its unfinished uploads are aborted first, in bounded transactions: a crash
   * between two of them leaves a bucket with fewer uploads, and every fragment of an aborted upload in the outbox.
   */
  async deleteBucket(name: string): Promise<void> {
    const step: Transaction<boolean> = (view, numbers) => deleteBucketStep(view, name, () => numbers.nextOutbox());
    while (!(await this.#commit(step)));
  }

  /** Moves a page of the stream keys of a bucket to its current key, while a rotation is under way (key-rotation.ts). */
  rewrapKeys(name: string, request: RewrapRequest): Promise<RewrapStep> {
    return this.#commit((view) => rewrapPage(view, name, request));
  }

  // ---- objects

  /** The current object, or the version or delete marker that is named. */
  async getObject(name: ObjectName, versionId?: VersionId): Promise<ObjectRecord | undefined> {
    return this.#read((view) => readNamed(view, name, versionId));
  }

  /** The newest version if it is a delete marker: why a key without a current object has none. */
  async getDeleteMarker(name: ObjectName): Promise<ObjectRecord | undefined> {
    return this.#read((view) => readMarker(view, name));
  }

  /** Enters an object with the files that were stored for it, and releases what it replaces. */
  putObject(name: ObjectName, object: NewObject, files: readonly NewFile[], check?: Precondition): Promise<Written> {
    return this.#write(function* (view, tools): Portions<Written> {
      yield* addFiles(view, name.bucket, files, tools);
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
    return this.#write((view, tools) => copyObject(view, name, { source, make, wrap, check }, tools));
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
    return this.#read((view) => listTable(view, table, request));
  }

  /** Versions and delete markers by key, those of a key from the newest to the oldest. */
  async listVersions(bucket: string, request: VersionListRequest): Promise<ListPage<ListedVersion>> {
    return this.#read((view) => listVersions(view, bucket, request));
  }

  // ---- multipart uploads

  createUpload(name: UploadName, upload: UploadRecord): Promise<void> {
    return this.#commit(function* (view) {
      yield* requireBucket(view, name.bucket);
      view.put(keys.uploadKey(name.bucket, name.key, name.uploadId), uploadRecord.encode(upload));
    });
  }

  async getUpload(name: UploadName): Promise<UploadRecord | undefined> {
    return this.#read((view) => readUpload(view, name));
  }

  /** Enters a part (with its new files, none for a copied part); a part of the same number is replaced. */
  putPart(name: UploadName, partNumber: number, part: PartRecord, files: readonly NewFile[]): Promise<void> {
    const entry = { partNumber, part, files };
    return this.#commit((view, numbers) => enterPart(view, name, entry, () => numbers.nextOutbox()));
  }

  /** Parts in ascending order, from `after` exclusive. */
  async listParts(uploadId: string, after = 0, limit = 10_001): Promise<NumberedPart[]> {
    const range = { ...keys.rangeOf(keys.partPrefix(uploadId)), gte: keys.partKey(uploadId, after + 1) };
    return (await pageOf(this.#core.backend, { ...range, limit })).map(([key, value]) => ({
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
    return this.#read((view) => listTable(view, table, { ...request, from }));
  }

  /**
   * Turns an upload into an object. `make` sees all its parts inside the transaction and gives the object, whose
   * extents are taken from the chosen parts; parts that were not chosen are released. The same request again resolves
   * with the first completion and writes nothing.
   */
  completeUpload(name: UploadName, request: Completion): Promise<CompletionRecord> {
    return this.#write((view, tools) => completeUpload(view, name, request, tools));
  }

  abortUpload(name: UploadName): Promise<void> {
    return this.#commit(function* (view, numbers): Portions {
      yield* requireUpload(view, name);
      yield* dropUpload(view, name, yield* readParts(view, name.uploadId), () => numbers.nextOutbox());
    });
  }

  // ---- files

  async getFile(fileId: Uint8Array): Promise<FileRecord | undefined> {
    return this.#read((view) => findFile(view, fileId, this.#core.decoded));
  }

  /** Also for a record that cannot be read. */
  async hasFile(fileId: Uint8Array): Promise<boolean> {
    return (await this.#get(keys.fileKey(fileId))) !== undefined;
  }

  async getSegment(fileId: Uint8Array, segment: number): Promise<SegmentRecord | undefined> {
    return this.#read((view) => findSegment(view, { fileId, segment }, this.#core.decoded));
  }

  /**
   * Names the holder of a fragment that the chain now records; clears the hole mark when it was the last hole. Without a
   * holder: the chain took it from the last one and has it restored by others, so it is no hole of this gateway's.
   */
  setHolder(fileId: Uint8Array, segment: number, fragment: number, holder: number | undefined): Promise<void> {
    return this.#commit((view) => recordHolder(view, { fileId, segment, fragment }, holder));
  }

  /** Names another provider as the one that stores a fragment of an undeclared file. */
  replaceHolder(fileId: Uint8Array, segment: number, fragment: number, holder: number): Promise<void> {
    return this.#commit((view) => moveHolder(view, { fileId, segment, fragment }, holder));
  }

  /** Ids of declared files in their order, behind `after`; those of unreadable records are among them. */
  async listDeclared(limit: number, after?: Uint8Array): Promise<Uint8Array[]> {
    return this.#read((view) => readDeclared(view, limit, after));
  }

  /** Order ids of files, behind the file `after`. */
  async listOrders(limit: number, after?: Uint8Array): Promise<FileOrder[]> {
    return this.#read((view) => readOrders(view, limit, after));
  }

  /** Segments of which the chain records at least one fragment without a holder, in the order of ids, behind `after`. */
  async listHoles(limit: number, after?: SegmentName): Promise<SegmentName[]> {
    return this.#read((view) => readHoles(view, limit, after));
  }

  // ---- outbox

  /** The oldest entries of the outbox. */
  async listOutbox(limit: number): Promise<OutboxItem[]> {
    const found: OutboxItem[] = [];
    for await (const item of readOutbox(this.#core.backend, undefined, limit)) {
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
    yield* readOutbox(this.#core.backend, onUnreadable);
  }

  /** Marks files as declared with the holders that the chain recorded, and removes their outbox entries. `also`: in the same transaction. */
  settleDeclarations(items: readonly OutboxItem[], isRecorded: IsRecorded, also?: IndexChange): Promise<void> {
    return this.#commit(function* (view) {
      yield* settleDeclarations(view, items, isRecorded);
      if (also !== undefined) yield* also(view);
    });
  }

  /** Forgets files whose deletion the chain has recorded, with their outbox entries. `also`: in the same transaction. */
  settleDeletions(items: readonly OutboxItem[], also?: IndexChange): Promise<void> {
    return this.#commit(function* (view) {
      yield* settleDeletions(view, items);
      if (also !== undefined) yield* also(view);
    });
  }

  // ---- files held back from declaration

  /** Moves declarations from the outbox to the files that wait for their owners. */
  holdDeclarations(holds: readonly Hold[], nowMs: number): Promise<void> {
    return this.#commit((view) => holdDeclarations(view, holds, nowMs));
  }

  /** Queues the declarations of held files again. */
  releaseHeld(files: readonly HeldFile[]): Promise<void> {
    return this.#commit((view, numbers) => releaseHeld(view, files, () => numbers.nextOutbox()));
  }

  /** Files that wait for their owners: of one territory, or all. Read in pages. */
  async *heldFiles(territory?: TerritoryName): AsyncIterableIterator<HeldFile> {
    yield* readHeld(this.#core.backend, territory);
  }

  /** Territories with held files. */
  async *heldTerritories(): AsyncIterableIterator<TerritoryName> {
    yield* readHeldTerritories(this.#core.backend);
  }

  /** Why the declaration of a file is held back; undefined if it is not. */
  async holdReason(fileId: Uint8Array): Promise<HoldReason | undefined> {
    return this.#read((view) => readHoldReason(view, fileId));
  }

  // ---- notes of background work

  /** A record that a worker keeps beside the index. Its key begins with a zero byte, which no table does. */
  readNote(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#get(key);
  }

  /** Without a value, removes the note. */
  writeNote(key: Uint8Array, value: Uint8Array | undefined): Promise<void> {
    return this.#commit((view) => (value === undefined ? view.delete(key) : view.put(key, value)));
  }

  #get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#read((view) => readKey(view, key));
  }

  #read<T>(body: (view: ReadView) => Portions<T>): Promise<T> {
    return this.#core.backend.read(body);
  }

  #commit<T>(transaction: Transaction<T>): Promise<T> {
    return this.#core.backend.commit(transaction, { fence: this.shared.fence });
  }

  #write<T>(body: (view: IndexView, tools: WriteTools) => Portions<T>): Promise<T> {
    return this.#core.write(this.shared, body);
  }
}

function openBackend(store: Kv | IndexBackend, journal: SharedIndex['journal']): IndexBackend {
  return 'commit' in store ? store : new LocalBackend(store, journal);
}
