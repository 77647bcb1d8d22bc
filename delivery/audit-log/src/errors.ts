// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  AUDIT_LOG_CLOSED: {
    meaning: 'The audit log is closed.',
    remedy: 'Nothing: the gateway ends.',
    retryable: true,
  },
  AUDIT_LOG_DAMAGED: withData<{ readonly file: string; readonly offset: number }>({
    meaning: 'A segment of the audit log does not continue the one before it, or one of its entries cannot be read.',
    remedy: 'Compare the file with a backup. Entries before the damage can still be verified.',
    retryable: false,
  }),
  AUDIT_LOG_FULL: {
    meaning: 'Too many entries wait for the disk of the audit log.',
    remedy: 'Try again later; check the disk of the gateway.',
    retryable: true,
  },
  AUDIT_LOG_WRITE_FAILED: {
    meaning: 'The audit log cannot be written, so that nothing may change.',
    remedy: 'Check the disk of the gateway; the log goes on by itself when it can be written.',
    retryable: true,
  },
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
