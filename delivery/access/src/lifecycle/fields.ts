// Readers for single values of a lifecycle rule, and the errors of lifecycle configurations, which Amazon tells apart.
import { CessError } from '@cess/primitives';
import { parseDate } from '../conditions/date.js';
import { isLifecycleClass, type StorageClass, storageClasses } from './rules.js';

export const dayMs = 86_400_000;
const maxDays = 2_147_483_647;

/** The document does not have the form of a configuration. */
export function lifecycleError(at: string, what: string): CessError<'LIFECYCLE_MALFORMED'> {
  return new CessError('LIFECYCLE_MALFORMED', `${at} ${what}.`, { at });
}

/** A value lies outside its bounds. */
export function valueError(at: string, what: string): CessError<'LIFECYCLE_INVALID_VALUE'> {
  return new CessError('LIFECYCLE_INVALID_VALUE', `${at} ${what}.`, { at });
}

/** Elements of a rule do not fit together. */
export function combinationError(at: string, what: string): CessError<'LIFECYCLE_INVALID_COMBINATION'> {
  return new CessError('LIFECYCLE_INVALID_COMBINATION', `${at} ${what}.`, { at });
}

/** A whole number between the bounds. */
export function readInteger(text: string | undefined, at: string, low: number, high = maxDays): number {
  if (text === undefined) throw lifecycleError(at, 'is missing');
  const rule = `must be a whole number from ${low} to ${high}`;
  if (!/^-?[0-9]{1,15}$/.test(text)) throw lifecycleError(at, rule);
  const value = Number(text);
  if (value < low || value > high) throw valueError(at, rule);
  return value;
}

/** A date of ISO 8601 at midnight UTC, in milliseconds. */
export function readMidnight(text: string, at: string): number {
  const date = text.includes('-') ? parseDate(text) : undefined;
  if (date === undefined) throw lifecycleError(at, 'must be a date of ISO 8601');
  if (date % dayMs !== 0) throw valueError(at, 'must be at midnight UTC');
  return date;
}

export function readStorageClass(text: string | undefined, at: string): StorageClass {
  if (text !== undefined && isLifecycleClass(text)) return text;
  throw lifecycleError(at, `must be one of ${storageClasses.join(', ')}, or CESS_<data>_<parity>`);
}
