// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  DISPUTE_REFUSED: withData<{ readonly reason: string }>({
    meaning: 'The chain refused the dispute of a wrong verdict.',
    remedy: 'Read the reason; the dispute is submitted again while the verdict stands. Its account needs the deposit.',
    retryable: true,
  }),
  VERIFIER_FAILED: withData<{ readonly reason: string }>({
    meaning: 'A proof could not be verified because the verification thread failed.',
    remedy: 'Read the log for the cause; the proof is verified again later.',
    retryable: true,
  }),
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
