// Requests to a gateway whose index is a copy of another one's.
import { isCessError } from '@cess/primitives';
import { S3Error, toS3Error } from './errors.js';
import type { ParsedRequest } from './parsed-request.js';

/** Throws MethodNotAllowed. */
export function requireRead({ method }: ParsedRequest): void {
  if (method === 'GET' || method === 'HEAD' || method === 'OPTIONS') return;
  throw new S3Error('MethodNotAllowed', {
    message:
      'This gateway serves a copy of the index of another gateway, which is read-only. Write at the other gateway.',
  });
}

/** What is missing from a copy that is still being made may exist: the client tries again. */
export function notYetHere(error: unknown): unknown {
  const isMissing = toS3Error(error).status === 404 || isCessError(error, 'FILE_NOT_FOUND');
  return isMissing ? new S3Error('SlowDown', { headers: { 'retry-after': '1' } }) : error;
}
