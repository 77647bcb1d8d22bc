// Signs forms with which browsers upload (Amazon S3 API Reference, "POST Policy"): a page sends the fields and a file, and cannot change what
// the policy names.
import { toHex } from '@cess/primitives';
import { hmac, scopeText, signingKey } from './canonical.js';
import { amzTimestamp, type SigningCredentials, scopeOf } from './sign-request.js';

/** What a form may store. */
export interface FormToSign {
  readonly bucket: string;
  /** Fields of the form with their values: `key`, and for example `Content-Type` or `acl`. */
  readonly fields: Readonly<Record<string, string>>;
  /** The greatest size of the file. */
  readonly maxBytes: number;
  /** From 1. */
  readonly expiresSeconds: number;
}

/** All fields of the form but the file, which comes last. */
export function signedForm(
  { bucket, fields, maxBytes, expiresSeconds }: FormToSign,
  credentials: SigningCredentials,
  nowMs: number,
): Readonly<Record<string, string>> {
  const timestamp = amzTimestamp(nowMs);
  const { accessKeyId, sessionToken } = credentials;
  const stated = {
    ...fields,
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-credential': `${accessKeyId}/${scopeText(scopeOf(credentials, timestamp, 's3'))}`,
    'x-amz-date': timestamp,
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  const conditions = [
    { bucket },
    ...Object.entries(stated).map(([name, value]) => ({ [name]: value })),
    ['content-length-range', 0, maxBytes],
  ];
  const expiration = new Date(nowMs + 1000 * expiresSeconds).toISOString();
  const policy = btoa(asciiJson({ expiration, conditions }));
  return { ...stated, policy, 'x-amz-signature': policySignature(policy, credentials, timestamp) };
}

/** The signature of a policy in Base64, in hex. `timestamp` is that of the field `x-amz-date`. */
export function policySignature(policy: string, credentials: SigningCredentials, timestamp: string): string {
  const key = signingKey(credentials.secretAccessKey, scopeOf(credentials, timestamp, 's3'));
  return toHex(hmac(key, policy));
}

/** Base64 of the platform takes no other characters. */
function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
