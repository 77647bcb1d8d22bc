// The error codes of this package (docs/errors.md lists those of all packages).
import { CessError, type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  RECORD_VERSION: withData<{ readonly name: string; readonly found: number; readonly expected: number }>({
    meaning: 'A record on disk was written by a newer version of the program.',
    remedy: 'Update the program, or restore the folder from a backup of the version that runs.',
    retryable: false,
    isMisconfiguration: true,
  }),
  SCALE_MALFORMED: withData<{ readonly reason: string; readonly offset: number }>({
    meaning: 'Bytes are not the canonical SCALE encoding of any value of the expected type.',
    remedy: 'Check that sender and receiver use the same version of the format; discard the bytes.',
    retryable: false,
  }),
  SCALE_UNENCODABLE: withData<{ readonly type: string; readonly value: string }>({
    meaning: 'A value does not fit the SCALE type that it is encoded as.',
    remedy: 'Report a bug with the stack trace, unless the value comes from your own input.',
    retryable: false,
  }),
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}

/** Bytes that are not the canonical encoding of any value of the type. */
export function malformed(reason: string, offset: number): CessError<'SCALE_MALFORMED'> {
  return new CessError('SCALE_MALFORMED', `The bytes are not a valid SCALE encoding: ${reason} at byte ${offset}.`, {
    reason,
    offset,
  });
}

/** A value that its declared type cannot express. */
export function unencodable(type: string, value: unknown): CessError<'SCALE_UNENCODABLE'> {
  return new CessError('SCALE_UNENCODABLE', `The value does not fit the SCALE type ${type}.`, {
    type,
    value: String(value).slice(0, 80),
  });
}
