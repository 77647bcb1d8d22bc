// @cess/access: who may do what with buckets and objects, what browsers may read, and what happens to objects with time.
// Pure: no I/O, no clock; times and condition keys come from the caller. README.md shows how it is used.

import './errors.js';

export { accountIdOf } from './account-id.js';
export { type AclOwners, type CannedAcl, cannedAcl, isCannedAcl } from './acl/canned.js';
export { type AclOptions, type AclReach, aclPermission, aclReach, isPublicAcl } from './acl/evaluate.js';
export { grantHeaders, parseGrantHeaders } from './acl/grant-headers.js';
export {
  type AccessControlPolicy,
  type AclGrant,
  type AclGroup,
  type AclPermission,
  aclGroups,
  type Grantee,
  maxGrants,
  parseAccessControlPolicy,
  printAccessControlPolicy,
  type RawAccessControlPolicy,
  type RawGrant,
} from './acl/grants.js';
export {
  assertAclAccepted,
  isObjectOwnership,
  type ObjectOwnership,
  ownerOfNewObject,
  type RequestedAcl,
} from './acl/ownership.js';
export {
  combinePublicAccessBlocks,
  fullPublicAccessBlock,
  noPublicAccessBlock,
  type PublicAccessBlock,
} from './acl/public-access.js';
export { type ActionResource, type S3Action, type S3ActionRow, s3Actions } from './actions.js';
export {
  type CompiledCors,
  type CorsHeaders,
  type CorsRequest,
  compileCors,
  type PreflightRequest,
} from './cors/match.js';
export { type CorsMethod, type CorsRule, maxCorsRules, parseCorsRules, type RawCorsRule } from './cors/rules.js';
export { type CompiledPolicy, compilePolicy } from './evaluation/compile.js';
export {
  type ConditionKeys,
  combineKeys,
  conditionKeys,
  type KeyValue,
  principalKeys,
  timeKeys,
} from './evaluation/context.js';
export {
  type AccessRequest,
  type DecidedBy,
  type Decision,
  evaluate,
  type PolicySet,
  type PolicyType,
} from './evaluation/evaluate.js';
export type { Principal } from './evaluation/principal.js';
export {
  dueAction,
  type LifecycleAction,
  nextExpiration,
  type ObjectVersion,
  uploadAbortion,
  type Versioning,
} from './lifecycle/due.js';
export { maxLifecycleRules, parseLifecycle } from './lifecycle/parse.js';
export type {
  RawExpiration,
  RawFilter,
  RawLifecycleRule,
  RawNoncurrent,
  RawPredicates,
  RawTag,
  RawTransition,
} from './lifecycle/raw.js';
export {
  isLifecycleClass,
  type LifecycleConfiguration,
  type LifecycleExpiration,
  type LifecycleFilter,
  type LifecycleRule,
  type LifecycleTag,
  type LifecycleTransition,
  type NoncurrentExpiration,
  type NoncurrentTransition,
  type StorageClass,
  storageClasses,
  type TransitionMinimum,
} from './lifecycle/rules.js';
export type {
  PatternElement,
  PolicyCondition,
  PolicyDocument,
  PolicyStatement,
  PolicyVersion,
  PrincipalElement,
} from './policy/document.js';
export { type PolicyKind, policySize } from './policy/kinds.js';
export { type ParseOptions, parsePolicy } from './policy/parse.js';
export { type BuiltInPolicy, type BuiltInRole, builtInRoles } from './roles.js';
