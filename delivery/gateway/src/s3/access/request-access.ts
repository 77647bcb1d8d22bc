// What the caller of one request may do: the decision of @cess/access over the caller's policies, the policy and the lists of
// the bucket, and its public access block (ADR 55). Settings come from the record of the bucket, which a request reads anyway;
// the object is read only where a list or a condition of a policy depends on it.
import {
  type AccessRequest,
  type AclReach,
  accountIdOf,
  aclPermission,
  aclReach,
  type CompiledPolicy,
  type ConditionKeys,
  combineKeys,
  type Decision,
  evaluate,
  type PolicySet,
} from '@cess/access';
import type { ObjectIndex, ObjectRecord, VersionId } from '@cess/object-index';
import { equalBytes, toHex } from '@cess/primitives';
import { aclOfBucket, aclOfObject, ownerOfObject } from '../configurations/access-control-list.js';
import { bucketPolicy } from '../configurations/bucket-policy.js';
import type { NamedBucket } from '../configurations/configuration.js';
import type { ConfigurationCache } from '../configurations/configuration-cache.js';
import { effectiveOwnership } from '../configurations/object-ownership.js';
import { effectiveBlock } from '../configurations/public-access-block.js';
import { S3Error } from '../errors.js';
import type { Caller } from './caller.js';
import { tagNamed } from './request-keys.js';

/** A bucket, or an object in it. */
export interface AccessTarget {
  readonly bucket: NamedBucket;
  readonly key?: string;
  readonly versionId?: VersionId | undefined;
}

export interface RequestAccessInit {
  readonly caller: Caller;
  readonly index: Pick<ObjectIndex, 'getObject'>;
  readonly configurations: ConfigurationCache;
  /** Condition keys of the request. */
  readonly keys: ConditionKeys;
  /** Called with every decision, for the log. */
  readonly onDecision: (action: string, resource: string, decision: Decision) => void;
}

/** Actions on objects that the owner of the bucket decides about alone, whoever owns the object. */
const bucketOwnersActions: ReadonlySet<string> = new Set([
  's3:PutObject',
  's3:DeleteObject',
  's3:DeleteObjectVersion',
  's3:AbortMultipartUpload',
  's3:ListMultipartUploadParts',
]);
const existingTagPrefix = 's3:existingobjecttag/';

/** What a decision is about. */
interface Subject {
  readonly action: string;
  readonly target: AccessTarget;
  /** Of the bucket, or of the object where objects can have other owners. */
  readonly owner: Uint8Array;
  /** Read only where lists count. */
  readonly object: ObjectRecord | undefined;
  /** Whether the ownership of the bucket lets access control lists count. */
  readonly listsCount: boolean;
}

export class RequestAccess {
  readonly #objects = new Map<string, Promise<ObjectRecord | undefined>>();

  constructor(private readonly init: RequestAccessInit) {}

  get caller(): Caller {
    return this.init.caller;
  }

  /** Throws AccessDenied unless the caller may perform the action. */
  async require(action: string, target: AccessTarget): Promise<void> {
    if (!(await this.allows(action, target))) throw new S3Error('AccessDenied');
  }

  async allows(action: string, target: AccessTarget): Promise<boolean> {
    const { bucket, key } = target;
    const listsCount = effectiveOwnership(this.init.configurations, bucket) !== 'BucketOwnerEnforced';
    const isOnObject = key !== undefined && !bucketOwnersActions.has(action);
    const object = isOnObject && listsCount ? await this.object(target) : undefined;
    const owner = object === undefined ? bucket.record.owner : ownerOfObject(bucket.record, object);
    const subject = { action, target, owner, object, listsCount };
    const first = this.#evaluate(subject);
    // Without the object its tags are missing, and a condition on them may have gone either way.
    const needsObject = first.asksForTags && isOnObject && object === undefined;
    const found = needsObject ? await this.object(target) : undefined;
    const { decision } = found === undefined ? first : this.#evaluate({ ...subject, object: found });
    return decision?.effect === 'allow';
  }

  /** For actions without an existing bucket. Anonymous callers have no account. */
  allowsInAccount(action: string, bucketName = '*'): boolean {
    const { principal, account, policies } = this.init.caller;
    if (account === undefined) return false;
    const resource = `arn:aws:s3:::${bucketName}`;
    const request = { principal, action, resource, resourceAccount: account.id, keys: this.init.keys };
    const decision = evaluate(request, policies);
    this.init.onDecision(action, resource, decision);
    return decision.effect === 'allow';
  }

