// The inventories of a bucket: each a report about its objects that the gateway writes every day or week.
import { S3Error } from '../errors.js';
import { childrenOf, document, element, parseXml, textFields, type XmlNode } from '../xml.js';
import type { BucketConfiguration } from './configuration.js';

const root = 'InventoryConfiguration';
const listRoot = 'InventoryConfigurations';
const bucketArn = 'arn:aws:s3:::';

const inventoryFields = [
  'Size',
  'LastModifiedDate',
  'StorageClass',
  'ETag',
  'IsMultipartUploaded',
  'ReplicationStatus',
  'EncryptionStatus',
  'ObjectLockRetainUntilDate',
  'ObjectLockMode',
  'ObjectLockLegalHoldStatus',
  'IntelligentTieringAccessTier',
  'BucketKeyStatus',
  'ChecksumAlgorithm',
  'ObjectOwner',
] as const;
export type InventoryField = (typeof inventoryFields)[number];
/** Amazon's fields that this gateway cannot fill. */
const missingFields = ['ObjectAccessControlList', 'LifecycleExpirationDate'];

export interface Inventory {
  readonly id: string;
  readonly isEnabled: boolean;
  readonly prefix: string;
  readonly format: 'CSV' | 'Parquet';
  readonly destination: { readonly bucket: string; readonly prefix: string; readonly account: string | undefined };
  readonly frequency: 'Daily' | 'Weekly';
  readonly versions: 'All' | 'Current';
  readonly fields: readonly InventoryField[];
}

export interface Inventories {
  readonly all: readonly Inventory[];
}

/** Bound of the record of the bucket; Amazon allows 1,000. */
export const maxInventories = 100;

/** All inventories of a bucket in one document; requests carry one of them (`parseInventory`). */
export const bucketInventories: BucketConfiguration<Inventories> = {
  name: 'inventory',
  maxBytes: 64 * 1024,
  parse: (body) => ({ all: childrenOf(parseXml(body, listRoot), root).map(readInventory) }),
  serialise: ({ all }) => document(listRoot, all.map(inventoryElement).join('')),
  contentType: 'application/xml',
  notFound: 'NoSuchConfiguration',
};

export function parseInventory(body: Uint8Array): Inventory {
  return readInventory(parseXml(body, root));
}

export function inventoryDocument(inventory: Inventory): string {
  return document(root, inventoryContent(inventory));
}

export function inventoryElement(inventory: Inventory): string {
  return `<${root}>${inventoryContent(inventory)}</${root}>`;
}

function readInventory(node: XmlNode): Inventory {
  const {
    Id: id = '',
    IsEnabled: enabled,
    IncludedObjectVersions: versions,
  } = textFields(
    node,
    ['Id', 'IsEnabled', 'IncludedObjectVersions'],
    ['Filter', 'Destination', 'Schedule', 'OptionalFields'],
  );
  const { Frequency: frequency } = textFields(only(node, 'Schedule'), ['Frequency']);
  const [filter] = childrenOf(node, 'Filter');
  if (!/^[\w.-]{1,64}$/.test(id))
    throw new S3Error('InvalidArgument', { message: 'The Id of an inventory is not valid.' });
  if (enabled !== 'true' && enabled !== 'false') throw new S3Error('MalformedXML');
  if (frequency !== 'Daily' && frequency !== 'Weekly') throw new S3Error('MalformedXML');
  if (versions !== 'All' && versions !== 'Current') throw new S3Error('MalformedXML');
  const prefix = filter === undefined ? '' : (textFields(filter, ['Prefix']).Prefix ?? '');
  const { format, destination } = readDestination(only(node, 'Destination'));
  const isEnabled = enabled === 'true';
  return { id, isEnabled, prefix, format, destination, frequency, versions, fields: readFields(node) };
}

function readDestination(node: XmlNode): Pick<Inventory, 'format' | 'destination'> {
  textFields(node, [], ['S3BucketDestination']);
  const inner = only(node, 'S3BucketDestination');
  const names = ['AccountId', 'Bucket', 'Format', 'Prefix'] as const;
  const {
    AccountId: account,
    Bucket: arn = '',
    Format: format,
    Prefix: prefix = '',
  } = textFields(inner, names, ['Encryption']);
  for (const encryption of childrenOf(inner, 'Encryption')) {
    textFields(encryption, [], ['SSE-S3', 'SSE-KMS']);
    if (childrenOf(encryption, 'SSE-KMS').length > 0)
      throw new S3Error('NotImplemented', { details: { Element: 'SSE-KMS' } });
  }
  if (format === 'ORC') throw new S3Error('NotImplemented', { details: { Element: 'ORC' } });
  if (format !== 'CSV' && format !== 'Parquet') throw new S3Error('MalformedXML');
  if (!arn.startsWith(bucketArn))
    throw new S3Error('InvalidArgument', { message: 'The destination must be the ARN of a bucket.' });
  if (prefix.length > 512)
    throw new S3Error('InvalidArgument', { message: 'The prefix of the destination is too long.' });
  return { format, destination: { bucket: arn.slice(bucketArn.length), prefix: prefix.replace(/\/$/, ''), account } };
}

function readFields(node: XmlNode): InventoryField[] {
  const found = childrenOf(node, 'OptionalFields').flatMap((list) => {
    textFields(list, [], ['Field']);
    return childrenOf(list, 'Field');
  });
  const fields = found.map((field): InventoryField => {
    const known = inventoryFields.find((name) => name === field);
    if (known !== undefined) return known;
    const isMissing = missingFields.some((name) => name === field);
    throw new S3Error(
      isMissing ? 'NotImplemented' : 'MalformedXML',
      isMissing ? { details: { Field: String(field) } } : {},
    );
  });
  return [...new Set(fields)];
}

function only(node: XmlNode, name: string): XmlNode {
  const [child, ...more] = childrenOf(node, name);
  if (child === undefined || more.length > 0) throw new S3Error('MalformedXML');
  return child;
}

function inventoryContent(inventory: Inventory): string {
  const { id, isEnabled, prefix, format, destination, frequency, versions, fields } = inventory;
  const parts = [
    element('Format', format),
    element('AccountId', destination.account),
    element('Bucket', `${bucketArn}${destination.bucket}`),
    destination.prefix === '' ? '' : element('Prefix', destination.prefix),
  ];
  const optional = fields.map((field) => element('Field', field)).join('');
  return [
    `<Destination><S3BucketDestination>${parts.join('')}</S3BucketDestination></Destination>`,
    element('IsEnabled', isEnabled),
    prefix === '' ? '' : `<Filter>${element('Prefix', prefix)}</Filter>`,
    element('Id', id),
    element('IncludedObjectVersions', versions),
    optional === '' ? '' : `<OptionalFields>${optional}</OptionalFields>`,
    `<Schedule>${element('Frequency', frequency)}</Schedule>`,
  ].join('');
}
