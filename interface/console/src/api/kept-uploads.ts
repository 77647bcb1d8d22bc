// Uploads in parts that began in this browser and have not ended, by who began them: they go on after the page was closed, once the
// reader chooses the file again. A page cannot open a file by itself.
import { readSetting, writeSetting } from '../settings.js';
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
}

const setting = 'uploads';
/** More would be forgotten uploads; the oldest go first. */
const maxKept = 200;

export function keptUploads(owner: string): readonly KeptUpload[] {
  return parseUploads(readSetting(setting)).filter((upload) => upload.owner === owner);
}

export function keepUpload(upload: KeptUpload): void {
  const others = parseUploads(readSetting(setting)).filter(({ uploadId }) => uploadId !== upload.uploadId);
  writeSetting(setting, JSON.stringify([...others, upload].slice(-maxKept)));
}

export function forgetUpload(uploadId: string): void {
  const left = parseUploads(readSetting(setting)).filter((upload) => upload.uploadId !== uploadId);
  writeSetting(setting, JSON.stringify(left));
}

/** Whether a chosen file is, as far as its size and its time of change tell, the one that the upload began with. */
export function isSameFile(upload: KeptUpload, file: Pick<File, 'size' | 'lastModified'>): boolean {
  return upload.size === file.size && upload.modifiedMs === file.lastModified;
}

export function isUploadTo(upload: KeptUpload, target: ObjectName): boolean {
  return upload.bucket === target.bucket && upload.key === target.key;
}

/** Entries that another version wrote, or that are damaged, are left out. */
export function parseUploads(text: string | undefined): readonly KeptUpload[] {
  let list: unknown;
  try {
    list = JSON.parse(text ?? '[]');
  } catch {
    return [];
  }
  return Array.isArray(list) ? list.filter(isKeptUpload) : [];
}

function isKeptUpload(entry: unknown): entry is KeptUpload {
  if (typeof entry !== 'object' || entry === null) return false;
  const { owner, bucket, key, uploadId, fileName, size, modifiedMs } = entry as Record<string, unknown>;
  return (
    [owner, bucket, key, uploadId, fileName].every((text) => typeof text === 'string') &&
    [size, modifiedMs].every((count) => Number.isSafeInteger(count))
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
