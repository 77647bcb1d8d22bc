// Readers for single values of a lifecycle rule. Each throws `LIFECYCLE_MALFORMED`.
import { CessError } from '@cess/primitives';
import { parseDate } from '../conditions/date.js';
import { type StorageClass, storageClasses } from './rules.js';

export const dayMs = 86_400_000;
const maxDays = 2_147_483_647;

export function lifecycleError(at: string, what: string): CessError<'LIFECYCLE_MALFORMED'> {
  return new CessError('LIFECYCLE_MALFORMED', `${at} ${what}.`, { at });
}

/** A whole number between the bounds. */
export function readInteger(text: string | undefined, at: string, low: number, high = maxDays): number {
  if (text === undefined) throw lifecycleError(at, 'is missing');
  const value = /^[0-9]{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= low && value <= high)) throw lifecycleError(at, `must be a whole number from ${low} to ${high}`);
  return value;
}

/** A date of ISO 8601 at midnight UTC, in milliseconds. */
export function readMidnight(text: string, at: string): number {
  const date = text.includes('-') ? parseDate(text) : undefined;
  if (date === undefined) throw lifecycleError(at, 'must be a date of ISO 8601');
  if (date % dayMs !== 0) throw lifecycleError(at, 'must be at midnight UTC');
  return date;
}

/** Transitions lead away from STANDARD. */
export function readStorageClass(text: string | undefined, at: string): StorageClass {
  const found = storageClasses.find((name) => name === text && name !== 'STANDARD');
  if (found === undefined) throw lifecycleError(at, `must be one of ${storageClasses.slice(1).join(', ')}`);
  return found;
}
