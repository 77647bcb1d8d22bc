// The object ownership of a bucket. A bucket that never had the setting enforces the ownership of its owner, as new buckets
// at Amazon do; after its deletion writers own their objects.
import { isObjectOwnership, type ObjectOwnership } from '@cess/access';
import { S3Error } from '../errors.js';
import { childrenOf, document, element, parseXml, textFields } from '../xml.js';
import type { BucketConfiguration, NamedBucket } from './configuration.js';
import type { ConfigurationCache } from './configuration-cache.js';

const root = 'OwnershipControls';

export const objectOwnership: BucketConfiguration<ObjectOwnership> = {
  name: 'ownership',
  maxBytes: 8 * 1024,
  parse: (body) => {
    const content = parseXml(body, root);
    textFields(content, [], ['Rule']);
    const [rule, ...more] = childrenOf(content, 'Rule');
    if (rule === undefined || more.length > 0) throw new S3Error('MalformedXML');
    const ownership = textFields(rule, ['ObjectOwnership']).ObjectOwnership?.trim() ?? '';
    if (!isObjectOwnership(ownership)) throw new S3Error('MalformedXML');
    return ownership;
  },
  serialise: (ownership) => document(root, `<Rule>${element('ObjectOwnership', ownership)}</Rule>`),
  contentType: 'application/xml',
  notFound: 'OwnershipControlsNotFoundError',
  initial: 'BucketOwnerEnforced',
};

/** The ownership that holds in the bucket. */
export function effectiveOwnership(configurations: ConfigurationCache, bucket: NamedBucket): ObjectOwnership {
  return configurations.read(objectOwnership, bucket) ?? 'ObjectWriter';
}
