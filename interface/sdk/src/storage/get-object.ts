// Downloads: a stream that goes on at the byte where a connection broke, as long as the object stays the same.
import { aborted, CessError, delay, isAbort, isCessError, isRetryable } from '@cess/primitives';
import type { ObjectName } from './head-object.js';
import { type ObjectInfo, objectInfoOf } from './object-info.js';
import { send } from './send.js';
import type { StorageClient } from './storage-client.js';

/** Which object to read, and how much of it. */
export interface GetObjectOptions extends ObjectName {
  /** First and last byte, both included; `lastByte` absent: to the end. */
  readonly range?: { readonly firstByte: number; readonly lastByte?: number | undefined } | undefined;
  /** Gets an object that its client sealed as it is stored; without it, such a read is refused (`ObjectSealedByClient`). */
  readonly asCiphertext?: boolean | undefined;
  /** Called with the bytes that arrived so far. */
  readonly onProgress?: ((receivedBytes: number) => void) | undefined;
}

/** An object that is open for reading. */
export interface StoredObject extends ObjectInfo {
  /** Bytes of `body`: of the range, or of the whole object. */
  readonly bodyBytes: number;
  /** The content. Reading it throws `STORAGE_DOWNLOAD_BROKEN`, `STORAGE_OBJECT_CHANGED`, `ABORTED`. */
  readonly body: ReadableStream<Uint8Array>;
  /** All of `body`. */
  bytes(): Promise<Uint8Array>;
  /** All of `body` as UTF-8. */
  text(): Promise<string>;
}

const pauseMs = 300;

/** Opens an object. Throws `STORAGE_NOT_FOUND`, `STORAGE_REFUSED` (code `InvalidRange`) and others. */
export async function getObject(storage: StorageClient, options: GetObjectOptions): Promise<StoredObject> {
  const { range } = options;
  const request = (from: number, etag?: string) =>
    send(storage, {
      method: 'GET',
      path: `/${options.bucket}/${options.key}`,
      query: { versionId: options.versionId },
      headers: {
        range: range === undefined && from === 0 ? undefined : `bytes=${from}-${range?.lastByte ?? ''}`,
        'if-match': etag,
        'x-cess-sealed': options.asCiphertext === true ? 'ciphertext' : undefined,
      },
      signal: options.signal,
    });
  const first = range?.firstByte ?? 0;
  const response = await request(first);
  const info = objectInfoOf(response);
  const bodyBytes = Number(response.headers.get('content-length') ?? 0);
  const body = resumingStream({
    response,
    bodyBytes,
    continueAt: (received) => request(first + received, info.etag),
    attempts: storage.attempts,
    options,
  });
  const bytes = () => readAll(body, bodyBytes);
  return { ...info, bodyBytes, body, bytes, text: async () => new TextDecoder().decode(await bytes()) };
}

interface Download {
  readonly response: Response;
  readonly bodyBytes: number;
  readonly continueAt: (received: number) => Promise<Response>;
  readonly attempts: number;
  readonly options: GetObjectOptions;
}

function resumingStream({ response, bodyBytes, continueAt, attempts, options }: Download): ReadableStream<Uint8Array> {
  const { signal, onProgress } = options;
  let reader = response.body?.getReader();
  let received = 0;
  let failures = 0;
  const next = async (): Promise<Uint8Array | undefined> => {
    for (;;) {
      try {
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        if (!done) {
          failures = 0;
          return value;
        }
        if (received >= bodyBytes) return undefined;
      } catch (cause) {
        if (signal?.aborted || isAbort(cause)) throw aborted(cause);
        if (isCessError(cause) && !isRetryable(cause)) throw cause;
      }
      // It ended early.
      failures++;
      if (failures >= attempts) {
        const message = `The download broke at byte ${received} of ${bodyBytes}, and did not go on.`;
        throw new CessError('STORAGE_DOWNLOAD_BROKEN', message, { receivedBytes: received });
      }
      await delay(pauseMs * failures, signal);
      reader = (await continueAt(received)).body?.getReader();
    }
  };
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const chunk = await next();
      if (chunk === undefined) return controller.close();
      received += chunk.length;
      onProgress?.(received);
      controller.enqueue(chunk);
    },
    cancel: (reason) => reader?.cancel(reason),
  });
}

export async function readAll(body: ReadableStream<Uint8Array>, length: number): Promise<Uint8Array> {
  const all = new Uint8Array(length);
  let at = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return all.subarray(0, at);
    all.set(value, at);
    at += value.length;
  }
}
