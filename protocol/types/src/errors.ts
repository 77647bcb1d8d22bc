// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors } from '@cess/primitives';

export const errors = declareErrors({
  RECEIPT_MALFORMED: {
    meaning: 'The bytes of a storage receipt do not have the right form.',
    remedy: 'Ask the provider for a new receipt.',
    retryable: false,
  },
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
