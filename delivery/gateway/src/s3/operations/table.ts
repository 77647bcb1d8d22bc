// The table of S3 operations: every operation of Amazon's current S3 API, implemented or not. The router, the metric
// labels, the checks of query names and headers, and the NotImplemented answers read it. To add an operation, change
// one row and write its handler.
import { bucketConfigurationOperations } from './bucket-configuration-operations.js';
import { bucketOperations } from './bucket-operations.js';
import { objectOperations } from './object-operations.js';
import type { OperationRow, S3Operation, S3Resource } from './operation.js';
import { serviceOperations } from './service-operations.js';

export type OperationName = (
  | (typeof serviceOperations)[number]
  | (typeof bucketOperations)[number]
  | (typeof bucketConfigurationOperations)[number]
  | (typeof objectOperations)[number]
)['name'];

export const operations: readonly S3Operation[] = [
  ...on('service', serviceOperations),
  ...on('bucket', bucketOperations),
  ...on('bucket', bucketConfigurationOperations),
  ...on('object', objectOperations),
];

function on(resource: S3Resource, rows: readonly OperationRow[]): readonly S3Operation[] {
  return rows.map((row) => ({ ...row, resource }));
}
