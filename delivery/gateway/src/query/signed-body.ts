// The body of a request to IAM, STS, KMS or the admin API. The signature covers it, so it is read before the signature is verified,
// within a bound, and only for access keys that exist.
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type ConditionKeys, conditionKeys } from '@cess/access';
import { type Accounts, type Credentials, IamError } from '@cess/accounts';
import type { AccountLimits } from '../limits/account-limits.js';
import { claimedScope, type SignatureRequest, securityToken, verifySignature } from '../s3/auth/verify-signature.js';
import type { RequestBody } from '../s3/body/request-body.js';
import { S3Error } from '../s3/errors.js';
import { credentialError } from './query-errors.js';

/** IAM is one service for all regions, and clients sign for this one. */
const globalRegion = 'us-east-1';

export interface SignedBodyServices {
  readonly accounts: Accounts;
  readonly limits: AccountLimits;
  readonly region: string;
  readonly nowMs: () => number;
}

export interface SignedExchange {
  readonly signed: SignatureRequest;
  readonly service: string;
  readonly request: IncomingMessage;
  readonly body: RequestBody;
}

/** Throws S3Error and IamError for what is wrong with the signature, and for an account over its limits. */
export async function readSignedBody(
  services: SignedBodyServices,
  { signed, service, body }: SignedExchange,
  maxBytes: number,
): Promise<{ readonly credentials: Credentials; readonly bytes: Uint8Array }> {
  const { accounts, limits, nowMs } = services;
  const claimed = claimedScope(signed)?.accessKeyId ?? '';
  const found = await accounts.credentials(claimed, securityToken(signed), nowMs());
  if (!found.ok) throw credentialError(found.error);
  const credentials = found.value;
  const bytes = await readBody(body, maxBytes);
  /** Returns the region for which the request is signed. */
  const verifyBody = (): string => {
    const bodyHash = createHash('sha256').update(bytes).digest('hex');
    const auth = verifySignature(signed, {
      region: services.region,
      alsoRegion: globalRegion,
      service,
      nowMs: nowMs(),
      bodyHash,
      secretOf: () => credentials.secretAccessKey,
    });
    if (auth.payloadHash !== bodyHash) throw new S3Error('SignatureDoesNotMatch');
    return auth.scope.region;
  };
  const region = signed.session === undefined ? verifyBody() : services.region;
  accounts.noteUse(claimed, { atMs: nowMs(), service, region });
  const waitSeconds = limits.admit(credentials.caller.account.id);
  if (waitSeconds > 0) throw new IamError('Throttling', `Rate exceeded; try again in ${waitSeconds} seconds.`);
  return { credentials, bytes };
}

export async function readBody(body: RequestBody, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body.chunks()) {
    size += chunk.length;
    if (size > maxBytes) throw new IamError('InvalidInput', `A request has at most ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Condition keys that follow from the request. */
export function requestConditions(
  { signed, request: { socket } }: Pick<SignedExchange, 'signed' | 'request'>,
  region: string,
): ConditionKeys {
  return conditionKeys({
    'aws:SourceIp': socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/i, ''),
    'aws:SecureTransport': String('encrypted' in socket),
    'aws:UserAgent': signed.headers['user-agent'],
    'aws:RequestedRegion': region,
    'aws:ViaAWSService': 'false',
  });
}
