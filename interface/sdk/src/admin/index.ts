// @cess/sdk/admin: the admin API of a gateway, and its users, groups, roles, policies, keys.
import '../errors.js';

export { type AuditEntry, type AuditFilter, getAuditState, readAuditLog, verifyAuditLog } from './audit.js';
export {
  type AdminBucket,
  type BucketUsage,
  deleteAdminBucket,
  getBucket,
  getBucketUsage,
  listAdminBuckets,
  rotateBucketKey,
  setDefaultStorageClass,
} from './buckets.js';
export {
  type AccountUsage,
  type GatewayAccount,
  type GatewayHealth,
  getAccount,
  getAccountUsage,
  getGateway,
  getOpenApi,
  type UsagePeriod,
  type UsageSample,
} from './gateway.js';
export { getObjectStatus, type ObjectFile, type ObjectFragment, type ObjectStatus } from './object-status.js';
export { performOperation, type ServiceOperation } from './perform-operation.js';
