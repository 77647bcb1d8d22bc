// Who sends a request.
import {
  claimedScope,
  type RequestAuth,
  type SignatureRequest,
  securityToken,
  tryUnsigned,
  verifySignature,
} from '../auth/verify-signature.js';
import { S3Error } from '../errors.js';
import { anonymousCaller, type Caller, type CredentialStore } from './caller.js';

export interface Identity {
  readonly auth: RequestAuth;
  readonly caller: Caller;
}

export interface IdentifyInit {
  readonly credentials: CredentialStore;
  readonly region: string;
  readonly nowMs: number;
}

/** Verifies the signature, unless a session stands in its place; a request without either is anonymous. Throws what Amazon documents for wrong signatures. */
export async function identify(
  request: SignatureRequest,
  { credentials, region, nowMs }: IdentifyInit,
): Promise<Identity> {
  const unsigned = tryUnsigned(request);
  if (unsigned !== undefined) {
    // A session token proves nothing without the signature of its access key.
    if (securityToken(request) !== undefined) throw new S3Error('InvalidToken');
    return { auth: unsigned, caller: anonymousCaller };
  }
  const claimed = claimedScope(request)?.accessKeyId;
  const credential = claimed === undefined ? undefined : await credentials.find(claimed, securityToken(request));
  if (request.session !== undefined) {
    // The console has verified the secret at the sign-in; whether the key is still valid is decided for every request.
    if (credential === undefined) throw new S3Error('InvalidAccessKeyId');
    credentials.noteUse(request.session.accessKeyId);
    return { auth: { accessKeyId: undefined, payloadHash: 'UNSIGNED-PAYLOAD' }, caller: credential.caller };
  }
  const secretOf = () => credential?.secretAccessKey;
  const auth = verifySignature(request, { region, nowMs, secretOf });
  if (credential === undefined) throw new S3Error('InvalidAccessKeyId');
  credentials.noteUse(auth.accessKeyId);
  return { auth, caller: credential.caller };
}
