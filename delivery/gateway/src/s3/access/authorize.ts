// The authorisation step of a request: which actions its operation needs on what, and whether the caller may perform them.
// Runs before the handler and before the body is read.
import { requireNamedBucket } from '../bucket-access.js';
import type { S3Context } from '../context.js';
import { S3Error } from '../errors.js';
import type { S3Operation } from '../operations/operation.js';
import { requestedVersion } from '../versions.js';

/** Throws NoSuchBucket, AccessDenied, or MethodNotAllowed for what only the account of the bucket's owner may do. */
export async function authorize(operation: S3Operation, context: S3Context): Promise<void> {
  const { access, target } = context;
  if (operation.resource === 'service' || operation.name === 'CreateBucket') {
    for (const action of actionsOf(operation, context))
      if (!access.allowsInAccount(action, target.bucket === '' ? '*' : target.bucket))
        throw new S3Error('AccessDenied');
    return;
  }
  const bucket = requireNamedBucket(context);
  if (operation.isAuthorizedByHandler === true) return;
  if (operation.name === 'CreateMultipartUpload' && context.caller.account === undefined)
    throw new S3Error('AccessDenied', {
      message: 'Anonymous users cannot initiate multipart uploads. Please authenticate.',
    });
  // An operation without a handler takes no version ids that could be wrong.
  const versionId = operation.handler === undefined ? undefined : requestedVersion(target);
  const subject = operation.resource === 'bucket' ? { bucket } : { bucket, key: target.key, versionId };
  for (const action of actionsOf(operation, context)) await access.require(action, subject);
  if (operation.isForOwnAccount === true && !isOfOwnAccount(context)) throw new S3Error('MethodNotAllowed');
}

/** All of them are needed. */
function actionsOf(operation: S3Operation, { target, headers, rules }: S3Context): readonly string[] {
  const isOfVersion = target.query.has('versionId');
  const own = [operation, ...(operation.alsoNeeds ?? [])].map(({ action, versionAction }) =>
    isOfVersion && versionAction !== undefined ? versionAction : action,
  );
  return [...own, ...rules.neededActions(headers)];
}

function isOfOwnAccount(context: S3Context): boolean {
  const { account } = context.caller;
  return account !== undefined && Buffer.compare(account.owner, requireNamedBucket(context).record.owner) === 0;
}
