// The decision about a request (AWS IAM User Guide, "Policy evaluation logic"; Amazon S3 User Guide, "How Amazon S3
// authorizes a request"):
//   1. A statement of any policy that denies wins.
//   2. The owner of the resource, the root of its account, is allowed.
//   3. Within one account, identity policies or the resource policy must allow; an identity's permissions are those that its
//      policies and its permissions boundary and the policies of its session all allow. What a resource policy grants to
//      a user by name is not narrowed by a boundary, what it grants to a session by name is narrowed by nothing else; what it
//      grants to an account, the identity policies there must allow as well.
//   4. Across accounts, both sides must allow.
//   5. Everything else is denied.
//
// Work. With P characters of all policies and V of the longest value of the request, no evaluation takes more than
// P (2 V + 4) (1 + n) steps, n being the number of values of a multivalued key: a pattern takes at least three characters of a
// document, it is compared at most twice with each value, and no comparison takes more than a few steps for a character
// (matching/pattern.ts). Principals are compared as whole texts.
import type { AclReach } from '../acl/evaluate.js';
import { arnFields } from '../matching/arn.js';
import { createWork } from '../matching/parts.js';
import type { CompiledPolicy, CompiledStatement, RequestView } from './compile.js';
import type { ConditionKeys } from './context.js';
import { accountOf, isDeniedByNotPrincipal, type Principal, type Reach, reachOf } from './principal.js';

export interface AccessRequest {
  readonly principal: Principal;
  /** For example `s3:GetObject`. */
  readonly action: string;
  /** ARN: `arn:aws:s3:::bucket` or `arn:aws:s3:::bucket/key`. */
  readonly resource: string;
  /** The account that owns the resource. */
  readonly resourceAccount: string;
  readonly keys: ConditionKeys;
}

export interface PolicySet {
  /** Policies of the user and their groups, or of the role. */
  readonly identity: readonly CompiledPolicy[];
  /** What the identity may have at most. */
  readonly boundary?: CompiledPolicy;
  /** What the session may have at most: it needs the permission of one of them. Absent: the session is not narrowed. */
  readonly session?: readonly CompiledPolicy[];
  /** The bucket policy, or the trust policy of a role. */
  readonly resource?: CompiledPolicy;
  /** What access control lists grant (`aclReach`). */
  readonly acl?: AclReach;
  /** RestrictPublicBuckets: a public policy grants nothing beyond the account and services. */
  readonly restrictsPublicPolicy?: boolean;
  /** For trust policies, without which no identity policy lets anyone assume a role. */
  readonly resourceMustAllow?: boolean;
}

export type PolicyType = 'identity' | 'boundary' | 'session' | 'resource' | 'acl' | 'owner';

/** The statement that decided. `owner` and `acl` have none. */
export interface DecidedBy {
  readonly type: PolicyType;
  readonly policy?: string;
  /** Position of the statement in the document, from 0. */
  readonly statement?: number;
  readonly sid?: string;
}

export type Decision =
  | { readonly effect: 'allow'; readonly by: DecidedBy; readonly steps: number }
  | { readonly effect: 'explicit-deny'; readonly by: DecidedBy; readonly steps: number }
  /** `missing`: the type of policy that would have to allow the request. */
  | { readonly effect: 'implicit-deny'; readonly missing: PolicyType; readonly steps: number };

/** Decides about a request. Throws only what `keys` throws. */
export function evaluate(request: AccessRequest, policies: PolicySet): Decision {
  const work = createWork();
  const view: RequestView = {
    action: request.action.toLowerCase(),
    resource: arnFields(request.resource),
    lookup: rememberKeys(request.keys),
    work,
  };
  const denied = findDeny(request, policies, view);
  if (denied !== undefined) return { effect: 'explicit-deny', by: denied, steps: work.steps };
  const outcome = findAllow(request, policies, view);
  return typeof outcome === 'string'
    ? { effect: 'implicit-deny', missing: outcome, steps: work.steps }
    : { effect: 'allow', by: outcome, steps: work.steps };
}

function rememberKeys(keys: ConditionKeys): RequestView['lookup'] {
  const known = new Map<string, readonly string[] | undefined>();
  return (key) => {
    if (known.has(key)) return known.get(key);
    const value = keys(key);
    const values = typeof value === 'string' ? [value] : value;
    known.set(key, values);
    return values;
  };
}

function findDeny(request: AccessRequest, policies: PolicySet, view: RequestView): DecidedBy | undefined {
  const { identity, boundary, session = [], resource } = policies;
  const groups = [
    ['identity', identity],
    ['boundary', boundary === undefined ? [] : [boundary]],
    ['session', session],
  ] as const;
  for (const [type, list] of groups) {
    for (const policy of list) {
      const statement = policy.denies.find((candidate) => candidate.matches(view));
      if (statement !== undefined) return decidedBy(type, policy, statement);
    }
  }
  if (resource === undefined || mayAlwaysManagePolicy(request)) return undefined;
  const statement = resource.denies.find(
    (candidate) => isDenied(candidate, request.principal, boundary !== undefined) && candidate.matches(view),
  );
  return statement === undefined ? undefined : decidedBy('resource', resource, statement);
}

