// What to do after an error.
import { isCessError, remedyOf } from '@cess/primitives';

/** What a person can do after this error, in one sentence; undefined for errors that are not of CESS. */
export function hintOf(thrown: unknown): string | undefined {
  return isCessError(thrown) ? remedyOf(thrown.code) : undefined;
}
