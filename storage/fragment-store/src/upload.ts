// The body of a put. It is counted and hashed while it streams into memory (small fragments) or into a temporary file. It takes
// at most the announced length, and buffers at most 512 KiB for the disk.

import { aborted, CessError, equalBytes, isCessError } from '@cess/primitives';
import { FragmentHasher } from '@cess/sealing';
import type { FragmentFile, FragmentFs } from './fs-port.js';
import type { PutFragment } from './types.js';

const flushBytes = 524_288;

/** Length and root that the body must have. */
export type ExpectedBody = Pick<PutFragment, 'root' | 'length'>;

export type FragmentBody = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/**
 * Reads the body into memory. Throws `FRAGMENT_LENGTH`,
 * `FRAGMENT_ROOT_MISMATCH`, `FRAGMENT_BODY_BROKEN` or `ABORTED`.
 */
export async function receiveInline(put: ExpectedBody, body: FragmentBody, signal?: AbortSignal): Promise<Uint8Array> {
  const bytes = new Uint8Array(put.length);
  await receive(put, body, signal, (chunk, offset) => bytes.set(chunk, offset));
  return bytes;
}

/** Streams the body into `file` and syncs it. If it throws, the content of the file is undefined. */
async function receiveFile(
  put: ExpectedBody,
  body: FragmentBody,
  file: FragmentFile,
  signal?: AbortSignal,
): Promise<void> {
  let pieces: Uint8Array[] = [];
  let waiting = 0;
  let written = 0;
  const flush = async () => {
    await file.write(pieces, written);
    written += waiting;
    pieces = [];
    waiting = 0;
  };
  await receive(put, body, signal, async (chunk) => {
    pieces.push(chunk);
    waiting += chunk.length;
    if (waiting >= flushBytes) await flush();
  });
  if (waiting > 0) await flush();
  await file.datasync();
}

/** The temporary files of running uploads, in `tmp` of the store. */
export class TemporaryFiles {
  #count = 0;

  constructor(
    private readonly fs: FragmentFs,
    private readonly dir: string,
  ) {}

  /** Receives the body into a new file and passes it on. Removes the file if that throws. */
  async receive<T>(
    expected: ExpectedBody,
    body: FragmentBody,
    signal: AbortSignal | undefined,
    take: (temporary: string) => Promise<T>,
  ): Promise<T> {
    const temporary = `${this.dir}/tmp/${++this.#count}`;
    const file = await this.fs.create(temporary);
    try {
      try {
        await receiveFile(expected, body, file, signal);
      } finally {
        await file.close();
      }
      return await take(temporary);
    } catch (thrown) {
      // Recovery removes temporary files at the next start if this fails, too.
      await Promise.allSettled([this.remove(temporary)]);
      throw thrown;
    }
  }

  remove(temporary: string): Promise<void> {
    return this.fs.remove(temporary);
  }
}

async function receive(
  put: ExpectedBody,
  body: FragmentBody,
  signal: AbortSignal | undefined,
  take: (chunk: Uint8Array, offset: number) => Promise<void> | void,
): Promise<void> {
  const hasher = new FragmentHasher();
  for await (const chunk of unbroken(body)) {
    if (signal?.aborted) throw aborted();
    if (hasher.length + chunk.length > put.length) throw wrongLength(put.length);
    const offset = hasher.length;
    hasher.update(chunk);
    await take(chunk, offset);
  }
  if (signal?.aborted) throw aborted();
  if (hasher.length !== put.length) throw wrongLength(put.length);
  if (!equalBytes(hasher.finish().root, put.root)) {
    throw new CessError('FRAGMENT_ROOT_MISMATCH', 'The bytes do not have the announced root.');
  }
}

// Separates failures of the body (a lost connection) from failures of the disk.
async function* unbroken(body: FragmentBody): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* body;
  } catch (cause) {
    if (isCessError(cause)) throw cause;
    throw new CessError('FRAGMENT_BODY_BROKEN', 'The upload ended before its announced length.', {}, { cause });
  }
}

function wrongLength(expected: number): CessError {
  return new CessError('FRAGMENT_LENGTH', `The body is not ${expected} bytes long as announced.`, { expected });
}
