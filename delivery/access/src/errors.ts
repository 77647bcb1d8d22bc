// The error codes of this package (docs/errors.md lists those of all packages).
import { CessError, type DataOf, declareErrors, withData } from '@cess/primitives';

/** `at` is the path of the wrong element, for example `Statement[1].Condition.StringLike.aws:username`. */
interface Place {
  readonly at: string;
}

export const errors = declareErrors({
  ACL_MALFORMED: withData<Place>({
    meaning: 'An access control list or one of its grants is not valid.',
    remedy: 'Correct the grant that the message names.',
    retryable: false,
  }),
  ACL_NOT_SUPPORTED: {
    meaning: 'The bucket enforces the ownership of its owner, so access control lists have no effect there.',
    remedy: 'Grant access by a bucket policy, or change the object ownership of the bucket.',
    retryable: false,
  },
  CORS_INVALID: withData<Place>({
    meaning: 'A value in a CORS configuration is not valid.',
    remedy: 'Correct the rule that the message names.',
    retryable: false,
  }),
  CORS_MALFORMED: withData<Place>({
    meaning: 'A CORS configuration lacks an element, or an element cannot be read.',
    remedy: 'Correct the rule that the message names.',
    retryable: false,
  }),
  LIFECYCLE_INVALID_COMBINATION: withData<Place>({
    meaning: 'Elements of a lifecycle rule cannot stand beside each other.',
    remedy: 'Correct the rule that the message names.',
    retryable: false,
  }),
  LIFECYCLE_INVALID_VALUE: withData<Place>({
    meaning: 'A value in a lifecycle rule lies outside its bounds.',
    remedy: 'Correct the rule that the message names.',
    retryable: false,
  }),
  LIFECYCLE_MALFORMED: withData<Place>({
    meaning: 'A lifecycle configuration lacks an element, or an element cannot be read.',
    remedy: 'Correct the rule that the message names.',
    retryable: false,
  }),
  POLICY_MALFORMED: withData<Place>({
    meaning: 'A policy document is not valid.',
    remedy: 'Correct the element that the message names.',
    retryable: false,
  }),
  POLICY_TOO_LARGE: withData<{ readonly size: number; readonly limit: number }>({
    meaning: 'A policy document is larger than its kind may be.',
    remedy: 'Combine statements with wildcards, or split the policy.',
    retryable: false,
  }),
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}

/** The path of a wrong element, followed by what is wrong with it. */
export function policyError(at: string, what: string): CessError<'POLICY_MALFORMED'> {
  return new CessError('POLICY_MALFORMED', `${at} ${what}.`, { at });
}
