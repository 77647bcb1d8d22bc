// The operations of STS: temporary credentials, and who the caller is.
import { type CompiledPolicy, conditionKeys } from '@cess/access';
import { answered, type Portions, type ReadView } from '@cess/object-index';
import { assumedRoleArn, entityArn } from '../arns.js';
import { IamError } from '../iam-error.js';
import { callerArn } from '../identity/caller.js';
import { findPolicy } from '../identity/managed-policies.js';
import { quotas } from '../quotas.js';
import type { RoleRecord } from '../store/records.js';
import { accessKeys, roles } from '../store/tables.js';
import { checkDocument } from './documents.js';
import { anySubject, missing, roleOfArn } from './entities.js';
import type { Answer, Call, Operations, Subject } from './operation.js';
import { rules } from './params.js';
import { credentialsShape, newSession } from './sessions.js';

/** The longest session that a role can give to another session. */
const chainedSeconds = 3_600;

export const stsOperations: Operations = {
  GetCallerIdentity: {
    read: ({ caller }) => answered({ Arn: callerArn(caller), UserId: caller.userId, Account: caller.account.id }),
  },
  GetAccessKeyInfo: {
    subject: anySubject,
    *read({ params, services }, view) {
      const id = params.required('AccessKeyId', rules.accessKeyId);
      const key = yield* accessKeys.get(view, id);
      const account = services.roots.byAccessKey(id)?.account.id ?? key?.account;
      if (account === undefined)
        throw new IamError(
          'ValidationError',
          `Invalid type for parameter AccessKeyId: ${id} is no access key of this gateway.`,
        );
      return { Account: account };
    },
  },
  GetSessionToken: { takesCode: true, read: (call) => answered(getSessionToken(call)) },
  AssumeRole: { takesCode: true, subject: roleToAssume, read: assumeRole },
};

/** The role, its trust policy, and what trust policies can ask about the request. */
function* roleToAssume(call: Call, view: ReadView): Portions<Subject> {
  const { params, services } = call;
  const arn = params.required('RoleArn', rules.arn);
  const found = yield* findRole(view, arn);
  const keys = conditionKeys({
    'sts:ExternalId': params.optional('ExternalId', rules.externalId),
    'sts:RoleSessionName': params.required('RoleSessionName', rules.sessionName),
  });
  // Whether a role exists is told only to those who may assume it.
  const trust = found === undefined ? nobody : services.compiler.compile(arn, found.role.trust, 'trust');
  return { arn, account: found?.account ?? call.caller.account.id, keys, trust };
}

const nobody: CompiledPolicy = { name: 'missing role', isPublic: false, allows: [], denies: [] };

function* assumeRole(call: Call, view: ReadView): Portions<Answer> {
  const { params, caller } = call;
  if (caller.principal.kind === 'root')
    throw new IamError('AccessDenied', 'Roles may not be assumed by root accounts.');
  const arn = params.required('RoleArn', rules.arn);
  const { account, role } = (yield* findRole(view, arn)) ?? missing(`The role ${arn} cannot be found.`);
  const name = params.required('RoleSessionName', rules.sessionName);
  const max = caller.session === undefined ? role.maxSessionSeconds : Math.min(chainedSeconds, role.maxSessionSeconds);
  const seconds = params.integer('DurationSeconds', { min: 900, max, absent: Math.min(3_600, max) });
  const policy = params.optional('Policy', rules.document);
  const policyArns = params.list('PolicyArns', rules.arn, 'arn');
  yield* checkSessionPolicies(view, account, policy, policyArns);
  const session = newSession(
    call.services,
    { nowMs: call.nowMs, mfaAtMs: call.mfaAtMs, seconds },
    {
      account,
      subject: { type: 'Role', value: { name: role.name, id: role.id, session: name } },
      issuer: undefined,
      isNarrowed: policy !== undefined || policyArns.length > 0,
      policies: policy === undefined ? [] : [policy],
      policyArns,
    },
  );
  return {
    Credentials: credentialsShape(call.services, session),
    AssumedRoleUser: { AssumedRoleId: `${role.id}:${name}`, Arn: assumedRoleArn(account, role.name, name) },
    PackedPolicySize: policy === undefined ? undefined : Math.ceil((policy.length * 100) / rules.document.max),
  };
}

function getSessionToken(call: Call): Answer {
  const { params, caller } = call;
  const { principal } = caller;
  if (caller.session !== undefined || principal.kind === 'role-session')
    throw new IamError('AccessDenied', 'Cannot call GetSessionToken with session credentials');
  const isRoot = principal.kind === 'root';
  const max = isRoot ? 3_600 : 129_600;
  const seconds = Math.min(max, params.integer('DurationSeconds', { min: 900, max: 129_600, absent: 43_200 }));
  const session = newSession(
    call.services,
    { nowMs: call.nowMs, mfaAtMs: call.mfaAtMs, seconds },
    {
      account: caller.account.id,
      subject: isRoot ? { type: 'Root' } : { type: 'User', value: { name: caller.userName ?? '', id: caller.userId } },
      issuer: caller.accessKeyId,
      isNarrowed: false,
      policies: [],
      policyArns: [],
    },
  );
  return { Credentials: credentialsShape(call.services, session) };
}

function* checkSessionPolicies(
  view: ReadView,
  account: string,
  policy: string | undefined,
  arns: readonly string[],
): Portions {
  if (policy !== undefined) checkDocument(policy, 'session');
  if (arns.length > quotas.sessionPolicies)
    throw new IamError('ValidationError', `At most ${quotas.sessionPolicies} policies can narrow a session.`);
  for (const arn of arns) {
    if ((yield* findPolicy(view, account, arn)) === undefined)
      throw new IamError('ValidationError', `Scope ARN: ${arn} does not exist or is not attachable.`);
  }
}

function* findRole(
  view: ReadView,
  arn: string,
): Portions<{ readonly account: string; readonly role: RoleRecord } | undefined> {
  const named = roleOfArn(arn);
  if (named === undefined) return undefined;
  const role = yield* roles.get(view, named.account, named.name);
  const isExact = role !== undefined && entityArn(named.account, 'role', role) === arn;
  return isExact ? { account: named.account, role } : undefined;
}
