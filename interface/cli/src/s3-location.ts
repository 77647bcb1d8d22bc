// Names of objects on the command line: s3://bucket/key.
import { CessError } from '@cess/primitives';

export interface S3Location {
  readonly bucket: string;
  /** Empty for a bucket. */
  readonly key: string;
}

export function isS3Location(text: string): boolean {
  return text.startsWith('s3://');
}

/** Throws `LOCATION_MALFORMED`. */
export function parseLocation(text: string): S3Location {
  const match = /^s3:\/\/([^/]+)(?:\/(.*))?$/s.exec(text);
  if (match?.[1] === undefined)
    throw new CessError('LOCATION_MALFORMED', `"${text}" is not of the form s3://bucket/key.`);
  return { bucket: match[1], key: match[2] ?? '' };
}

/** Throws `LOCATION_MALFORMED` for a bucket without a key. */
export function parseObject(text: string): S3Location {
  const location = parseLocation(text);
  if (location.key === '') throw new CessError('LOCATION_MALFORMED', `"${text}" names no object: s3://bucket/key.`);
  return location;
}
