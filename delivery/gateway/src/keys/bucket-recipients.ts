// Who can open the key of a bucket: its wraps for further recipients, made by somebody who can open it.
import { systemRng, type X25519Pair } from '@cess/crypto';
import { type BucketRecord, withMoreWraps } from '@cess/object-index';
import { equalBytes, utf8 } from '@cess/primitives';
import { keyWrapCodec, unwrapKeyWith, wrapKeyTo } from '@cess/sealing';

/** What wraps of bucket keys are for (docs/protocol/data-path.md §7). */
export const bucketKeyContext = utf8('CESS/bucket-key/v1');

/**
 * The bucket with wraps of its key, and of its former key during a rotation, for these X25519 keys. Undefined if it has them all, or
 * none of the pairs opens the key.
 */
export function withRecipients(
  bucket: BucketRecord,
  pairs: readonly X25519Pair[],
  recipients: readonly Uint8Array[],
): BucketRecord | undefined {
  const missing = recipients.filter((recipient) => !bucket.keyWraps.some((wrap) => isFor(recipient, wrap)));
  if (missing.length === 0) return undefined;
  // One pair opens each key once; every wrap of it gives the new ones.
  const opener = pairs.find(({ publicKey }) => bucket.keyWraps.some((wrap) => isFor(publicKey, wrap)));
  if (opener === undefined) return undefined;
  return withMoreWraps(bucket, (encoded) => {
    const wrap = keyWrapCodec.decode(encoded);
    if (wrap.type !== 'x25519' || !equalBytes(wrap.value.recipient, opener.publicKey)) return [];
    const key = unwrapKeyWith(opener.secretKey, wrap, bucketKeyContext);
    return missing.map((recipient) => keyWrapCodec.encode(wrapKeyTo(recipient, key, bucketKeyContext, systemRng)));
  });
}

/** Whether somebody else can open the key of the bucket. */
export function hasOtherRecipients(bucket: BucketRecord, recipients: readonly Uint8Array[]): boolean {
  return bucket.keyWraps.some((wrap) => !recipients.some((recipient) => isFor(recipient, wrap)));
}

function isFor(recipient: Uint8Array, encoded: Uint8Array): boolean {
  const wrap = keyWrapCodec.decode(encoded);
  return wrap.type === 'x25519' && equalBytes(wrap.value.recipient, recipient);
}
