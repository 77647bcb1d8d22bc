// Keeps the keys of an owner's buckets with those whom the owner lets act (OSS-2): a gateway that was authorised gets wraps of the keys,
// and one whose authorization ended makes the keys of all buckets rotate, so that what is stored later does not open for it.
import type { X25519Pair } from '@cess/crypto';
import { type BucketRecord, isRotatingKey, type ObjectIndex } from '@cess/object-index';
import { isCessError, toHex } from '@cess/primitives';
import { hasOtherRecipients, withRecipients } from './bucket-recipients.js';
import type { KeyRotator } from './key-rotator.js';

interface SharingParts {
  readonly index: Pick<ObjectIndex, 'buckets' | 'changeBucket'>;
  readonly rotator: Pick<KeyRotator, 'begin'>;
  /** Of this gateway. */
  readonly wrappingKey: X25519Pair;
}

/** By owner (hex): the owner's X25519 key, and those of all who may open the buckets. */
export type Recipients = Map<string, { readonly ownerKey: Uint8Array; readonly recipients: readonly Uint8Array[] }>;

/** One pass over all buckets. */
export async function shareBuckets(parts: SharingParts, owners: Recipients): Promise<void> {
  for await (const { name, bucket } of parts.index.buckets()) {
    const owner = owners.get(toHex(bucket.owner));
    // A rotation wraps for the owner and this gateway; the others follow when it has ended.
    if (owner === undefined || isRotatingKey(bucket)) continue;
    const { ownerKey, recipients } = owner;
    if (hasOtherRecipients(bucket, recipients)) await rotate(parts, name, bucket, ownerKey);
    else if (withRecipients(bucket, [parts.wrappingKey], recipients) !== undefined)
      await share(parts, name, recipients);
  }
}

async function share(
  { index, wrappingKey }: SharingParts,
  name: string,
  recipients: readonly Uint8Array[],
): Promise<void> {
  await unlessGone(() =>
    index.changeBucket(name, (bucket) => withRecipients(bucket, [wrappingKey], recipients) ?? bucket),
  );
}

async function rotate({ rotator }: SharingParts, name: string, bucket: BucketRecord, ownerKey: Uint8Array) {
  await unlessGone(() => rotator.begin(name, bucket, ownerKey));
}

/** The bucket may be deleted, or rotated by somebody else, at any time; a key that this gateway cannot open stays as it is. */
async function unlessGone(change: () => Promise<unknown>): Promise<void> {
  try {
    await change();
  } catch (error) {
    if (!isCessError(error, 'BUCKET_NOT_FOUND', 'KEY_ROTATION_RUNNING', 'GATEWAY_KEY_MISSING')) throw error;
  }
}
