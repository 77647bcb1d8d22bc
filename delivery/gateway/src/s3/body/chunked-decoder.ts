// Decoder of the `aws-chunked` body: signed chunks (STREAMING-AWS4-HMAC-SHA256-PAYLOAD), unsigned chunks with trailer
// (STREAMING-UNSIGNED-PAYLOAD-TRAILER) and signed chunks with trailer (…-TRAILER), by Amazon's description.
//   chunk   = hex-size [";chunk-signature=" 64 hex] CRLF data CRLF        trailer after the chunk of size 0
// The decoder yields data before the chunk's signature is verified and throws at the end of a bad chunk. Consumers must
// discard everything when the iteration throws.

import { createHash, type Hash, timingSafeEqual } from 'node:crypto';

import { hmac, scopeText, sha256Hex } from '@cess/signature-v4';
import type { Authenticated } from '../auth/verify-signature.js';
import { S3Error } from '../errors.js';

const maxLineBytes = 1024;
const maxTrailerBytes = 4096;
const maxChunkBytes = 5 * 1024 * 1024 * 1024;
type DecoderState = 'size' | 'data' | 'dataEnd' | 'trailer' | 'end';

const emptyHash = sha256Hex('');

export interface ChunkedMode {
  readonly signed: boolean;
  readonly trailer: boolean;
}

/** The mode named by x-amz-content-sha256, or undefined for a plain body. */
export function chunkedMode(payloadHash: string): ChunkedMode | undefined {
  switch (payloadHash) {
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD':
      return { signed: true, trailer: false };
    case 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER':
      return { signed: true, trailer: true };
    case 'STREAMING-UNSIGNED-PAYLOAD-TRAILER':
      return { signed: false, trailer: true };
    default:
      return undefined;
  }
}

export class ChunkedDecoder {
  readonly #mode: ChunkedMode;
  readonly #auth: Authenticated | undefined;
  #previousSignature: string;
  #chunkHash: Hash | undefined;
  #chunkSignature = '';
  /** Lower-case name to value; complete when the iteration has ended. */
  readonly trailers = new Map<string, string>();

  /** `auth` is undefined for anonymous requests, which cannot sign their chunks. */
  constructor(mode: ChunkedMode, auth: Authenticated | undefined) {
    if (mode.signed && auth === undefined) {
      throw new S3Error('InvalidRequest', { message: 'A body of signed chunks needs a signed request.' });
    }
    this.#mode = mode;
    this.#auth = auth;
    this.#previousSignature = auth?.signature ?? '';
  }

  /** The payload of an encoded body. */
  async *decode(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let buffered: Buffer = Buffer.alloc(0);
    let left = 0;
    let state = 'size' as DecoderState;
    let trailerBytes = 0;
    let linesAfterEnd = 0;
    for await (const piece of body) {
      buffered = buffered.length === 0 ? piece : Buffer.concat([buffered, piece]);
      for (;;) {
        if (state === 'data') {
          const part = buffered.subarray(0, Math.min(left, buffered.length));
          if (part.length === 0) break;
          this.#chunkHash?.update(part);
          left -= part.length;
          buffered = buffered.subarray(part.length);
          yield part;
          if (left === 0) state = 'dataEnd';
        } else if (state === 'dataEnd') {
          if (buffered.length < 2) break;
          if (buffered[0] !== 13 || buffered[1] !== 10) throw new S3Error('InvalidChunkSizeError');
          buffered = buffered.subarray(2);
          this.#endChunk();
          state = 'size';
        } else {
          const line = takeLine(buffered, state === 'trailer' ? maxTrailerBytes : maxLineBytes);
          if (line === undefined) break;
          buffered = buffered.subarray(line.length + 2);
          if (state === 'size') {
            left = this.#beginChunk(line);
            if (left > 0) state = 'data';
            else {
              this.#endChunk();
              state = this.#mode.trailer ? 'trailer' : 'end';
            }
          } else if (state === 'trailer') {
            trailerBytes += line.length;
            if (trailerBytes > maxTrailerBytes) throw new S3Error('MalformedTrailerError');
            if (line.length === 0) state = 'end';
            else this.#addTrailer(line);
          } else if (line.length > 0 || ++linesAfterEnd > 1) throw goesOn();
        }
      }
    }
    if (state === 'trailer' && this.trailers.size > 0) state = 'end';
    if (state !== 'end') throw new S3Error('IncompleteBody');
    if (buffered.length > 0) throw goesOn();
    if (this.#mode.trailer) this.#checkTrailerSignature();
  }

  #beginChunk(line: string): number {
    const [, digits, signature] = /^([0-9a-fA-F]{1,10})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line) ?? [];
    const size = digits === undefined ? Number.NaN : Number.parseInt(digits, 16);
    if (!(size <= maxChunkBytes)) throw new S3Error('InvalidChunkSizeError');
    if (this.#mode.signed) {
      if (signature === undefined) throw new S3Error('SignatureDoesNotMatch');
      this.#chunkSignature = signature;
      this.#chunkHash = createHash('sha256');
    }
    return size;
  }

  #endChunk(): void {
    if (this.#chunkHash === undefined) return;
    this.#check('AWS4-HMAC-SHA256-PAYLOAD', [emptyHash, this.#chunkHash.digest('hex')], this.#chunkSignature);
    this.#previousSignature = this.#chunkSignature;
    this.#chunkHash = undefined;
  }

  #addTrailer(line: string): void {
    const colon = line.indexOf(':');
    // A line feed alone ends a line for some readers: what they would read behind it is not what was verified here.
    if (colon <= 0 || this.trailers.size >= 8 || /[\r\n\0]/.test(line)) throw new S3Error('MalformedTrailerError');
    const name = line.slice(0, colon).trim().toLowerCase();
    if (this.trailers.has(name)) throw new S3Error('MalformedTrailerError');
    this.trailers.set(name, line.slice(colon + 1).trim());
  }

  #checkTrailerSignature(): void {
    const signature = this.trailers.get('x-amz-trailer-signature');
    this.trailers.delete('x-amz-trailer-signature');
    if (!this.#mode.signed) return;
    if (signature === undefined) throw new S3Error('MalformedTrailerError');
    const canonical = [...this.trailers].map(([name, value]) => `${name}:${value}\n`).join('');
    this.#check('AWS4-HMAC-SHA256-TRAILER', [sha256Hex(canonical)], signature);
  }

  #check(algorithm: string, hashes: readonly string[], given: string): void {
    if (this.#auth === undefined) throw new S3Error('SignatureDoesNotMatch');
    const { timestamp, scope, signingKey } = this.#auth;
    const text = [algorithm, timestamp, scopeText(scope), this.#previousSignature, ...hashes].join('\n');
    const expected = hmac(signingKey, text);
    if (!/^[0-9a-f]{64}$/.test(given) || !timingSafeEqual(expected, Buffer.from(given, 'hex'))) {
      throw new S3Error('SignatureDoesNotMatch');
    }
  }
}

function goesOn(): S3Error {
  return new S3Error('IncompleteBody', { message: 'The body continues after its last chunk.' });
}

/** The line up to CRLF, undefined when it has not arrived; a line over the limit is rejected. */
function takeLine(buffered: Buffer, maxBytes: number): string | undefined {
  const end = buffered.indexOf('\r\n');
  if (end > maxBytes || (end < 0 && buffered.length > maxBytes)) throw new S3Error('InvalidChunkSizeError');
  return end < 0 ? undefined : buffered.toString('latin1', 0, end);
}
