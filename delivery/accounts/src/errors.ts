// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors, withData } from '@cess/primitives';

export const errors = declareErrors({
  ACCOUNT_ID_TAKEN: withData<{ readonly account: string }>({
    meaning: 'Two owners have the same account id, so one gateway cannot serve both.',
    remedy: 'Serve one of the two owners by another gateway.',
    retryable: false,
    isMisconfiguration: true,
  }),
  ACCOUNT_SECRET_UNREADABLE: {
    meaning: 'A secret in the account store was sealed by another gateway key.',
    remedy: 'Start the gateway with the key file that it had when it stored the secret.',
    retryable: false,
  },
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
