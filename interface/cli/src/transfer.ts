// Files to objects and back. An attempt that ended early leaves what it has: an upload its state in the home, a download the file with
// the suffix .part; the next attempt goes on there.
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CessError, formatBytes, isCessError } from '@cess/primitives';
import { getObject, headObject, putObject, type StorageClient, type UploadState } from '@cess/sdk/storage';
import { type DirectoryLock, lockFile } from '@cess/store';

export interface Transferred {
  readonly bytes: number;
  /** Of an earlier attempt. */
  readonly resumedAtBytes: number;
}

interface UploadRequest {
  readonly file: string;
  readonly bucket: string;
  /** Empty, or with `/` at its end: the name of the file is added. */
  readonly key: string;
  readonly home: string;
}

const partSizeBytes = 8 * 1024 * 1024;
const maxParts = 10_000;
/** A download is synced to disk after so many bytes. */
const syncBytes = 16 * 1024 * 1024;

/** Throws `FILE_UNREADABLE`, `STORAGE_…`. */
export async function upload(storage: StorageClient, request: UploadRequest): Promise<Transferred> {
  const { file, bucket, home } = request;
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isFile() !== true) throw new CessError('FILE_UNREADABLE', `${file} is no file.`);
  const key = request.key === '' || request.key.endsWith('/') ? request.key + basename(file) : request.key;
  const total = found.size;
  if (total <= partSizeBytes) {
    await putObject(storage, { bucket, key, body: readFileSync(file) });
    return { bytes: total, resumedAtBytes: 0 };
  }
  // Another file of this name, or a changed one, has another state.
  const identity = [storage.endpoint, bucket, key, resolve(file), total, found.mtimeMs].join('\n');
  const stateFile = join(home, 'uploads', `${createHash('sha256').update(identity).digest('hex').slice(0, 32)}.json`);
  const resume = readState(stateFile);
  const send = (state: UploadState | undefined) =>
    putObject(storage, {
      ...{ bucket, key, resume: state },
      body: createReadStream(file, { highWaterMark: 1024 * 1024 }),
      partSizeBytes: Math.max(partSizeBytes, Math.ceil(total / maxParts)),
      onState: (now) => writeState(stateFile, now),
      onProgress: ({ storedBytes }) => showProgress(key, storedBytes, total),
    });
  let resumedAtBytes = resume?.parts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) ?? 0;
  await send(resume).catch((error: unknown) => {
    if (!isCessError(error, 'STORAGE_UPLOAD_STATE_INVALID')) throw error;
    resumedAtBytes = 0;
    return send(undefined);
  });
  rmSync(stateFile, { force: true });
  return { bytes: total, resumedAtBytes };
}

interface DownloadRequest {
  readonly bucket: string;
  readonly key: string;
  /** A file, or a folder, in which the file has the name of the object. */
  readonly file: string;
}

/** Throws `STORAGE_…`, `DOWNLOAD_RUNNING`. */
export async function download(storage: StorageClient, { bucket, key, file }: DownloadRequest): Promise<Transferred> {
  const target = statSync(file, { throwIfNoEntry: false })?.isDirectory() === true ? join(file, nameOf(key)) : file;
  const { etag, sizeBytes } = await headObject(storage, { bucket, key });
  const part = `${target}.${etag.replace(/[^\w-]/g, '').slice(0, 40)}.part`;
  // Throws where the folder is missing: the lock would create it.
  statSync(dirname(part));
  const lock = lockPart(part, target);
  try {
    return await fetchInto({ part, target, etag, sizeBytes }, storage, { bucket, key });
  } finally {
    lock.release();
  }
}

interface Download {
  readonly part: string;
  readonly target: string;
  readonly etag: string;
  readonly sizeBytes: number;
}

async function fetchInto(
  { part, target, etag, sizeBytes }: Download,
  storage: StorageClient,
  { bucket, key }: Pick<DownloadRequest, 'bucket' | 'key'>,
): Promise<Transferred> {
  const had = statSync(part, { throwIfNoEntry: false })?.size ?? 0;
  const at = had <= sizeBytes ? syncedBytes(had) : 0;
  const output = await open(part, at === 0 ? 'w' : 'r+');
  try {
    if (at < sizeBytes) {
      const object = await getObject(storage, { bucket, key, range: { firstByte: at } });
      if (object.etag !== etag)
        throw new CessError('STORAGE_OBJECT_CHANGED', 'The object was overwritten; copy it again.');
      let position = at;
      const reader = object.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        await output.write(value, 0, value.length, position);
        position += value.length;
        if (Math.floor(position / syncBytes) > Math.floor((position - value.length) / syncBytes)) await output.sync();
        showProgress(key, position, sizeBytes);
      }
    }
    await output.sync();
  } finally {
    await output.close();
  }
  renameSync(part, target);
  return { bytes: sizeBytes, resumedAtBytes: at };
}

/** Two processes that write one part would each go on where the other one is. */
function lockPart(part: string, target: string): DirectoryLock {
  try {
    return lockFile(part);
  } catch (cause) {
    if (!isCessError(cause, 'KV_LOCKED')) throw cause;
    throw new CessError('DOWNLOAD_RUNNING', `Another process downloads this object into ${target}.`, {}, { cause });
  }
}

/** A file that a power cut left unfinished may have its length without its bytes: what lies behind the last sync is fetched again. */
function syncedBytes(lengthBytes: number): number {
  return Math.max(0, Math.floor(lengthBytes / syncBytes) - 1) * syncBytes;
}

/** The last part of a key as the name of a file. Throws `LOCATION_MALFORMED` where it names a folder. */
function nameOf(key: string): string {
  const name = basename(key);
  if (name !== '' && name !== '.' && name !== '..') return name;
  throw new CessError('LOCATION_MALFORMED', `The key "${key}" gives no file name: name the file to write.`);
}

/** Undefined without an earlier attempt, and where a power cut damaged what it left. */
function readState(file: string): UploadState | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as UploadState;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function writeState(file: string, state: UploadState): void {
  mkdirSync(resolve(file, '..'), { recursive: true });
  writeFileSync(`${file}.new`, JSON.stringify(state));
  renameSync(`${file}.new`, file);
}

/** On terminals only. */
function showProgress(name: string, bytes: number, total: number): void {
  if (!process.stderr.isTTY) return;
  const isEnd = bytes >= total;
  process.stderr.write(`\r${name}: ${formatBytes(bytes)} of ${formatBytes(total)}${isEnd ? '\n' : ''}`);
}
