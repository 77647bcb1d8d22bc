// Who sends a form: the fields carry a policy and its signature (Signature Version 4, "Authenticating requests in browser-based
// uploads using POST"). A form without a policy is sent by the caller of the request, who is anonymous as a rule.

import { hmac, signingKey } from '@cess/signature-v4';
import type { Caller, CredentialStore } from '../access/caller.js';
import { equalSignature, mechanismNotSupported, parseCredential, parseTimestamp } from '../auth/verify-signature.js';
import { S3Error } from '../errors.js';

export interface SignedForm {
  readonly caller: Caller;
  readonly accessKeyId: string;
  /** When the policy was signed. */
  readonly timeMs: number;
}

/** Verifies the signature of the field `policy`. Throws what Amazon documents for each way in which it can be wrong. */
export async function verifyForm(
  fields: ReadonlyMap<string, string>,
  { credentials, region }: { readonly credentials: CredentialStore; readonly region: string },
): Promise<SignedForm> {
  const field = (name: string): string => {
    const value = fields.get(name);
    if (value !== undefined) return value;
    throw new S3Error('InvalidArgument', {
      message: `Bucket POST must contain a field named '${name}'. If it is specified, please check the order of the fields.`,
      details: { ArgumentName: name, ArgumentValue: '' },
    });
  };
  if (fields.has('awsaccesskeyid')) throw mechanismNotSupported();
  if (field('x-amz-algorithm') !== 'AWS4-HMAC-SHA256') throw mechanismNotSupported();
  const scope = parseCredential(field('x-amz-credential'));
  const timestamp = field('x-amz-date');
  const timeMs = parseTimestamp(timestamp);
  if (scope === undefined || timeMs === undefined || !timestamp.startsWith(scope.date)) {
    throw new S3Error('InvalidArgument', { message: 'x-amz-credential or x-amz-date is malformed.' });
  }
  if (scope.service !== 's3' || scope.region !== region) {
    throw new S3Error('AuthorizationHeaderMalformed', {
      message: `The credential names the region '${scope.region}' and the service '${scope.service}'; expecting '${region}' and 's3'.`,
      details: { Region: region },
    });
  }
  const { accessKeyId } = scope;
  const credential = await credentials.find(accessKeyId, fields.get('x-amz-security-token'));
  if (credential === undefined) throw new S3Error('InvalidAccessKeyId', { details: { AWSAccessKeyId: accessKeyId } });
  const expected = hmac(signingKey(credential.secretAccessKey, scope), field('policy'));
  if (!equalSignature(expected, field('x-amz-signature'))) throw new S3Error('SignatureDoesNotMatch');
  credentials.noteUse(accessKeyId);
  return { caller: credential.caller, accessKeyId, timeMs };
}
