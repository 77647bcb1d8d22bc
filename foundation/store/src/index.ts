// @cess/store: the key-value port and its backends. Beside it: /compliance (the suite for backends), /testing (a faulty store).
import './errors.js';

export { writeFileAtomically } from './atomic-file.js';
export { type DirectoryLock, lockDirectory, lockFile } from './directory-lock.js';
export {
  type FormatStamp,
  openStamped,
  openVersioned,
  readFormatStamp,
  type StampedStore,
  type VersionedOptions,
} from './format-stamp.js';
export {
  type Kv,
  type KvEntry,
  type KvOperation,
  type KvRange,
  type KvWriteOptions,
  maxKeyBytes,
} from './kv.js';
export { type LmdbOptions, openLmdb } from './lmdb-kv.js';
export { createMemoryKv } from './memory-kv.js';
export { onDisk } from './on-disk.js';
export { prefixed, prefixedOperations } from './prefixed-kv.js';
export { addRecordVersions, type RecordVersionsInit } from './record-versions.js';
export { mapStorageError } from './storage-error.js';
