// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  KEY_INVALID: {
    meaning: 'A key has the right length but is not a usable key.',
    remedy: 'Create another key, or ask its owner for the right one.',
    retryable: false,
    isMisconfiguration: true,
  },
  KEY_LENGTH: withData<{ readonly length?: number }>({
    meaning: 'A key, seed or hash has the wrong length.',
    remedy: 'Pass a value of the length that the message states.',
    retryable: false,
    isMisconfiguration: true,
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
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
