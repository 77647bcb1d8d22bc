// Condition keys that follow from the caller ("AWS global condition context keys").
import { type ConditionKeys, combineKeys, principalKeys } from '@cess/access';
import type { Caller } from './caller.js';

/** `nowMs` is the time of the request. Amazon gives the keys of MFA only for temporary credentials. */
export function callerKeys({ principal, userId, session }: Omit<Caller, 'keys'>): ConditionKeys {
  return combineKeys(principalKeys(principal), (key) => {
    if (key === 'aws:userid') return userId;
    if (session === undefined) return undefined;
    switch (key) {
      case 'aws:multifactorauthpresent':
        return String(session.mfaAtMs !== undefined);
      case 'aws:tokenissuetime':
        return isoSeconds(session.issuedAtMs);
      default:
        return undefined;
    }
  });
}

/** The age of the MFA sign-in at the time of a request: aws:MultiFactorAuthAge. */
export function mfaAgeKeys({ session }: Pick<Caller, 'session'>, nowMs: number): ConditionKeys {
  return (key) =>
    key === 'aws:multifactorauthage' && session?.mfaAtMs !== undefined
      ? String(Math.floor((nowMs - session.mfaAtMs) / 1000))
      : undefined;
}

/** A time in UTC with seconds. */
export function isoSeconds(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`;
}
