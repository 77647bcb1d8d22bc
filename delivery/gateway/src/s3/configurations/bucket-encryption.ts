// The default encryption of a bucket. Absent: AES256 under keys of the bucket, which every object has anyway.
import { S3Error } from '../errors.js';
import { childrenOf, document, element, parseXml, textFields } from '../xml.js';
import type { BucketConfiguration } from './configuration.js';

export interface DefaultEncryption {
  readonly algorithm: 'AES256' | 'aws:kms';
  /** ARN of the named key; none: the default key of the owner of the bucket. */
  readonly key: string | undefined;
  readonly isBucketKeyEnabled: boolean;
  /** Writes with keys of customers are refused. */
  readonly blocksCustomerKeys: boolean;
}

export const plainEncryption: DefaultEncryption = {
  algorithm: 'AES256',
  key: undefined,
  isBucketKeyEnabled: false,
  blocksCustomerKeys: false,
};

export const bucketEncryption: BucketConfiguration<DefaultEncryption> = {
  name: 'encryption',
  maxBytes: 64 * 1024,
  parse: parseEncryption,
  serialise: encryptionDocument,
  contentType: 'application/xml',
  notFound: 'ServerSideEncryptionConfigurationNotFoundError',
};

function parseEncryption(body: Uint8Array): DefaultEncryption {
  const content = parseXml(Buffer.from(body), 'ServerSideEncryptionConfiguration');
  textFields(content, [], ['Rule']);
  const [rule, ...more] = childrenOf(content, 'Rule');
  if (rule === undefined || more.length > 0) throw new S3Error('MalformedXML');
  const sections = ['ApplyServerSideEncryptionByDefault', 'BlockedEncryptionTypes'];
  const { BucketKeyEnabled: bucketKey = 'false' } = textFields(rule, ['BucketKeyEnabled'], sections);
  if (bucketKey !== 'true' && bucketKey !== 'false') throw new S3Error('MalformedXML');
  const [encryption] = childrenOf(rule, 'ApplyServerSideEncryptionByDefault');
  const [blocked] = childrenOf(rule, 'BlockedEncryptionTypes');
  if (encryption === undefined && blocked === undefined) throw new S3Error('MalformedXML');
  const { SSEAlgorithm: algorithm = encryption === undefined ? 'AES256' : '', KMSMasterKeyID: key } =
    encryption === undefined ? {} : textFields(encryption, ['SSEAlgorithm', 'KMSMasterKeyID']);
  return {
    algorithm: knownAlgorithm(algorithm),
    key: usableKey(algorithm, key),
    isBucketKeyEnabled: bucketKey === 'true',
    blocksCustomerKeys:
      blocked !== undefined && blocksCustomerKeys(textFields(blocked, ['EncryptionType']).EncryptionType),
  };
}

function knownAlgorithm(algorithm: string): DefaultEncryption['algorithm'] {
  if (algorithm === 'AES256' || algorithm === 'aws:kms') return algorithm;
  if (algorithm !== 'aws:kms:dsse') throw new S3Error('MalformedXML');
  throw new S3Error('NotImplemented', {
    message: 'This gateway encrypts once (AES256 or aws:kms); it does not offer dual-layer encryption (aws:kms:dsse).',
    details: { Element: 'SSEAlgorithm' },
  });
}

function usableKey(algorithm: string, key: string | undefined): string | undefined {
  if (key === undefined || key.trim() === '') return undefined;
  if (algorithm === 'aws:kms') return key.trim();
  throw new S3Error('InvalidArgument', {
    message: 'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse',
  });
}

function blocksCustomerKeys(type: string | undefined): boolean {
  if (type !== 'SSE-C' && type !== 'NONE') throw new S3Error('MalformedXML');
  return type === 'SSE-C';
}

export function encryptionDocument({
  algorithm,
  key,
  isBucketKeyEnabled,
  blocksCustomerKeys: blocks,
}: DefaultEncryption): string {
  const applied = element('SSEAlgorithm', algorithm) + (key === undefined ? '' : element('KMSMasterKeyID', key));
  const rule = [
    `<ApplyServerSideEncryptionByDefault>${applied}</ApplyServerSideEncryptionByDefault>`,
    element('BucketKeyEnabled', isBucketKeyEnabled),
    blocks ? `<BlockedEncryptionTypes>${element('EncryptionType', 'SSE-C')}</BlockedEncryptionTypes>` : '',
  ];
  return document('ServerSideEncryptionConfiguration', `<Rule>${rule.join('')}</Rule>`);
}
