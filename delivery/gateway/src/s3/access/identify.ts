// Who sends a request, and what that caller may do.
import { type RequestAuth, tryUnsigned, verifySignature } from '../auth/verify-signature.js';
import { S3Error } from '../errors.js';
import type { ParsedRequest } from '../parsed-request.js';
import { anonymousCaller, type Caller, type Credential, type CredentialStore } from './caller.js';

export interface Identity {
  readonly auth: RequestAuth;
  readonly caller: Caller;
}

export interface IdentifyInit {
  readonly credentials: CredentialStore;
  readonly region: string;
  readonly nowMs: number;
}

/** Verifies the signature; a request without one is anonymous. Throws what Amazon documents for wrong signatures. */
export function identify(
  { method, target, headers }: ParsedRequest,
  { credentials, region, nowMs }: IdentifyInit,
): Identity {
  const unsigned = tryUnsigned({ headers, target });
  if (unsigned !== undefined) return { auth: unsigned, caller: anonymousCaller };
  let credential: Credential | undefined;
  const secretOf = (accessKeyId: string) => {
    credential = credentials.find(accessKeyId);
    return credential?.secretAccessKey;
  };
  const auth = verifySignature({ method, target, headers }, { region, nowMs, secretOf });
  if (credential === undefined) throw new S3Error('InvalidAccessKeyId');
  return { auth, caller: credential.caller };
}