function isDenied({ principals }: CompiledStatement, principal: Principal, hasBoundary: boolean): boolean {
  if (principals === undefined) return true;
  if (principals.isNegated) return isDeniedByNotPrincipal(principals, principal, hasBoundary);
  return reachOf(principals, principal) !== undefined;
}

/** The root of the owner's account cannot lock itself out by a bucket policy. */
function mayAlwaysManagePolicy({ principal, action, resourceAccount }: AccessRequest): boolean {
  return (
    principal.kind === 'root' &&
    principal.account === resourceAccount &&
    ['s3:getbucketpolicy', 's3:putbucketpolicy', 's3:deletebucketpolicy'].includes(action.toLowerCase())
  );
}

/** What allows the request; else the type of policy that would have to. */
function findAllow(request: AccessRequest, policies: PolicySet, view: RequestView): DecidedBy | PolicyType {
  const { principal, resourceAccount } = request;
  const account = accountOf(principal);
  const isOwnAccount = account === resourceAccount;
  const grant = grantOfResource(request, policies, view, isOwnAccount);
  if (account === undefined) return grant?.by ?? 'resource';
  const own = allowOfIdentity(principal, policies, view);
  if (!isOwnAccount || policies.resourceMustAllow === true) {
    if (grant === undefined) return 'resource';
    return typeof own !== 'string' || (isOwnAccount && sufficesAlone(grant.reach, principal, policies, view))
      ? grant.by
      : own;
  }
  if (typeof own !== 'string') return own;
  return grant !== undefined && sufficesAlone(grant.reach, principal, policies, view) ? grant.by : own;
}

/** What identity policies allow within boundary and session; else the type of policy that does not. */
function allowOfIdentity(principal: Principal, policies: PolicySet, view: RequestView): DecidedBy | PolicyType {
  const own =
    principal.kind === 'root' ? ({ type: 'owner' } as const) : firstAllow('identity', policies.identity, view);
  if (own === undefined) return 'identity';
  return missingLimit(policies.boundary, policies.session, view) ?? own;
}

/** Of boundary and session the one that does not allow the request. */
function missingLimit(
  boundary: CompiledPolicy | undefined,
  session: readonly CompiledPolicy[] | undefined,
  view: RequestView,
): 'boundary' | 'session' | undefined {
  if (boundary !== undefined && firstAllow('boundary', [boundary], view) === undefined) return 'boundary';
  return session !== undefined && firstAllow('session', session, view) === undefined ? 'session' : undefined;
}

/** Whether a grant of the resource needs no identity policy of its own account beside it. */
function sufficesAlone(reach: Reach, principal: Principal, policies: PolicySet, view: RequestView): boolean {
  if (principal.kind === 'root' || reach === 'session') return true;
  if (reach === 'account') return false;
  // A boundary narrows roles, and users only where the resource does not name them.
  const boundary = reach === 'identity' && principal.kind !== 'role-session' ? undefined : policies.boundary;
  return missingLimit(boundary, policies.session, view) === undefined;
}

interface Grant {
  readonly by: DecidedBy;
  readonly reach: Reach;
}

/** The most direct grant of the resource policy and the access control list. */
function grantOfResource(
  { principal }: AccessRequest,
  { resource, acl, restrictsPublicPolicy }: PolicySet,
  view: RequestView,
  isOwnAccount: boolean,
): Grant | undefined {
  let best: Grant | undefined = acl === undefined ? undefined : { by: { type: 'acl' }, reach: acl };
  const isRestricted = restrictsPublicPolicy === true && resource?.isPublic === true;
  if (resource === undefined || (isRestricted && !isOwnAccount && principal.kind !== 'service')) return best;
  for (const statement of resource.allows) {
    const reach = statement.principals === undefined ? undefined : reachOf(statement.principals, principal);
    if (reach === undefined || (best !== undefined && order[reach] <= order[best.reach])) continue;
    if (statement.matches(view)) best = { by: decidedBy('resource', resource, statement), reach };
  }
  return best;
}

const order: Readonly<Record<Reach, number>> = { account: 0, everyone: 1, identity: 2, session: 3 };

function firstAllow(type: PolicyType, policies: readonly CompiledPolicy[], view: RequestView): DecidedBy | undefined {
  for (const policy of policies) {
    const statement = policy.allows.find((candidate) => candidate.matches(view));
    if (statement !== undefined) return decidedBy(type, policy, statement);
  }
  return undefined;
}

function decidedBy(type: PolicyType, policy: CompiledPolicy, { index, sid }: CompiledStatement): DecidedBy {
  return { type, policy: policy.name, statement: index, ...(sid === undefined ? {} : { sid }) };
}
