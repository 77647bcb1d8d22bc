// SimulatePrincipalPolicy: what the policies of a user, group or role decide about actions on resources.
import { type ConditionKeys, evaluate } from '@cess/access';
import { answered, type Portions, type ReadView } from '@cess/object-index';
import { parseEntityArn } from '../arns.js';
import { IamError } from '../iam-error.js';
import type { CallerPolicies } from '../identity/caller.js';
import { groupPolicies, rolePolicies, userPolicies } from '../identity/load-policies.js';
import { accountOf, requireGroup, requireRole, requireUser } from './entities.js';
import type { Answer, Call, Operations } from './operation.js';
import { rules } from './params.js';

const maxActions = 100;

export const simulationOperations: Operations = {
  SimulatePrincipalPolicy: {
    subject: (call) => answered({ arn: call.params.required('PolicySourceArn', rules.arn) }),
    read: simulate,
  },
};

function* simulate(call: Call, view: ReadView): Portions<Answer> {
  const { params } = call;
  const account = accountOf(call);
  const arn = params.required('PolicySourceArn', rules.arn);
  const policies = yield* policiesOf(call, view, arn);
  const actions = params.list('ActionNames', rules.text);
  const given = params.list('ResourceArns', rules.arn);
  const resources = given.length === 0 ? ['*'] : given;
  if (actions.length === 0 || actions.length * resources.length > maxActions)
    throw new IamError('InvalidInput', `Name 1 to ${maxActions} pairs of an action and a resource.`);
  const keys = contextKeys(call);
  const results: Answer[] = [];
  for (const action of actions) {
    for (const resource of resources) {
      const principal = { kind: 'user', account, arn } as const;
      const decision = evaluate({ principal, action, resource, resourceAccount: account, keys }, policies);
      const { effect } = decision;
      results.push({
        EvalActionName: action,
        EvalResourceName: resource,
        EvalDecision: { allow: 'allowed', 'explicit-deny': 'explicitDeny', 'implicit-deny': 'implicitDeny' }[effect],
        MatchedStatements:
          effect === 'implicit-deny' ? [] : [{ SourcePolicyId: decision.by.policy, SourcePolicyType: 'IAM Policy' }],
        MissingContextValues: [],
      });
    }
  }
  return { EvaluationResults: results, IsTruncated: false };
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
