// SimulatePrincipalPolicy and SimulateCustomPolicy: what the policies of a user, group or role, or documents that are stored nowhere,
// decide about actions on resources. Beyond Amazon's answer, a matched statement has its position and name in the document.
import {
  type CompiledPolicy,
  type ConditionKeys,
  compilePolicy,
  type DecidedBy,
  type Decision,
  evaluate,
  type PolicyKind,
  type Principal,
  parsePolicy,
} from '@cess/access';
import { answered, type Portions, type ReadView } from '@cess/object-index';
import { assumedRoleArn, parseEntityArn } from '../arns.js';
import { IamError } from '../iam-error.js';
import type { CallerPolicies } from '../identity/caller.js';
import { groupPolicies, rolePolicies, userPolicies } from '../identity/load-policies.js';
import { checkDocument } from './documents.js';
import { accountOf, anySubject, requireGroup, requireRole, requireUser } from './entities.js';
import type { Answer, Call, Operations } from './operation.js';
import { rules } from './params.js';

const maxActions = 100;

/** As many as Amazon evaluates at once. */
const maxDocuments = 20;

export const simulationOperations: Operations = {
  SimulatePrincipalPolicy: {
    subject: (call) => answered({ arn: call.params.required('PolicySourceArn', rules.arn) }),
    *read(call, view) {
      const arn = call.params.required('PolicySourceArn', rules.arn);
      const policies = yield* policiesOf(call, view, arn);
      return simulate(call, call.params.optional('CallerArn', rules.arn) ?? arn, policies);
    },
  },
  SimulateCustomPolicy: {
    subject: anySubject,
    read: (call) => {
      const caller = call.params.optional('CallerArn', rules.arn);
      if (caller === undefined && resourcePolicy(call) !== undefined)
        throw new IamError('InvalidInput', 'A ResourcePolicy needs the CallerArn of a user or role of the account.');
      return answered(simulate(call, caller ?? `arn:aws:iam::${accountOf(call)}:user/simulated`, givenPolicies(call)));
    },
  },
};

function simulate(call: Call, arn: string, policies: CallerPolicies): Answer {
  const { params } = call;
  const account = accountOf(call);
  const actions = params.list('ActionNames', rules.text);
  const given = params.list('ResourceArns', rules.resource);
  const resources = given.length === 0 ? ['*'] : given;
  if (actions.length === 0 || actions.length * resources.length > maxActions)
    throw new IamError('InvalidInput', `Name 1 to ${maxActions} pairs of an action and a resource.`);
  const keys = contextKeys(call);
  const resourceDocument = resourcePolicy(call);
  const principal = principalOf(call, arn, resourceDocument !== undefined);
  const all = resourceDocument === undefined ? policies : { ...policies, resource: resourceDocument };
  const results: Answer[] = [];
  for (const action of actions) {
    for (const resource of resources) {
      const decision = evaluate({ principal, action, resource, resourceAccount: account, keys }, all);
      results.push({
        EvalActionName: action,
        EvalResourceName: resource,
        EvalDecision: decisions[decision.effect],
        MatchedStatements: decision.effect === 'implicit-deny' ? [] : [statementShape(decision.by)],
        PermissionsBoundaryDecisionDetail: boundaryDetail(decision),
        MissingContextValues: [],
      });
    }
  }
  return { EvaluationResults: results, IsTruncated: false };
}

const decisions = { allow: 'allowed', 'explicit-deny': 'explicitDeny', 'implicit-deny': 'implicitDeny' } as const;

const policyTypes: Readonly<Partial<Record<DecidedBy['type'], string>>> = {
  boundary: 'IAM Permissions Boundary Policy',
  resource: 'Resource Policy',
};

function statementShape({ type, policy, statement, sid }: DecidedBy): Answer {
  return {
    SourcePolicyId: policy,
    SourcePolicyType: policyTypes[type] ?? 'IAM Policy',
    StatementIndex: statement,
    Sid: sid,
  };
}

/** Present where the boundary decided. */
function boundaryDetail(decision: Decision): Answer | undefined {
  const type = decision.effect === 'implicit-deny' ? decision.missing : decision.by.type;
  return type === 'boundary' ? { AllowedByPermissionsBoundary: false } : undefined;
}

/** The documents of the request: `PolicyInputList`, and at most one of `PermissionsBoundaryPolicyInputList`. */
function givenPolicies({ params }: Call): CallerPolicies {
  const documents = params.list('PolicyInputList', rules.document);
  const [boundary, ...others] = params.list('PermissionsBoundaryPolicyInputList', rules.document);
  if (documents.length === 0 || documents.length > maxDocuments || others.length > 0)
    throw new IamError('InvalidInput', `Give 1 to ${maxDocuments} policies and at most one permissions boundary.`);
  const identity = documents.map((document, index) => compiled(document, 'managed', `PolicyInputList.${index + 1}`));
  return boundary === undefined
    ? { identity }
    : { identity, boundary: compiled(boundary, 'managed', 'PermissionsBoundaryPolicyInputList.1') };
}

/** The policy of the bucket, which counts for all resources of the request; its own elements say for which. */
function resourcePolicy({ params }: Call): CompiledPolicy | undefined {
  const document = params.optional('ResourcePolicy', rules.document);
  return document === undefined ? undefined : compiled(document, 'bucket', 'ResourcePolicy');
}

/** Not by the cache of compiled policies: drafts would push out those that are in use. */
function compiled(document: string, kind: PolicyKind, name: string): CompiledPolicy {
  checkDocument(document, kind);
  return compilePolicy(parsePolicy(document, kind), name);
}

/** A role acts in sessions. A group acts never: no policy of a bucket can name it, so one is evaluated for a user of it. */
function principalOf(call: Call, arn: string, hasResourcePolicy: boolean): Principal {
  const account = accountOf(call);
  const canonicalId = call.caller.account.canonicalId;
  const parsed = parseEntityArn(arn);
  if (parsed?.account === account && parsed.kind === 'role') {
    const session = assumedRoleArn(account, parsed.name, 'simulated');
    return { kind: 'role-session', account, canonicalId, roleArn: arn, arn: session };
  }
  if (hasResourcePolicy && (parsed?.account !== account || parsed.kind !== 'user'))
    throw new IamError('InvalidInput', 'A ResourcePolicy needs the CallerArn of a user or role of the account.');
  return { kind: 'user', account, canonicalId, arn };
}

function* policiesOf(call: Call, view: ReadView, arn: string): Portions<CallerPolicies> {
  const account = accountOf(call);
  const loader = { view, account, compiler: call.services.compiler };
  const parsed = parseEntityArn(arn);
  if (parsed?.account === account) {
    if (parsed.kind === 'user') return yield* userPolicies(loader, yield* requireUser(view, account, parsed.name));
    if (parsed.kind === 'role') return yield* rolePolicies(loader, yield* requireRole(view, account, parsed.name));
    if (parsed.kind === 'group') return yield* groupPolicies(loader, yield* requireGroup(view, account, parsed.name));
  }
  throw new IamError('InvalidInput', `Invalid Entity Arn: ${arn} does not clearly define entity type and name.`);
}

/** `ContextEntries.member.N` with `ContextKeyName` and the first of `ContextKeyValues`. */
function contextKeys({ params }: Call): ConditionKeys {
  const names = params.list('ContextEntries', rules.text, 'ContextKeyName');
  const values = params.list('ContextEntries', rules.text, 'ContextKeyValues.member.1');
  const table = new Map(names.map((name, at) => [name.toLowerCase(), values[at] ?? '']));
  return (key) => table.get(key);
}
