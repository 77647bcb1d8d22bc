// Uploads that survive a pause, a reload and a crash of the page: after every part the SDK gives a state, which holds no secret. With the state
// and the same file, the upload continues, and no part is stored twice.
import { isCessError } from '@cess/sdk';
import { putObject, type StorageClient, type UploadProgress, type UploadState } from '@cess/sdk/storage';

const storageKey = 'upload';

export interface Upload {
  readonly bucket: string;
  readonly file: File;
  readonly onProgress: (progress: UploadProgress) => void;
  /** Pauses the upload: it rejects with `ABORTED`. */
  readonly signal: AbortSignal;
}

/** The upload that was interrupted. */
export function keptUpload(): UploadState | undefined {
  const text = localStorage.getItem(storageKey);
  return text === null ? undefined : (JSON.parse(text) as UploadState);
}

/** Uploads a file, or continues its upload. */
export async function startUpload(storage: StorageClient, { bucket, file, ...options }: Upload): Promise<void> {
  const kept = keptUpload();
  const isSame = kept?.bucket === bucket && kept.key === file.name && kept.totalBytes === file.size;
  const put = (resume: UploadState | undefined) =>
    putObject(storage, {
      ...options,
      bucket,
      key: file.name,
      body: file,
      contentType: file.type,
      resume,
      onState: (state) => localStorage.setItem(storageKey, JSON.stringify(state)),
    });
  try {
    await put(isSame ? kept : undefined);
  } catch (error) {
    // The gateway drops unfinished uploads after some days.
    if (!isCessError(error, 'STORAGE_UPLOAD_STATE_INVALID')) throw error;
    await put(undefined);
  }
  localStorage.removeItem(storageKey);
}
