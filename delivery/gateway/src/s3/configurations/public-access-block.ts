// The public access block of a bucket. A bucket that never had one blocks everything, as new buckets at Amazon do; after
// its deletion nothing is blocked.
import { fullPublicAccessBlock, noPublicAccessBlock, type PublicAccessBlock } from '@cess/access';
import { S3Error } from '../errors.js';
import { document, element, parseXml, textFields } from '../xml.js';
import type { BucketConfiguration, NamedBucket } from './configuration.js';
import type { ConfigurationCache } from './configuration-cache.js';

const root = 'PublicAccessBlockConfiguration';
const names = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const;

export const publicAccessBlock: BucketConfiguration<PublicAccessBlock> = {
  name: 'public-access-block',
  maxBytes: 8 * 1024,
  parse: (body) => {
    const fields = textFields(parseXml(body, root), names);
    const flag = (name: (typeof names)[number]): boolean => readFlag(fields[name]);
    return {
      blockPublicAcls: flag('BlockPublicAcls'),
      ignorePublicAcls: flag('IgnorePublicAcls'),
      blockPublicPolicy: flag('BlockPublicPolicy'),
      restrictPublicBuckets: flag('RestrictPublicBuckets'),
    };
  },
  serialise: (block) =>
    document(
      root,
      [
        element('BlockPublicAcls', block.blockPublicAcls),
        element('IgnorePublicAcls', block.ignorePublicAcls),
        element('BlockPublicPolicy', block.blockPublicPolicy),
        element('RestrictPublicBuckets', block.restrictPublicBuckets),
      ].join(''),
    ),
  contentType: 'application/xml',
  notFound: 'NoSuchPublicAccessBlockConfiguration',
  initial: fullPublicAccessBlock,
};

/** What is blocked in the bucket. */
export function effectiveBlock(configurations: ConfigurationCache, bucket: NamedBucket): PublicAccessBlock {
  return configurations.read(publicAccessBlock, bucket) ?? noPublicAccessBlock;
}

/** An absent setting is off. */
function readFlag(text: string | undefined): boolean {
  const value = text?.trim().toLowerCase();
  if (value === 'true' || value === '1') return true;
  if (value === undefined || value === 'false' || value === '0') return false;
  throw new S3Error('MalformedXML');
}
