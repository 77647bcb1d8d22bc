// Errors of the object index; the S3 face maps them to Amazon's codes.
import { CessError } from '@cess/primitives';

export type IndexErrorCode =
  | 'BUCKET_EXISTS'
  | 'BUCKET_NOT_FOUND'
  | 'BUCKET_NOT_EMPTY'
  | 'OBJECT_NOT_FOUND'
  | 'PRECONDITION_FAILED'
  | 'UPLOAD_NOT_FOUND'
  | 'FILE_NOT_FOUND';

const messages: Readonly<Record<IndexErrorCode, string>> = {
  BUCKET_EXISTS: 'A bucket of this name exists already.',
  BUCKET_NOT_FOUND: 'There is no bucket of this name.',
  BUCKET_NOT_EMPTY: 'The bucket still holds objects or unfinished uploads; delete them first.',
  OBJECT_NOT_FOUND: 'There is no object under this key.',
  PRECONDITION_FAILED: 'The object changed: a condition of the request does not hold.',
  UPLOAD_NOT_FOUND: 'There is no such upload; it may have been completed or aborted.',
  FILE_NOT_FOUND: 'The index has no such file.',
};

export function indexError(code: IndexErrorCode, data: Readonly<Record<string, unknown>> = {}): CessError {
  return new CessError(code, messages[code], data);
}
