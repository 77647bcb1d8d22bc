// @cess/object-index: buckets, objects, uploads, files and the outbox of one gateway.
import './errors.js';

export type {
  AddressedMessage,
  ChangeFollower,
  ChangeKind,
  ChangeOrigin,
  NotedChange,
  ObjectChange,
} from './changes.js';
export type { Completion } from './complete-upload.js';
export type { CopyBuckets } from './copies.js';
export { type IndexErrorCode, isUnreadable } from './errors.js';
export type { DecideExpiry, Expiry, VersionPlace } from './expiry.js';
export type { ExportStep, ExportTable } from './export-table.js';
export { distinctFiles, type NewFile } from './files.js';
export type { CommitOptions, Fence, IndexBackend, Numbers, Transaction } from './index-backend.js';
export { checkIndex, dropStrays, type IndexCheck, isIndexSound } from './index-check.js';
export {
  isIndexElsewhere,
  isUnused,
  lastAliveMs,
  markAlive,
  markIndexElsewhere,
  markUsed,
  openIndexFormat,
} from './index-format.js';
export {
  answered,
  type IndexView,
  type PageRange,
  type Portions,
  type Read,
  type ReadView,
  readKey,
} from './index-view.js';
export { dropJournal, Journal, type JournalPage } from './journal/journal.js';
export type { JournalEntry } from './journal/journal-record.js';
export { scanOwner } from './journal/owner-scan.js';
export {
  isRotatingKey,
  isSameBucket,
  type KeyRotation,
  keyRotationConfiguration,
  keyRotationOf,
  type RewrapRequest,
  type RewrapStep,
  withMoreWraps,
  withNewKey,
} from './key-rotation.js';
export type { ObjectName, TerritoryName } from './keys.js';
export { type LifecycleCursor, readLifecycleCursor, writeLifecycleCursor } from './lifecycle-cursor.js';
export type { ListItem, ListPage, ListRequest } from './listing.js';
export { LocalBackend } from './local-backend.js';
export type { MessageQueues, QueuedMessage, StoredMessage } from './messages.js';
export { ObjectIndex } from './object-index.js';
export { hasObjectLock, objectLockConfiguration } from './object-lock.js';
export type { ChangeSettings, Deletion, Precondition, VersionDeletion, Written } from './objects.js';
export type { HeldFile, Hold, IndexChange, IsRecorded, OutboxItem } from './outbox.js';
export type { CarriedFile, PackTable } from './pack-table.js';
export type { NewPack, PackMember, PackRecord, PlacedMember } from './packs.js';
export { haveSameExtents, type Recoding } from './recoding.js';
export {
  type BucketRecord,
  type CompletionRecord,
  type Extent,
  type FileRecord,
  type FileState,
  type FragmentRecord,
  type HoldReason,
  type NewObject,
  type ObjectRecord,
  type ObjectSettings,
  type OutboxEntry,
  type PartRecord,
  plainSettings,
  type Retention,
  type SegmentRecord,
  settingsOf,
  type UploadRecord,
  type Versioning,
} from './records.js';
export { type AdoptedFile, IndexImport, isImporting } from './recovery/index-import.js';
export { type RebuildCounts, rebuildDerived } from './recovery/rebuild.js';
export { RememberedChain, type RememberedIdentity, type RememberedProvider } from './remembered-chain.js';
export { ScopedBackend } from './scoped-backend.js';
export {
  countExcess,
  lockSpace,
  type OutboxSpace,
  readSpace,
  removeExcess,
  type Space,
  settleOutboxSpace,
  settleSpace,
  takeGrant,
} from './space-ledger.js';
export type { NumberedPart, UploadName } from './uploads.js';
export {
  noTraffic,
  sumOf as sumOfTraffic,
  type Traffic,
  type Usage,
  type UsageInterval,
  type UsageSample,
  UsageTable,
} from './usage-table.js';
export { parseVersionId, type VersionId, versionIdOf } from './version-id.js';
export type { ListedVersion } from './version-listing.js';
