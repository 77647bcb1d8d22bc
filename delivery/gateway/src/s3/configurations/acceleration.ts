// Transfer acceleration of a bucket (Amazon S3 API Reference, PutBucketAccelerateConfiguration). There are no edge locations here, so
// the only state that can be set is the one that is true.
import { S3Error } from '../errors.js';
import { document, element, parseXml, textFields } from '../xml.js';
import type { BucketConfiguration } from './configuration.js';

interface Acceleration {
  /** Absent: it was never stated. */
  readonly status?: 'Suspended';
}

const root = 'AccelerateConfiguration';

export const acceleration: BucketConfiguration<Acceleration> = {
  name: 'accelerate',
  maxBytes: 8 * 1024,
  parse: (body) => {
    const { Status: status } = textFields(parseXml(body, root), ['Status']);
    if (status === 'Suspended') return { status };
    if (status !== 'Enabled') throw new S3Error('MalformedXML');
    throw new S3Error('InvalidRequest', {
      message: 'S3 Transfer Acceleration cannot be enabled on this bucket: the gateway has no endpoint for it.',
    });
  },
  serialise: ({ status }) => document(root, element('Status', status)),
  contentType: 'application/xml',
  notFound: 'NoSuchConfiguration',
  initial: {},
};
