// Operations on the service itself.
import { listBuckets } from '../handlers/list-buckets.js';
import type { OperationRow } from './operation.js';

export const serviceOperations = [
  {
    name: 'ListBuckets',
    method: 'GET',
    query: ['bucket-region', 'continuation-token', 'max-buckets', 'prefix'],
    action: 's3:ListAllMyBuckets',
    handler: listBuckets,
  },
  {
    name: 'ListDirectoryBuckets',
    method: 'GET',
    selectedBy: ['x-id=ListDirectoryBuckets'],
    query: ['continuation-token', 'max-directory-buckets'],
    action: 's3express:ListAllMyDirectoryBuckets',
  },
  {
    name: 'WriteGetObjectResponse',
    method: 'POST',
    path: '/WriteGetObjectResponse',
    action: 's3-object-lambda:WriteGetObjectResponse',
  },
] as const satisfies readonly OperationRow[];
