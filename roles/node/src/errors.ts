// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  VOTER_FILE_MALFORMED: withData<{ readonly file: string }>({
    meaning:
      'The file beside the key of an authority does not say what the key has voted: it is damaged, or of a newer version.',
    remedy:
      'Update the program; for a damaged file see docs/operations/validators.md. Never put the file back from a backup.',
    retryable: false,
    isMisconfiguration: true,
  }),
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
