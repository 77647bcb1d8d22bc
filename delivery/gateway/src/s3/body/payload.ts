// The body of an upload as plaintext chunks. Everything that the request states about it is verified: length, payload
// hash, chunk signatures, Content-MD5, checksum. The iteration throws when a check fails; an object may be committed
// only after the iteration has completed.

import { createHash } from 'node:crypto';

import type { RequestAuth } from '../auth/verify-signature.js';
import { S3Error } from '../errors.js';
import {
  type ChecksumAlgorithm,
  type ChecksumClaim,
  checksumClaim,
  checksumHeader,
  createChecksum,
  isChecksumValue,
} from './checksums.js';
import { ChunkedDecoder, chunkedMode } from './chunked-decoder.js';
import type { RequestBody } from './request-body.js';

interface PayloadDigests {
  /** Lower-case hex. */
  readonly md5: string;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined;
}

export interface Payload {
  /** Length of the plaintext, known before it is read. */
  readonly length: number;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** After the iteration has ended. */
  digests(): PayloadDigests;
}

export interface PayloadInit {
  readonly body: Pick<RequestBody, 'chunks'>;
  readonly headers: Readonly<Record<string, string>>;
  readonly auth: RequestAuth;
  /** Computed also when the request names none. */
  readonly defaultAlgorithm?: ChecksumAlgorithm | undefined;
}

/** Checks the headers that describe a body, and returns the body as a verified stream. */
export async function openPayload({ body, headers, auth, defaultAlgorithm }: PayloadInit): Promise<Payload> {
  const mode = chunkedMode(auth.payloadHash);
  if (mode === undefined && auth.payloadHash !== 'UNSIGNED-PAYLOAD' && !/^[0-9a-f]{64}$/.test(auth.payloadHash)) {
    throw new S3Error('InvalidArgument', {
      message:
        'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, a STREAMING- mode that is supported, or a valid sha256 value.',
    });
  }
  const decodedLength = headers['x-amz-decoded-content-length'];
  const length = parseLength(mode === undefined ? headers['content-length'] : decodedLength);
  if (decodedLength !== undefined && parseLength(decodedLength) !== length) {
    throw new S3Error('InvalidRequest', { message: 'x-amz-decoded-content-length contradicts Content-Length.' });
  }
  const expectedMd5 = parseContentMd5(headers['content-md5']);
  const claim = checksumClaim(headers);
  if (claim?.inTrailer === true && mode?.trailer !== true) {
    throw new S3Error('InvalidRequest', { message: 'x-amz-trailer announces a trailer, but the body has none.' });
  }
  const algorithm = claim?.algorithm ?? defaultAlgorithm;
  const checksum = algorithm === undefined ? undefined : await createChecksum(algorithm);
  const decoder =
    mode === undefined ? undefined : new ChunkedDecoder(mode, auth.accessKeyId === undefined ? undefined : auth);
  const sha256 = mode === undefined && auth.payloadHash !== 'UNSIGNED-PAYLOAD' ? createHash('sha256') : undefined;
  const md5 = createHash('md5');
  let digests: PayloadDigests | undefined;

  async function* chunks(): AsyncGenerator<Uint8Array> {
    let received = 0;
    for await (const chunk of decoder === undefined ? body.chunks() : decoder.decode(body.chunks())) {
      received += chunk.length;
      if (received > length) throw new S3Error('IncompleteBody', { message: 'The body is longer than was declared.' });
      md5.update(chunk);
      sha256?.update(chunk);
      checksum?.update(chunk);
      yield chunk;
    }
    if (received !== length) throw new S3Error('IncompleteBody');
    if (sha256 !== undefined && sha256.digest('hex') !== auth.payloadHash)
      throw new S3Error('XAmzContentSHA256Mismatch');
    const md5Digest = md5.digest();
    if (expectedMd5 !== undefined && !md5Digest.equals(expectedMd5)) throw new S3Error('BadDigest');
    const value = checksum?.finish();
    const inTrailer = trailerChecksum(decoder, claim);
    const stated = claim?.value ?? inTrailer;
    if (stated !== undefined && stated !== value) throw new S3Error('BadDigest');
    digests = {
      md5: md5Digest.toString('hex'),
      checksum: algorithm === undefined || value === undefined ? undefined : { algorithm, value },
    };
  }

  return {
    length,
    chunks: chunks(),
    digests: () => {
      if (digests === undefined)
        throw new S3Error('InternalError', { message: 'The body has not been read to its end.' });
      return digests;
    },
  };
}

/**
 * Reads a small body (an XML document) at once, with the same checks. For requests whose checksum headers describe an
 * object (CompleteMultipartUpload), `checksumOf` is `object` and they are not checked against the document.
 */
export async function readWholeBody(
  init: PayloadInit,
  maxBytes: number,
  checksumOf: 'body' | 'object' = 'body',
): Promise<Buffer> {
  const headers = checksumOf === 'body' ? init.headers : withoutChecksums(init.headers);
  const payload = await openPayload({ ...init, headers });
  if (payload.length > maxBytes) throw new S3Error('MaxMessageLengthExceeded');
  const pieces: Uint8Array[] = [];
  for await (const piece of payload.chunks) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

function parseLength(text: string | undefined): number {
  if (text === undefined) throw new S3Error('MissingContentLength');
  const length = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(length))
    throw new S3Error('InvalidArgument', { message: 'The length of the body is not a number.' });
  return length;
}

function parseContentMd5(text: string | undefined): Buffer | undefined {
  if (text === undefined) return undefined;
  const digest = Buffer.from(text, 'base64');
  if (digest.length !== 16 || digest.toString('base64') !== text) throw new S3Error('InvalidDigest');
  return digest;
}

function withoutChecksums(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('x-amz-checksum-')));
}

/** The checksum in the trailer, which must hold what was announced and nothing else. */
function trailerChecksum(decoder: ChunkedDecoder | undefined, claim: ChecksumClaim | undefined): string | undefined {
  if (decoder === undefined) return undefined;
  const announced = claim?.inTrailer === true ? checksumHeader(claim.algorithm) : undefined;
  if ([...decoder.trailers.keys()].some((name) => name !== announced)) throw new S3Error('MalformedTrailerError');
  if (claim === undefined || announced === undefined) return undefined;
  const value = decoder.trailers.get(announced);
  if (value === undefined || !isChecksumValue(claim.algorithm, value)) throw new S3Error('MalformedTrailerError');
  return value;
}
