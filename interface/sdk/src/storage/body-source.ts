// What can be uploaded: bytes, text, Blobs and Files of any size, and streams. Parts are read one after the other; of a stream that is
// resumed, what is stored already is read and dropped.
import { utf8 } from '@cess/primitives';

/** Bytes, text, a Blob or File, or a stream of bytes. */
export type UploadBody = Uint8Array | string | Blob | ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>;

export interface BodySource {
  /** Undefined for streams. */
  readonly sizeBytes: number | undefined;
  /** The part with this index, of `partSizeBytes` unless it is the last; undefined behind the end. In rising order. */
  part(index: number, partSizeBytes: number): Promise<Uint8Array | undefined>;
}

export function bodySourceOf(body: UploadBody): BodySource {
  if (typeof body === 'string') return bytesSource(utf8(body));
  if (body instanceof Uint8Array) return bytesSource(body);
  if (typeof Blob !== 'undefined' && body instanceof Blob) return blobSource(body);
  return streamSource(body as ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>);
}

function bytesSource(bytes: Uint8Array): BodySource {
  return {
    sizeBytes: bytes.length,
    part: async (index, size) => partOf(bytes.length, index, size, (from, to) => bytes.subarray(from, to)),
  };
}

function blobSource(blob: Blob): BodySource {
  return {
    sizeBytes: blob.size,
    part: async (index, size) =>
      partOf(blob.size, index, size, async (from, to) => new Uint8Array(await blob.slice(from, to).arrayBuffer())),
  };
}

function partOf<T>(length: number, index: number, size: number, read: (from: number, to: number) => T): T | undefined {
  const from = index * size;
  if (from >= length && index > 0) return undefined;
  return read(from, Math.min(length, from + size));
}

function streamSource(stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>): BodySource {
  const chunks = Symbol.asyncIterator in stream ? stream[Symbol.asyncIterator]() : readChunks(stream);
  let rest: Uint8Array = new Uint8Array(0);
  let next = 0;
  let isDone = false;
  const readPart = async (size: number): Promise<Uint8Array | undefined> => {
    const pieces: Uint8Array[] = [];
    let length = 0;
    while (length < size) {
      if (rest.length === 0) {
        const { done, value } = isDone ? { done: true, value: undefined } : await chunks.next();
        if (done === true || value === undefined) {
          isDone = true;
          break;
        }
        rest = value;
      }
      const taken = rest.subarray(0, size - length);
      rest = rest.subarray(taken.length);
      pieces.push(taken);
      length += taken.length;
    }
    if (length === 0 && next > 0) return undefined;
    const part = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      part.set(piece, at);
      at += piece.length;
    }
    return part;
  };
  return {
    sizeBytes: undefined,
    part: async (index, size) => {
      while (next < index) {
        if ((await readPart(size)) === undefined) return undefined;
        next++;
      }
      const part = await readPart(size);
      next++;
      return part;
    },
  };
}

/** Older browsers cannot iterate over streams. */
async function* readChunks(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
