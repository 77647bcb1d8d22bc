// The error codes of this package, and the type into which all packages merge theirs.
import { type DataOf, declareErrors, withData } from './error-declarations.js';

export const errors = declareErrors({
  ABORTED: {
    meaning: 'The caller or a shutdown aborted the operation.',
    remedy: 'None; start the operation again if its result is still needed.',
    retryable: false,
  },
  HEX_MALFORMED: withData<{ readonly length: number }>({
    meaning: 'A text that must be hexadecimal has an odd length or holds another character.',
    remedy: 'Pass an even number of hexadecimal digits.',
    retryable: false,
  }),
});

/** Error code to the type of its data. Each package adds its codes by declaration merging. */
export interface ErrorCodes extends DataOf<typeof errors> {}
