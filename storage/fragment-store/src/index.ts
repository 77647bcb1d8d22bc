// @cess/fragment-store: the crash-safe store of fragments. The compliance suite is the subpath
// "@cess/fragment-store/compliance".
import './errors.js';

export { createFaultyFs, type FaultPlan, type FaultyFs } from './faulty-fs.js';
export { FragmentStore, type FragmentStoreOptions, openFragmentStore } from './fragment-store.js';
export type { DirectoryEntry, FragmentFile, FragmentFs } from './fs-port.js';
export { nodeFs } from './node-fs.js';
export type { FragmentId, FragmentUpdate, PutFragment, RecoveryReport, StoredFragment, StoreUsage } from './types.js';
export type { FragmentBody } from './upload.js';
