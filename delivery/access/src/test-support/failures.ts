// What tests of the parser share: a statement, and the error of a document.
import assert from 'node:assert/strict';
import { isCessError } from '@cess/primitives';
import { type ParseOptions, type PolicyKind, parsePolicy } from '../index.js';

export const statement = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::box/*' };
/** The same for identity policies. */
export const identityStatement = { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::box/*' };

/** The error with which the parser refuses a text. */
export function failure(text: string, kind: PolicyKind, options?: ParseOptions) {
  try {
    parsePolicy(text, kind, options);
  } catch (error) {
    if (isCessError(error, 'POLICY_MALFORMED', 'POLICY_TOO_LARGE')) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: `accepted: ${text}` });
}
