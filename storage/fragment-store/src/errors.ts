// Coded errors of the store. Failures of the disk keep their cause and say what to do.
import { CessError, messageOf } from '@cess/primitives';
import { systemErrorCode } from './fs-port.js';

/** A `CessError` for whatever the file system threw; a `CessError` passes unchanged. */
export function mapFsError(thrown: unknown, dir: string): CessError {
  if (thrown instanceof CessError) return thrown;
  const data = { dir, reason: messageOf(thrown) };
  switch (systemErrorCode(thrown)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new CessError(
        'FRAGMENT_STORE_FULL',
        `The disk of ${dir} is full. Free space; nothing stored is lost.`,
        data,
        {
          cause: thrown,
        },
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new CessError(
        'FRAGMENT_STORE_PERMISSION',
        `No permission to write ${dir}. Give this user access to it.`,
        data,
        {
          cause: thrown,
        },
      );
    default:
      return new CessError('FRAGMENT_STORE_IO', `Reading or writing ${dir} failed: ${messageOf(thrown)}`, data, {
        cause: thrown,
      });
  }
}

export function notFound(): CessError {
  return new CessError('FRAGMENT_NOT_FOUND', 'This fragment is not stored here.');
}
