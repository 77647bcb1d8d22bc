// The error codes of this package (docs/errors.md lists those of all packages).
import { CessError, type DataOf, declareErrors, messageOf, withData } from '@cess/primitives';
import { systemErrorCode } from './fs-port.js';

export const errors = declareErrors({
  FRAGMENT_BODY_BROKEN: {
    meaning: 'An upload ended before its announced length.',
    remedy: 'Send the fragment again.',
    retryable: true,
  },
  FRAGMENT_INVALID: withData<{ readonly length?: number }>({
    meaning: 'The id, gateway, expiry or length of a fragment is not valid.',
    remedy: 'Correct the request.',
    retryable: false,
  }),
  FRAGMENT_LENGTH: withData<{ readonly expected: number }>({
    meaning: 'An upload is longer or shorter than announced.',
    remedy: 'Send the fragment with its right length.',
    retryable: false,
  }),
  FRAGMENT_NOT_FOUND: {
    meaning: 'The provider does not hold this fragment.',
    remedy: 'Read another fragment of the segment.',
    retryable: false,
  },
  FRAGMENT_OWNED: {
    meaning: 'The provider holds this fragment for another gateway.',
    remedy: 'Store the fragment with another provider.',
    retryable: false,
  },
  FRAGMENT_RANGE: withData<{ readonly length?: number }>({
    meaning: 'A range lies outside of the fragment.',
    remedy: 'Request a range inside the fragment.',
    retryable: false,
  }),
  FRAGMENT_ROOT_MISMATCH: {
    meaning: 'The uploaded bytes do not have the announced Merkle root.',
    remedy: 'Send the right bytes.',
    retryable: false,
  },
  FRAGMENT_STORE_CLOSED: {
    meaning: 'The fragment store is closed.',
    remedy: 'Start the provider.',
    retryable: false,
  },
  FRAGMENT_STORE_CORRUPT: {
    meaning: 'The format file of a fragment store is missing or damaged.',
    remedy: 'Restore it from a backup, or use another directory.',
    retryable: false,
  },
  FRAGMENT_STORE_FAILED: withData<{ readonly dir: string }>({
    meaning: 'The disk failed during a write; what was acknowledged is safe.',
    remedy: 'Check the disk. The store takes changes again as soon as the disk does; until then uploads are rejected.',
    retryable: true,
  }),
  FRAGMENT_STORE_FULL: withData<{
    readonly dir?: string;
    readonly reason?: string;
    readonly maxBytes?: number;
    readonly freeBytes?: number;
    readonly minFreeBytes?: number;
  }>({
    meaning: 'The declared space is used up, or the disk is full; nothing that was stored is lost.',
    remedy: 'Free disk space, or declare more space.',
    retryable: true,
  }),
  FRAGMENT_STORE_GENESIS: {
    meaning: 'The fragment store belongs to another network.',
    remedy: 'Use another directory.',
    retryable: false,
    isMisconfiguration: true,
  },
  FRAGMENT_STORE_GONE: withData<{ readonly dir: string }>({
    meaning: 'The folder of the fragment store was removed or became unreadable while the provider ran.',
    remedy: 'Put the folder back, then restart the provider; until then it answers 503 and does no duties.',
    retryable: true,
  }),
  FRAGMENT_STORE_IO: withData<{
    readonly dir?: string;
    readonly reason?: string;
    readonly log?: number;
    readonly root?: string;
  }>({
    meaning: 'Reading or writing a file of the fragment store failed.',
    remedy: 'Check the disk; damaged fragments are rebuilt from other providers.',
    retryable: true,
  }),
  FRAGMENT_STORE_PERMISSION: withData<{ readonly dir: string; readonly reason: string }>({
    meaning: 'The process may not write the fragment store.',
    remedy: 'Give the user of the process read and write access to the directory.',
    retryable: false,
  }),
  FRAGMENT_STORE_VERSION: {
    meaning: 'A newer version of the program wrote the fragment store.',
    remedy: 'Update the program.',
    retryable: false,
    isMisconfiguration: true,
  },
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}

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
        { cause: thrown },
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new CessError(
        'FRAGMENT_STORE_PERMISSION',
        `No permission to write ${dir}. Give this user access to it.`,
        data,
        { cause: thrown },
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
