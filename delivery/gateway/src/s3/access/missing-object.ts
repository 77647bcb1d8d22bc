// That an object is missing is told to those alone who may list its bucket, as at Amazon.
import type { NamedBucket } from '../configurations/configuration.js';
import type { RequestAccess } from './request-access.js';

/** Throws AccessDenied for callers who may not list the bucket. */
export function requireListing({ access }: { readonly access: RequestAccess }, bucket: NamedBucket): Promise<void> {
  return access.require('s3:ListBucket', { bucket });
}
