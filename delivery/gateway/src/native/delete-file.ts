// Deletes a file of the signer, as its bucket has it: for good, or by a delete marker where the owner made the bucket keep versions.
import { equalBytes } from '@cess/primitives';
import { sameBucket } from '../s3/same-bucket.js';
import { sendData } from './native-answer.js';
import { bucketOf, contextOf } from './native-context.js';
import { NativeError } from './native-error.js';
import type { SignedCall } from './native-route.js';

export async function deleteFile(call: SignedCall): Promise<void> {
  const fid = call.params['fid'] ?? '';
  const bucket = await bucketOf(call, fid);
  if (!equalBytes(bucket.record.owner, call.wallet.account.owner)) throw new NativeError('NoSuchFile');
  const context = contextOf(call, { bucket, key: fid });
  await context.access.require('s3:DeleteObject', { bucket, key: fid });
  const name = { bucket: bucket.name, key: fid };
  const object = await context.index.getObject(name);
  if (object === undefined) throw new NativeError('NoSuchFile');
  await call.begin();
  await context.index.deleteObject(name, sameBucket(bucket.record));
  sendData(call.response, { fid });
}
