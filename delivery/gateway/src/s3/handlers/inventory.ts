// Get, Put, List and DeleteBucketInventoryConfiguration. The destination has the owner of the bucket, and who sets an inventory must
// be allowed to write what the gateway will write.
import { accountIdOf } from '@cess/access';
import type { BucketRecord } from '@cess/object-index';
import { equalBytes, utf8 } from '@cess/primitives';
import { readWholeBody } from '../body/payload.js';
import { findBucket, requireNamedBucket } from '../bucket-access.js';
import { type NamedBucket, storedDocument, withDocument } from '../configurations/configuration.js';
import {
  bucketInventories,
  type Inventory,
  inventoryDocument,
  inventoryElement,
  maxInventories,
  parseInventory,
} from '../configurations/inventory.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import { sendEmpty, sendXml } from '../responses.js';
import { sameBucket } from '../same-bucket.js';
import { document, element } from '../xml.js';

export async function putBucketInventoryConfiguration(context: S3Context): Promise<void> {
  const bucket = requireNamedBucket(context);
  const inventory = parseInventory(await readWholeBody(context, bucketInventories.maxBytes));
  if (inventory.id !== requireId(context))
    throw new S3Error('InvalidArgument', { message: 'The Id in the query and in the configuration must be the same.' });
  await requireDestination(context, bucket, inventory);
  await change(context, bucket, (all) => {
    const others = all.filter(({ id }) => id !== inventory.id);
    if (others.length >= maxInventories)
      throw new S3Error('TooManyConfigurations', { message: `A bucket has at most ${maxInventories} inventories.` });
    return [...others, inventory];
  });
  sendEmpty(context.response, 200);
}

export async function getBucketInventoryConfiguration(context: S3Context): Promise<void> {
  const { record } = requireNamedBucket(context);
  const id = requireId(context);
  const found = inventoriesOf(record).find((one) => one.id === id);
  if (found === undefined) throw new S3Error('NoSuchConfiguration');
  sendXml(context.response, 200, inventoryDocument(found));
}

export async function listBucketInventoryConfigurations(context: S3Context): Promise<void> {
  const { record } = requireNamedBucket(context);
  const all = inventoriesOf(record).map(inventoryElement).join('');
  sendXml(
    context.response,
    200,
    document('ListInventoryConfigurationsResult', `${all}${element('IsTruncated', false)}`),
  );
}

export async function deleteBucketInventoryConfiguration(context: S3Context): Promise<void> {
  const bucket = requireNamedBucket(context);
  const id = requireId(context);
  await change(context, bucket, (all) => {
    if (!all.some((one) => one.id === id)) throw new S3Error('NoSuchConfiguration');
    return all.filter((one) => one.id !== id);
  });
  sendEmpty(context.response, 204);
}

function requireId({ target }: S3Context): string {
  const id = target.query.get('id') ?? '';
  if (id === '') throw new S3Error('InvalidArgument', { message: 'The query must hold the id of the inventory.' });
  return id;
}

async function requireDestination(
  { index, access }: S3Context,
  { record }: NamedBucket,
  { destination: { bucket: name, prefix, account } }: Inventory,
): Promise<void> {
  const target = await findBucket(index, name);
  const isOfOwner = target !== undefined && equalBytes(target.owner, record.owner);
  if (target === undefined || !isOfOwner || (account !== undefined && account !== accountIdOf(record.owner)))
    throw new S3Error('InvalidS3DestinationBucket');
  await access.require('s3:PutObject', { bucket: { name, record: target }, key: prefix });
}

function inventoriesOf(record: BucketRecord): readonly Inventory[] {
  const stored = storedDocument(record, bucketInventories.name);
  return stored === undefined ? [] : bucketInventories.parse(stored, '').all;
}

/** One transaction, so that two requests about different inventories do not undo each other. */
async function change(
  { index }: S3Context,
  bucket: NamedBucket,
  next: (all: readonly Inventory[]) => readonly Inventory[],
): Promise<void> {
  const isSame = sameBucket(bucket.record);
  await index.changeBucket(bucket.name, (current) => {
    isSame(undefined, current);
    const all = next(inventoriesOf(current)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const text = bucketInventories.serialise?.({ all }) ?? '';
    const { configurations } = current;
    const changed = all.length === 0 ? undefined : utf8(text);
    return { ...current, configurations: withDocument(configurations, bucketInventories.name, changed) };
  });
}
