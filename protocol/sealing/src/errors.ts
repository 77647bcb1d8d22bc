// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  BLOCK_INDEX: {
    meaning: 'A block proof was requested for an index beyond the end of the fragment.',
    remedy: 'Request an index below the number of blocks.',
    retryable: false,
  },
  KEY_FILE_MALFORMED: {
    meaning: 'A key file is damaged, is not a key file, or has a newer version.',
    remedy: 'Restore the file from a backup, or update the program.',
    retryable: false,
    isMisconfiguration: true,
  },
  KEY_FILE_PASSPHRASE: {
    meaning: 'The passphrase of a key file is missing or wrong, or the file is damaged.',
    remedy: 'Set CESS_PASSPHRASE to the passphrase of this file.',
    retryable: false,
    isMisconfiguration: true,
  },
  KEY_FILE_PLAINTEXT: {
    meaning: 'A key file without a passphrase was used where one is required.',
    remedy: 'Encrypt the key file with a passphrase.',
    retryable: false,
    isMisconfiguration: true,
  },
  KEY_FILE_PURPOSE: {
    meaning: 'A key file was made for another purpose.',
    remedy: 'Use the key file that belongs to this role.',
    retryable: false,
    isMisconfiguration: true,
  },
  SEALED_FRAME_INVALID: withData<{ readonly index: number }>({
    meaning: 'A frame of a sealed stream failed authentication: wrong key, damaged, reordered or truncated.',
    remedy: 'Read the data from other fragments; if that fails too, the object is damaged.',
    retryable: false,
  }),
  WRAP_INVALID: {
    meaning: 'A key wrap is damaged or was made for another key or purpose.',
    remedy: 'Use the key that the wrap was made for.',
    retryable: false,
  },
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
