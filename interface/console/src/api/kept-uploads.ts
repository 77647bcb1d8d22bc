// Uploads in parts that began in this browser and have not ended, by who began them: they go on after the page was closed, once the
// reader chooses the file again. A page cannot open a file by itself.
import { readSetting, removeSetting, settingNames, writeSetting } from '../settings.js';
import type { ObjectName } from './s3.js';

export interface KeptUpload {
  /** Account and name of the user. */
  readonly owner: string;
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly fileName: string;
  readonly size: number;
  /** When the file last changed, in ms since 1970. */
  readonly modifiedMs: number;
  /** When the upload began, in ms since 1970. */
  readonly begunMs: number;
  /** Of all parts in order, since the gateway was asked to make the object of them: its answer may be lost. */
  readonly etags?: readonly string[];
}

/** Each upload is a setting of its own: pages that write at the same time do not undo each other. */
const beginning = 'upload-';
/** More would be forgotten uploads; those that began first go first. */
const maxKept = 200;

export function keptUploads(owner: string): readonly KeptUpload[] {
  return allUploads().filter((upload) => upload.owner === owner);
}

/** False where the browser does not remember it. */
export function keepUpload(upload: KeptUpload): boolean {
  const isKept = writeSetting(beginning + upload.uploadId, JSON.stringify(upload));
  const all = [...allUploads()].sort((a, b) => a.begunMs - b.begunMs);
  for (const { uploadId } of all.slice(0, Math.max(0, all.length - maxKept))) forgetUpload(uploadId);
  return isKept;
}

/** Where the storage of the browser is full, the upload stays as it was. */
export function keepCompletion(uploadId: string, etags: readonly string[]): void {
  const upload = parseUpload(readSetting(beginning + uploadId));
  if (upload !== undefined) writeSetting(beginning + uploadId, JSON.stringify({ ...upload, etags }));
}

export function forgetUpload(uploadId: string): void {
  removeSetting(beginning + uploadId);
}

function allUploads(): readonly KeptUpload[] {
  return settingNames(beginning).flatMap((id) => parseUpload(readSetting(beginning + id)) ?? []);
}

/** Whether a chosen file is, as far as its size and its time of change tell, the one that the upload began with. */
export function isSameFile(upload: KeptUpload, file: Pick<File, 'size' | 'lastModified'>): boolean {
  return upload.size === file.size && upload.modifiedMs === file.lastModified;
}

export function isUploadTo(upload: KeptUpload, target: ObjectName): boolean {
  return upload.bucket === target.bucket && upload.key === target.key;
}

/** Undefined for an entry that another version wrote, or that is damaged. */
export function parseUpload(text: string | undefined): KeptUpload | undefined {
  try {
    const entry: unknown = JSON.parse(text ?? 'null');
    return isKeptUpload(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}

function isKeptUpload(entry: unknown): entry is KeptUpload {
  if (typeof entry !== 'object' || entry === null) return false;
  const {
    owner,
    bucket,
    key,
    uploadId,
    fileName,
    size,
    modifiedMs,
    begunMs,
    etags = [],
  } = entry as Record<string, unknown>;
  return (
    Array.isArray(etags) &&
    [...etags, owner, bucket, key, uploadId, fileName].every((text) => typeof text === 'string') &&
    [size, modifiedMs, begunMs].every((count) => Number.isSafeInteger(count))
  );
}

const lockOf = (uploadId: string) => `cess-upload-${uploadId}`;

/** Holds the upload for this page until `release` is called; false while another page of this browser holds it. */
export async function holdUpload(uploadId: string): Promise<(() => void) | undefined> {
  // Browsers offer locks on secure pages only. Without them two pages can send the same parts, which costs time and harms nothing.
  if (navigator.locks === undefined) return () => {};
  return new Promise((resolve, reject) => {
    const held = navigator.locks.request(lockOf(uploadId), { ifAvailable: true }, (lock) => {
      if (lock === null) return resolve(undefined);
      return new Promise<void>((release) => resolve(release));
    });
    held.catch(reject);
  });
}

/** Ids of uploads that some page of this browser is sending. */
export async function heldUploads(): Promise<ReadonlySet<string>> {
  if (navigator.locks === undefined) return new Set();
  const { held = [] } = await navigator.locks.query();
  return new Set(held.flatMap(({ name = '' }) => (name.startsWith(lockOf('')) ? [name.slice(lockOf('').length)] : [])));
}