  /** For named keys, which have no policy of their own: the account of the key decides by the policies of its identities. */
  allowsKey(action: string, { arn, account }: { readonly arn: string; readonly account: string }): boolean {
    const { caller, keys, onDecision } = this.init;
    const request = { principal: caller.principal, action, resource: arn, resourceAccount: account, keys };
    const decision = evaluate(request, caller.policies);
    onDecision(action, arn, decision);
    return decision.effect === 'allow';
  }

  /** The object of a target. A request reads it once, so that it serves the very record that was decided about. */
  object({ bucket, key = '', versionId }: AccessTarget): Promise<ObjectRecord | undefined> {
    const version = typeof versionId === 'object' ? `${versionId.ordinal} ${toHex(versionId.nonce)}` : versionId;
    const id = JSON.stringify([bucket.name, version, key]);
    const read = this.#objects.get(id) ?? this.init.index.getObject({ bucket: bucket.name, key }, versionId);
    this.#objects.set(id, read);
    return read;
  }

  #evaluate(subject: Subject): { readonly decision: Decision | undefined; readonly asksForTags: boolean } {
    const { caller, keys, onDecision } = this.init;
    const { action, target, object } = subject;
    const account = resourceAccountOf(subject.owner, caller);
    if (account === undefined) return { decision: undefined, asksForTags: false };
    let asksForTags = false;
    const objectKeys: ConditionKeys = (name) => {
      if (!name.startsWith(existingTagPrefix)) return undefined;
      asksForTags = true;
      return tagNamed(object?.tags, name.slice(existingTagPrefix.length));
    };
    const request: AccessRequest = {
      principal: caller.principal,
      action,
      resource: arnOf(target),
      resourceAccount: account,
      keys: combineKeys(objectKeys, keys),
    };
    const decision = evaluate(request, this.#policies(subject));
    onDecision(action, request.resource, decision);
    return { decision, asksForTags };
  }

  #policies(subject: Subject): PolicySet {
    const { caller, configurations } = this.init;
    const { bucket } = subject.target;
    const policy = configurations.read(bucketPolicy, bucket);
    const acl = subject.listsCount ? this.#reachByLists(subject) : undefined;
    if (policy === undefined && acl === undefined) return caller.policies;
    const { restrictPublicBuckets } = effectiveBlock(configurations, bucket);
    const isOwnersObject = equalBytes(subject.owner, bucket.record.owner);
    return {
      ...caller.policies,
      ...(policy === undefined ? {} : { resource: isOwnersObject ? policy : withoutAllows(policy) }),
      ...(acl === undefined ? {} : { acl }),
      restrictsPublicPolicy: restrictPublicBuckets,
    };
  }

  #reachByLists({ action, target, object }: Subject): AclReach | undefined {
    const { caller, configurations } = this.init;
    const { bucket } = target;
    const needed = aclPermission(action);
    if (needed === undefined || (needed.list === 'object' && object === undefined)) return undefined;
    const acl = object === undefined ? aclOfBucket(configurations, bucket) : aclOfObject(bucket.record, object);
    const { ignorePublicAcls } = effectiveBlock(configurations, bucket);
    return aclReach(acl, caller.principal, needed.permission, { ignoresPublic: ignorePublicAcls });
  }
}

/**
 * The account id of the owner. Undefined if the caller's account has the same id and another owner: two owners with one id must
 * never pass for each other.
 */
function resourceAccountOf(owner: Uint8Array, { account }: Caller): string | undefined {
  if (account !== undefined && equalBytes(owner, account.owner)) return account.id;
  const id = accountIdOf(owner);
  return id === account?.id ? undefined : id;
}

function arnOf({ bucket, key }: AccessTarget): string {
  return key === undefined ? `arn:aws:s3:::${bucket.name}` : `arn:aws:s3:::${bucket.name}/${key}`;
}

/** The policy of a bucket grants nothing on objects of other owners, and denies on all. */
function withoutAllows(policy: CompiledPolicy): CompiledPolicy {
  return { ...policy, allows: [] };
}
