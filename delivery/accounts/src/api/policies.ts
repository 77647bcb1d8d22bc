// Operations on managed policies and their versions.
import type { IndexView, Portions, ReadView } from '@cess/object-index';
import { entityArn } from '../arns.js';
import { IamError } from '../iam-error.js';
import { builtInPolicies, isBuiltIn } from '../identity/managed-policies.js';
import { createId } from '../ids.js';
import { quotas } from '../quotas.js';
import type { ManagedPolicyRecord } from '../store/records.js';
import { managedPolicies } from '../store/tables.js';
import { identitiesOf } from './attachments.js';
import { countDown, countUp } from './counts.js';
import { checkDocument, encodeDocument } from './documents.js';
import { accountOf, listSubject, missing, newSubject, pathOf, policySubject, requirePolicy } from './entities.js';
import type { Answer, Call, Operations } from './operation.js';
import { listPage, pageOfList } from './paging.js';
import { rules } from './params.js';
import { policyShape } from './shapes.js';

const arnOf = ({ params }: Call): string => params.required('PolicyArn', rules.arn);

export const policyOperations: Operations = {
  CreatePolicy: {
    subject: newSubject('policy', 'PolicyName'),
    change: createPolicy,
  },
  GetPolicy: {
    subject: policySubject,
    *read(call, view) {
      const policy = yield* requirePolicy(view, accountOf(call), arnOf(call));
      return { Policy: yield* shapeOf(call, view, arnOf(call), policy) };
    },
  },
  ListPolicies: { subject: listSubject('policy'), read: listPolicies },
  DeletePolicy: {
    subject: policySubject,
    *change(call, view) {
      const account = accountOf(call);
      const policy = yield* requireOwn(call, view);
      if ((yield* identitiesOf(view, account, arnOf(call))).length > 0)
        throw new IamError('DeleteConflict', 'Cannot delete a policy attached to entities.');
      if (policy.versions.length > 1) {
        const message = 'This policy has more than one version. Before you delete a policy, delete its versions.';
        throw new IamError('DeleteConflict', message);
      }
      managedPolicies.delete(view, account, policy.name);
      yield* countDown(view, account, 'policies');
    },
  },
  CreatePolicyVersion: {
    subject: policySubject,
    *change(call, view) {
      const document = call.params.required('PolicyDocument', rules.document);
      checkDocument(document, 'managed');
      const policy = yield* requireOwn(call, view);
      if (policy.versions.length >= quotas.versionsOfPolicy) {
        const message = `A managed policy can have up to ${quotas.versionsOfPolicy} versions. Before you create a new version, delete one.`;
        throw new IamError('LimitExceeded', message);
      }
      const version = { number: policy.nextVersion, document, createdAtMs: call.nowMs };
      const changed = {
        ...policy,
        versions: [...policy.versions, version],
        nextVersion: version.number + 1,
        updatedAtMs: call.nowMs,
        defaultVersion: call.params.flag('SetAsDefault') ? version.number : policy.defaultVersion,
      };
      managedPolicies.put(view, changed, accountOf(call), policy.name);
      return { PolicyVersion: versionShape(changed, version.number) };
    },
  },
  SetDefaultPolicyVersion: {
    subject: policySubject,
    *change(call, view) {
      const policy = yield* requireOwn(call, view);
      const defaultVersion = requireVersion(call, policy);
      const changed = { ...policy, defaultVersion, updatedAtMs: call.nowMs };
      managedPolicies.put(view, changed, accountOf(call), policy.name);
    },
  },
  DeletePolicyVersion: {
    subject: policySubject,
    *change(call, view) {
      const policy = yield* requireOwn(call, view);
      const number = requireVersion(call, policy);
      if (number === policy.defaultVersion)
        throw new IamError('DeleteConflict', 'Cannot delete the default version of a policy.');
      const versions = policy.versions.filter((version) => version.number !== number);
      managedPolicies.put(view, { ...policy, versions, updatedAtMs: call.nowMs }, accountOf(call), policy.name);
    },
  },
  GetPolicyVersion: {
    subject: policySubject,
    *read(call, view) {
      const policy = yield* requirePolicy(view, accountOf(call), arnOf(call));
      const number = requireVersion(call, policy);
      const document = policy.versions.find((version) => version.number === number)?.document ?? '';
      return { PolicyVersion: { Document: encodeDocument(document), ...versionShape(policy, number) } };
    },
  },
  ListPolicyVersions: {
    subject: policySubject,
    *read(call, view) {
      const policy = yield* requirePolicy(view, accountOf(call), arnOf(call));
      // Names with leading zeros sort as the numbers do.
      const entries = policy.versions.map(({ number }) => ({
        name: String(number).padStart(10, '0'),
        shown: versionShape(policy, number),
      }));
      return pageOfList(call.params, 'Versions', entries);
    },
  },
  ListEntitiesForPolicy: { subject: policySubject, read: listEntities },
};

