import type { ObjectName } from '../storage/head-object.js';
import type { StorageClient } from '../storage/storage-client.js';
import { callAdmin } from './call-admin.js';

/** Where an object is, as its gateway says. */
export interface ObjectStatus {
  readonly size: number;
  readonly lastModified: string;
  readonly status: 'unrecorded' | 'stored' | 'lost' | 'declared' | 'tagged' | 'proven' | 'deleting';
  /** The first files of the object. */
  readonly files: readonly ObjectFile[];
  readonly hasMoreFiles?: boolean;
  /** Finalized block whose state `chain` shows; absent: the chain did not answer. */
  readonly chainBlock?: number;
}

/** A file of an object; segments in order, each with its fragments in order. */
export interface ObjectFile {
  readonly fileId: string;
  readonly state: 'stored' | 'declared' | 'deleting' | 'refused';
  readonly storedBytes: number;
  readonly segments: readonly (readonly ObjectFragment[])[];
}

/** A fragment and its holder. */
export interface ObjectFragment {
  /** Hex. */
  readonly root: string;
  /** Index of the provider on the chain; absent: a hole. */
  readonly provider?: number;
  /** The chain records the holder. */
  readonly attested: boolean;
  /** What the chain records. */
  readonly chain?: {
    readonly provider: number | null;
    readonly since: number;
    readonly restored: number;
    readonly taggedAt: number | null;
    readonly provenAt: number | null;
    readonly restoral: { readonly reason: string; readonly openedAt: number; readonly claimedBy: number | null } | null;
  };
}

/** Protection of an object, and the holders of its fragments. Needs `cess:GetObjectStatus`. `proveFile` of /light proves what the chain says. */
export function getObjectStatus(
  storage: StorageClient,
  { bucket, key, versionId, signal }: ObjectName,
): Promise<ObjectStatus> {
  return callAdmin(storage, { path: `/buckets/${bucket}/object`, query: { key, versionId }, signal });
}
