// Where the access log of a bucket goes.
import { S3Error } from '../errors.js';
import { childNames, childrenOf, document, element, parseXml, textFields, type XmlNode } from '../xml.js';
import type { BucketConfiguration } from './configuration.js';

const root = 'BucketLoggingStatus';

/** `simple`: all objects under the prefix. Else in folders by account, region, bucket and day: of the requests, or of the delivery. */
type LogKeyFormat = 'simple' | 'EventTime' | 'DeliveryTime';

export interface LogTarget {
  readonly bucket: string;
  readonly prefix: string;
  readonly format: LogKeyFormat;
}

export interface BucketLogging {
  readonly target: LogTarget | undefined;
}

const maxPrefixBytes = 512;

export const bucketLogging: BucketConfiguration<BucketLogging> = {
  name: 'logging',
  maxBytes: 64 * 1024,
  parse: (body) => {
    const content = parseXml(body, root);
    textFields(content, [], ['LoggingEnabled']);
    const [enabled, ...more] = childrenOf(content, 'LoggingEnabled');
    if (more.length > 0) throw new S3Error('MalformedXML');
    return { target: enabled === undefined ? undefined : readTarget(enabled) };
  },
  serialise: ({ target }) => document(root, target === undefined ? '' : targetElement(target)),
  contentType: 'application/xml',
  notFound: 'InternalError',
  initial: { target: undefined },
};

function readTarget(node: XmlNode): LogTarget {
  const { TargetBucket: bucket, TargetPrefix: prefix = '' } = textFields(
    node,
    ['TargetBucket', 'TargetPrefix'],
    ['TargetGrants', 'TargetObjectKeyFormat'],
  );
  if (bucket === undefined) throw new S3Error('MalformedXML');
  if (childrenOf(node, 'TargetGrants').some((grants) => childNames(grants).length > 0)) {
    const message = 'Target grants are not supported. Let the policy of the target bucket say who may read the log.';
    throw new S3Error('NotImplemented', { message, details: { Element: 'TargetGrants' } });
  }
  if (Buffer.byteLength(prefix) > maxPrefixBytes)
    throw new S3Error('InvalidArgument', { message: `A target prefix has at most ${maxPrefixBytes} bytes.` });
  return { bucket: bucket.trim(), prefix, format: readFormat(node) };
}

function readFormat(node: XmlNode): LogKeyFormat {
  const [format, ...more] = childrenOf(node, 'TargetObjectKeyFormat');
  if (format === undefined) return 'simple';
  textFields(format, [], ['SimplePrefix', 'PartitionedPrefix']);
  const [partitioned] = childrenOf(format, 'PartitionedPrefix');
  if (more.length > 0 || childNames(format).length !== 1) throw new S3Error('MalformedXML');
  if (partitioned === undefined) return 'simple';
  const { PartitionDateSource: source } = textFields(partitioned, ['PartitionDateSource']);
  if (source !== 'EventTime' && source !== 'DeliveryTime') throw new S3Error('MalformedXML');
  return source;
}

function targetElement({ bucket, prefix, format }: LogTarget): string {
  const keys =
    format === 'simple'
      ? '<SimplePrefix/>'
      : `<PartitionedPrefix>${element('PartitionDateSource', format)}</PartitionedPrefix>`;
  const fields = [element('TargetBucket', bucket), element('TargetPrefix', prefix)];
  return `<LoggingEnabled>${fields.join('')}<TargetObjectKeyFormat>${keys}</TargetObjectKeyFormat></LoggingEnabled>`;
}
