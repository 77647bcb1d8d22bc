// The tags of a bucket.
import { maxBucketTags, parseTagging, type Tags, taggingDocument } from '../tags.js';
import type { BucketConfiguration } from './configuration.js';

export const bucketTagging: BucketConfiguration<Tags> = {
  name: 'tagging',
  maxBytes: 128 * 1024,
  parse: (body) => parseTagging(body, maxBucketTags),
  serialise: taggingDocument,
  contentType: 'application/xml',
  notFound: 'NoSuchTagSet',
};
