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
  },
  KEY_FILE_PASSPHRASE: {
    meaning: 'The passphrase of a key file is missing or wrong, or the file is damaged.',
    remedy: 'Set CESS_PASSPHRASE to the passphrase of this file.',
    retryable: false,
  },
  KEY_FILE_PLAINTEXT: {
    meaning: 'A key file without a passphrase was used where one is required.',
    remedy: 'Encrypt the key file with a passphrase.',
    retryable: false,
  },
  KEY_FILE_PURPOSE: {
    meaning: 'A key file was made for another purpose.',
    remedy: 'Use the key file that belongs to this role.',
    retryable: false,
  },
  KEY_INVALID: {
    meaning: 'A key has the right length but is not a usable key.',
    remedy: 'Create another key, or ask its owner for the right one.',
    retryable: false,
  },
  KEY_LENGTH: withData<{ readonly length?: number }>({
    meaning: 'A key, seed or hash has the wrong length.',
    remedy: 'Pass a value of the length that the message states.',
    retryable: false,
  }),
  SEALED_FRAME_INVALID: withData<{ readonly index: number }>({
    meaning: 'A frame of a sealed stream failed authentication: wrong key, damaged, reordered or truncated.',
    remedy: 'Read the data from other fragments; if that fails too, the object is damaged.',
    retryable: false,
  }),
  SS58_LENGTH: {
    meaning: 'An account id is not 32 bytes long.',
    remedy: 'Pass a 32-byte account id.',
    retryable: false,
  },
  SS58_PREFIX: withData<{ readonly prefix: number }>({
    meaning: 'An SS58 prefix is out of range or reserved.',
    remedy: 'Use a prefix from 0 to 16383 other than 46 and 47.',
    retryable: false,
  }),
  VRF_NO_POINT: {
    meaning: 'No counter maps this VRF input to a point of the curve.',
    remedy: 'Change the input; the probability is negligible for honest input.',
    retryable: false,
  },
  WRAP_INVALID: {
    meaning: 'A key wrap is damaged or was made for another key or purpose.',
    remedy: 'Use the key that the wrap was made for.',
    retryable: false,
  },
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
