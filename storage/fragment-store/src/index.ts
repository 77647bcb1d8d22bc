// @cess/fragment-store: the crash-safe store of fragments. Beside it: /compliance (the suite for stores), /testing (a
// faulty file system).
import './errors.js';

export { FragmentStore, type FragmentStoreOptions, openFragmentStore } from './fragment-store.js';
export type { DirectoryEntry, FragmentFile, FragmentFs } from './fs-port.js';
export { nodeFs } from './node-fs.js';
export { readOnlyFs } from './read-only-fs.js';
export { storedGenesis } from './store-stamp.js';
export type { FragmentId, FragmentUpdate, PutFragment, RecoveryReport, StoredFragment, StoreUsage } from './types.js';
export type { FragmentBody } from './upload.js';
