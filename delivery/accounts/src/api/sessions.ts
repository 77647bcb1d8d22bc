// New sessions, for every operation that begins one.
import type { Rng } from '@cess/primitives';
import { isoSeconds } from '../identity/caller-keys.js';
import { createId, createSecretAccessKey } from '../ids.js';
import { type Session, sealToken } from '../sessions/session-token.js';
import type { Secrets } from '../store/secrets.js';
import type { Answer } from './operation.js';

export interface SessionServices {
  readonly secrets: Secrets;
  readonly rng: Rng;
}

export type SessionPart = Pick<Session, 'account' | 'subject' | 'issuer' | 'isNarrowed' | 'policies' | 'policyArns'>;

export interface SessionTimes {
  readonly nowMs: number;
  readonly mfaAtMs: number | undefined;
  readonly seconds: number;
}

export function newSession({ rng }: SessionServices, times: SessionTimes, part: SessionPart): Session {
  const { nowMs, mfaAtMs, seconds } = times;
  return {
    ...part,
    accessKeyId: createId('ASIA', rng),
    secretAccessKey: createSecretAccessKey(rng),
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + seconds * 1000,
    mfaAtMs,
  };
}

export function credentialsShape({ secrets }: SessionServices, session: Session): Answer {
  return {
    AccessKeyId: session.accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: sealToken(secrets, session),
    Expiration: isoSeconds(session.expiresAtMs),
  };
}
