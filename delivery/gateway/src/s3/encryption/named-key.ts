// Encryption with named keys (SSE-KMS; ADR 64): what a request states about the key, and the key itself, for callers who may use it.
import { IamError, type KeyMaterial, type KeyReference, namedKeyArn } from '@cess/accounts';
import { dataPathError } from '@cess/data-path';
import { utf8 } from '@cess/primitives';
import type { StreamLock } from '@cess/sealing';
import type { S3Context } from '../context.js';
import { S3Error, type S3ErrorCode } from '../errors.js';
import { headerText } from '../request.js';
import type { NamedEncryption } from './object-encryption.js';

export type KeyUser = Pick<S3Context, 'headers' | 'caller' | 'access' | 'namedKeys' | 'region' | 'nowMs'>;

const prefix = 'x-amz-server-side-encryption';
export const namedKeyHeaders = {
  key: `${prefix}-aws-kms-key-id`,
  context: `${prefix}-context`,
  bucketKey: `${prefix}-bucket-key-enabled`,
} as const;
const maxContextBytes = 4_096;

const errors: Readonly<Record<string, S3ErrorCode>> = {
  DisabledException: 'KMS.DisabledException',
  KMSInvalidStateException: 'KMS.KMSInvalidStateException',
  NotFoundException: 'KMS.NotFoundException',
  InvalidArnException: 'InvalidArgument',
  LimitExceededException: 'SlowDown',
};

/** The key, for a caller whom policies allow the action. Throws AccessDenied, and `KMS.…` for a key that cannot be used. */
export async function useNamedKey(
  user: KeyUser,
  action: 'kms:Decrypt' | 'kms:GenerateDataKey',
  reference: KeyReference,
): Promise<KeyMaterial> {
  if (user.caller.account === undefined) throw new S3Error('AccessDenied');
  try {
    const key = await user.namedKeys.use(reference, user.nowMs());
    if (!user.access.allowsKey(action, { arn: key.arn, account: reference.account })) throw new S3Error('AccessDenied');
    return key;
  } catch (error) {
    throw error instanceof IamError ? asS3Error(error) : error;
  }
}

export function asS3Error(error: IamError): S3Error {
  return new S3Error(errors[error.code] ?? 'InternalError', { message: error.message, cause: error });
}

export function lockOf(key: KeyMaterial, version: number, { account, keyId, context }: NamedEncryption): StreamLock {
  const material = key.material(version);
  if (material === undefined) throw dataPathError('GATEWAY_KEY_MISSING');
  const bound = utf8(JSON.stringify([account, keyId, context]));
  return { type: 'named', version, key: material, context: bound };
}

export function namedEncryptionHeaders(
  { account, keyId, isBucketKeyEnabled }: NamedEncryption,
  region: string,
): Record<string, string> {
  return {
    [prefix]: 'aws:kms',
    [namedKeyHeaders.key]: namedKeyArn(region, account, keyId),
    ...(isBucketKeyEnabled ? { [namedKeyHeaders.bucketKey]: 'true' } : {}),
  };
}

/** The encryption context of a request in a canonical form; empty without one. Throws InvalidArgument. */
export function parseEncryptionContext(encoded: string | undefined): string {
  if (encoded === undefined) return '';
  const bytes = Buffer.from(encoded, 'base64');
  const parsed = bytes.length > maxContextBytes ? undefined : tryParse(bytes.toString('utf8'));
  const entries = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? Object.entries(parsed) : [];
  if (entries.length === 0 || entries.some(([, value]) => typeof value !== 'string')) {
    throw new S3Error('InvalidArgument', {
      message: 'The encryption context must be a JSON object of texts in base64.',
      details: { ArgumentName: namedKeyHeaders.context },
    });
  }
  return JSON.stringify(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** Throws InvalidArgument for another text. */
export function parseBucketKeyEnabled(text: string | undefined): boolean | undefined {
  const value = text?.trim().toLowerCase();
  if (value === undefined) return undefined;
  if (value === 'true' || value === 'false') return value === 'true';
  throw new S3Error('InvalidArgument', {
    details: { ArgumentName: namedKeyHeaders.bucketKey, ArgumentValue: headerText(value.slice(0, 64)) },
  });
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
