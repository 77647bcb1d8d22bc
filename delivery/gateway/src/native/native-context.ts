// Requests of the native API as those of S3: what S3 requests store and read goes through the same checks, settings of the bucket,
// encryption and data path.
import { isCessError, toHex, utf8 } from '@cess/primitives';
import { anonymousCaller, type Caller } from '../s3/access/caller.js';
import { createAccess } from '../s3/access/create-access.js';
import { configurationsOfNewBucket } from '../s3/acl/new-bucket.js';
import { type NamedBucket, withDocument } from '../s3/configurations/configuration.js';
import { lifecycleConfiguration } from '../s3/configurations/lifecycle.js';
import type { S3Context } from '../s3/context.js';
import { S3Error } from '../s3/errors.js';
import { rulesOf } from '../s3/operations/operation-rules.js';
import { bucketOfFid, isFid, isNativeBucket, nativeBucketName } from './file-id.js';
import { NativeError } from './native-error.js';
import type { NativeCall, SignedCall } from './native-route.js';

export interface ContextOf {
  readonly bucket: NamedBucket;
  readonly key: string;
  /** In place of those of the request: none of these states anything of S3. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: readonly (readonly [string, string])[];
}

/** The context of an S3 operation on the object, for the signer of the request. Names the object in the audit log. */
export function contextOf(call: NativeCall, { bucket, key, headers = {}, query = [] }: ContextOf): S3Context {
  const { services, request, record, wallet } = call;
  const caller: Caller = wallet?.caller ?? anonymousCaller;
  const target = { rawPath: '', bucket: bucket.name, key, query: new Map(query), queryPairs: query };
  record.names(target);
  const { socket } = request;
  const access = createAccess(services, { socket, caller, target, headers, signature: undefined });
  return {
    ...services,
    ...call,
    index: services.index.actingFor(record.origin()),
    target,
    headers,
    rules: rulesOf('PutObject'),
    auth: { accessKeyId: undefined, payloadHash: 'UNSIGNED-PAYLOAD' },
    caller,
    access,
    bucket: bucket.record,
    client: `${socket.remoteAddress} ${toHex(caller.account?.owner ?? new Uint8Array(0))}`,
  };
}

/** Unfinished uploads are removed after a week, by the rules that buckets have anyway. */
const abortRule =
  '<LifecycleConfiguration><Rule><ID>unfinished uploads</ID><Filter/><Status>Enabled</Status><AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>';

/** The bucket of the account and territory of the caller; it is created with the first upload. */
export async function ownBucket({ services, wallet }: SignedCall): Promise<NamedBucket> {
  const { index, storage, region, nowMs } = services;
  const { account } = wallet;
  const { owner, territory, ownerKey, canonicalId } = account;
  const name = nativeBucketName(owner, territory);
  const found = await index.getBucket(name);
  if (found === undefined) {
    const configurations = configurationsOfNewBucket({}, canonicalId);
    const created = {
      owner,
      territory,
      region,
      createdAtMs: nowMs(),
      keyWraps: storage.createBucketKeys(ownerKey),
      versioning: 'never' as const,
      configurations: withDocument(configurations, lifecycleConfiguration.name, utf8(abortRule)),
    };
    await index.createBucket(name, created).catch((error: unknown) => {
      // Another request of the account was first.
      if (!isCessError(error, 'BUCKET_EXISTS')) throw error;
    });
  }
  const record = found ?? (await index.getBucket(name));
  if (record === undefined || !isNativeBucket(name, record))
    throw new S3Error('AccessDenied', {
      message: 'The bucket of the account and territory belongs to another account.',
    });
  return { name, record };
}

/** The bucket of a fid. Throws InvalidFid, and NoSuchFile also for a bucket that the native API did not create. */
export async function bucketOf({ services }: NativeCall, fid: string): Promise<NamedBucket> {
  if (!isFid(fid)) throw new NativeError('InvalidFid');
  const name = bucketOfFid(fid);
  const record = await services.index.getBucket(name);
  if (record === undefined || !isNativeBucket(name, record)) throw new NativeError('NoSuchFile');
  return { name, record };
}
