// The text of an event, in the format that Amazon sends to queues and topics
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).
import type { ObjectChange } from '@cess/object-index';
import { toHex } from '@cess/primitives';
import { uriEncode } from '@cess/signature-v4';

export interface EventRecord {
  readonly eventName: string;
  readonly [field: string]: unknown;
}

const firstVersion = '2.1';
/** Of the events that Amazon added later. */
const laterVersion = '2.3';
const isOfFirst = /^Object(Created|Removed):/;

export function eventRecord(
  eventName: string,
  change: ObjectChange,
  { region, configurationId }: { readonly region: string; readonly configurationId: string },
): EventRecord {
  const { name, bucket, origin, timeMs } = change;
  const owner = toHex(bucket.owner);
  return {
    eventVersion: isOfFirst.test(eventName) ? firstVersion : laterVersion,
    eventSource: 'aws:s3',
    awsRegion: region,
    eventTime: new Date(timeMs).toISOString(),
    eventName,
    userIdentity: { principalId: origin.principalId },
    requestParameters: { sourceIPAddress: origin.source },
    responseElements: { 'x-amz-request-id': origin.requestId, 'x-amz-id-2': origin.requestId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId,
      bucket: { name: name.bucket, ownerIdentity: { principalId: owner }, arn: `arn:aws:s3:::${name.bucket}` },
      object: objectOf(change),
    },
  };
}

/** A receiver reads `{"Records":[…]}`, with one record here. */
export function eventBody(record: EventRecord): Uint8Array {
  return Buffer.from(JSON.stringify({ Records: [record] }));
}

/** What Amazon sends when a bucket names a target. */
export function testEventBody(bucket: string, requestId: string, timeMs: number): Uint8Array {
  const event = { Service: 'Amazon S3', Event: 's3:TestEvent', Time: new Date(timeMs).toISOString() };
  return Buffer.from(JSON.stringify({ ...event, Bucket: bucket, RequestId: requestId, HostId: requestId }));
}

/** Compared as texts, sequencers of one key are in the order of its changes. */
export function sequencerOf(sequence: bigint): string {
  return sequence.toString(16).toUpperCase().padStart(16, '0');
}

function objectOf({ kind, name, version, versionId, sequence }: ObjectChange): Readonly<Record<string, unknown>> {
  return {
    key: name.key.split('/').map(formEncode).join('/'),
    ...(kind === 'created' ? { size: version.size } : {}),
    ...(kind === 'created' || kind === 'described' ? { eTag: version.etag } : {}),
    ...(versionId === undefined ? {} : { versionId }),
    sequencer: sequencerOf(sequence),
  };
}

function formEncode(text: string): string {
  return uriEncode(text).replaceAll('%20', '+');
}
