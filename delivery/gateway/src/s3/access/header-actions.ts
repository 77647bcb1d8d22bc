// Actions that a request needs beside that of its operation, because of its headers.
import { grantHeaders } from '@cess/access';
import type { OperationName } from '../operations/table.js';

interface HeaderAction {
  readonly headers: readonly string[];
  readonly operations: readonly OperationName[];
  readonly actions: readonly string[];
  /** The value that does not count. */
  readonly except?: string;
}

const createsObject: readonly OperationName[] = ['PutObject', 'PostObject', 'CopyObject', 'CreateMultipartUpload'];
const aclHeaders = ['x-amz-acl', ...Object.keys(grantHeaders)];

const rules: readonly HeaderAction[] = [
  { headers: aclHeaders, operations: createsObject, actions: ['s3:PutObjectAcl'] },
  { headers: aclHeaders, operations: ['CreateBucket'], actions: ['s3:PutBucketAcl'] },
  {
    headers: ['x-amz-object-ownership'],
    operations: ['CreateBucket'],
    actions: ['s3:PutBucketOwnershipControls'],
  },
  {
    headers: ['x-amz-bucket-object-lock-enabled'],
    operations: ['CreateBucket'],
    actions: ['s3:PutBucketObjectLockConfiguration', 's3:PutBucketVersioning'],
    except: 'false',
  },
  { headers: ['x-amz-tagging'], operations: createsObject, actions: ['s3:PutObjectTagging'] },
  { headers: ['x-amz-object-lock-legal-hold'], operations: createsObject, actions: ['s3:PutObjectLegalHold'] },
  {
    headers: ['x-amz-object-lock-mode', 'x-amz-object-lock-retain-until-date'],
    operations: createsObject,
    actions: ['s3:PutObjectRetention'],
  },
];

export function headerActions(operation: string, headers: Readonly<Record<string, string>>): readonly string[] {
  return rules.flatMap(({ headers: names, operations, actions, except }) => {
    if (!operations.some((name) => name === operation)) return [];
    const applies = names.some((name) => headers[name] !== undefined && headers[name]?.trim().toLowerCase() !== except);
    return applies ? actions : [];
  });
}