function* createPolicy(call: Call, view: IndexView): Portions<Answer> {
  const account = accountOf(call);
  const name = call.params.required('PolicyName', rules.policyName);
  const document = call.params.required('PolicyDocument', rules.document);
  checkDocument(document, 'managed');
  if ((yield* managedPolicies.get(view, account, name)) !== undefined)
    throw new IamError(
      'EntityAlreadyExists',
      `A policy called ${name} already exists. Duplicate names are not allowed.`,
    );
  yield* countUp(view, account, 'policies');
  const policy: ManagedPolicyRecord = {
    name,
    path: pathOf(call),
    id: createId('ANPA', call.services.rng),
    description: call.params.optional('Description', rules.description) ?? '',
    createdAtMs: call.nowMs,
    updatedAtMs: call.nowMs,
    defaultVersion: 1,
    nextVersion: 2,
    versions: [{ number: 1, document, createdAtMs: call.nowMs }],
  };
  managedPolicies.put(view, policy, account, name);
  return { Policy: policyShape(entityArn(account, 'policy', policy), policy, 0) };
}

/** Policies of the account, then those that every account has. */
function* listPolicies(call: Call, view: ReadView): Portions<Answer> {
  const { params } = call;
  const account = accountOf(call);
  const scope = params.oneOf('Scope', ['All', 'AWS', 'Local'], 'All');
  const prefix = params.optional('PathPrefix', rules.pathPrefix) ?? '/';
  const onlyAttached = params.flag('OnlyAttached');
  const isAsked = function* (arn: string, policy: ManagedPolicyRecord): Portions<Answer | undefined> {
    if (!policy.path.startsWith(prefix)) return undefined;
    const shape = yield* shapeOf(call, view, arn, policy);
    return onlyAttached && shape['AttachmentCount'] === 0 ? undefined : shape;
  };
  if (scope === 'Local') {
    const source = { view, table: managedPolicies, scope: [account] };
    return yield* listPage(params, 'Policies', source, ({ value }) =>
      isAsked(entityArn(account, 'policy', value), value),
    );
  }
  const own = scope === 'AWS' ? [] : yield* managedPolicies.page(view, [account], { limit: quotas.policies });
  const all = [...own.map(({ value }) => [entityArn(account, 'policy', value), value] as const), ...builtInPolicies];
  const entries = [];
  for (const [arn, policy] of all.sort(([a], [b]) => (a < b ? -1 : 1))) {
    const shown = yield* isAsked(arn, policy);
    if (shown !== undefined) entries.push({ name: arn, shown });
  }
  return pageOfList(params, 'Policies', entries);
}

function* listEntities(call: Call, view: ReadView): Portions<Answer> {
  const { params } = call;
  const kinds = ['User', 'Role', 'Group', 'LocalManagedPolicy', 'AWSManagedPolicy'] as const;
  const filter = params.has('EntityFilter') ? params.oneOf('EntityFilter', kinds) : undefined;
  const usage = params.oneOf('PolicyUsageFilter', ['PermissionsPolicy', 'PermissionsBoundary', ''], '');
  yield* requirePolicy(view, accountOf(call), arnOf(call));
  const entries = (yield* identitiesOf(view, accountOf(call), arnOf(call))).filter((identity) => {
    const isBoundary = identity.startsWith('boundary/');
    return usage === '' || isBoundary === (usage === 'PermissionsBoundary');
  });
  const page = pageOfList(
    params,
    'Entities',
    entries.map((name) => ({ name, shown: name })),
  );
  const shown = new Set((page['Entities'] as readonly string[]).map((name) => name.replace(/^boundary\//, '')));
  const named = (noun: string, kind: (typeof kinds)[number], member: string) =>
    filter !== undefined && filter !== kind
      ? []
      : [...shown]
          .filter((name) => name.startsWith(`${noun}/`))
          .map((name) => ({ [member]: name.slice(noun.length + 1) }));
  return {
    PolicyGroups: named('group', 'Group', 'GroupName'),
    PolicyUsers: named('user', 'User', 'UserName'),
    PolicyRoles: named('role', 'Role', 'RoleName'),
    IsTruncated: page['IsTruncated'],
    Marker: page['Marker'],
  };
}

function* shapeOf(call: Call, view: ReadView, arn: string, policy: ManagedPolicyRecord): Portions<Answer> {
  const identities = yield* identitiesOf(view, accountOf(call), arn);
  return policyShape(arn, policy, identities.filter((name) => !name.startsWith('boundary/')).length);
}

/** A policy that the account may change. */
function* requireOwn(call: Call, view: ReadView): Portions<ManagedPolicyRecord> {
  if (isBuiltIn(arnOf(call)))
    throw new IamError('UnmodifiableEntity', 'The policies of the gateway cannot be changed.');
  return yield* requirePolicy(view, accountOf(call), arnOf(call));
}

function requireVersion({ params }: Call, { name, versions }: ManagedPolicyRecord): number {
  const versionId = params.required('VersionId', rules.versionId);
  const number = Number(versionId.slice(1));
  if (!versions.some((version) => version.number === number))
    missing(`Policy ${name} version ${versionId} does not exist or is not attachable.`);
  return number;
}

function versionShape({ defaultVersion, versions }: ManagedPolicyRecord, number: number): Answer {
  const createdAtMs = versions.find((version) => version.number === number)?.createdAtMs ?? 0;
  return { VersionId: `v${number}`, IsDefaultVersion: number === defaultVersion, CreateDate: new Date(createdAtMs) };
}
