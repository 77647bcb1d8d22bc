// Whether a request may end retentions in governance mode early.
import type { AccessTarget } from '../access/request-access.js';
import type { S3Context } from '../context.js';

/** The request must ask for it, and its caller must have the permission on the object. */
export async function bypassesGovernance(
  { headers, access }: Pick<S3Context, 'headers' | 'access'>,
  target: AccessTarget,
): Promise<boolean> {
  const isAsked = headers['x-amz-bypass-governance-retention']?.trim().toLowerCase() === 'true';
  return isAsked && (await access.allows('s3:BypassGovernanceRetention', target));
}
