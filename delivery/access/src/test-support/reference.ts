// A slow and plain evaluator for tests. It works on the text of policies as JSON.parse gives it, knows nothing of the parser
// and the compiler, and decides every question by trying out all possibilities. Nothing here is shared with the product.

import { arnMatches, conditionHolds, listOf, plainMatch } from './reference-matching.js';
import type { PlainPolicies, PlainPolicy, PlainRequest, PlainStatement } from './reference-types.js';

type Effect = 'allow' | 'explicit-deny' | 'implicit-deny';

/** Whether all but the principal matches. */
function statementMatches(policy: PlainPolicy, statement: PlainStatement, request: PlainRequest): boolean {
  const variables = policy.Version === '2012-10-17';
  const action = (pattern: unknown) => plainMatch(String(pattern).toLowerCase(), request.action.toLowerCase());
  const resource = (pattern: unknown) => arnMatches(String(pattern), request.resource, request, variables);
  if (statement.Action !== undefined && !listOf(statement.Action).some(action)) return false;
  if (statement.NotAction !== undefined && listOf(statement.NotAction).some(action)) return false;
  if (statement.Resource !== undefined && !listOf(statement.Resource).some(resource)) return false;
  if (statement.NotResource !== undefined && listOf(statement.NotResource).some(resource)) return false;
  for (const [operator, block] of Object.entries(statement.Condition ?? {}))
    for (const [key, given] of Object.entries(block))
      if (!conditionHolds(operator, key, given, request, variables)) return false;
  return true;
}

/** All names by which an element may call the principal, each with how directly it does. */
function namesOf(request: PlainRequest): { type: string; name: string; reach: string }[] {
  const names = [{ type: 'AWS', name: '*', reach: 'everyone' }];
  if (request.account !== undefined) {
    names.push({ type: 'AWS', name: request.account, reach: 'account' });
    names.push({ type: 'AWS', name: `arn:aws:iam::${request.account}:root`, reach: 'account' });
  }
  if (request.canonicalId !== undefined)
    names.push({ type: 'CanonicalUser', name: request.canonicalId, reach: 'account' });
  if (request.kind === 'user') names.push({ type: 'AWS', name: request.arn!, reach: 'identity' });
  if (request.kind === 'role-session' || request.kind === 'federated-user') {
    names.push({ type: 'AWS', name: request.parentArn!, reach: 'identity' });
    names.push({ type: 'AWS', name: request.arn!, reach: 'session' });
  }
  if (request.kind === 'service') names.push({ type: 'Service', name: request.name!, reach: 'identity' });
  if (request.kind === 'federated') names.push({ type: 'Federated', name: request.name!, reach: 'identity' });
  return names;
}

/** The ways in which the element names the principal. */
function reaches(element: unknown, request: PlainRequest): string[] {
  if (element === '*') return ['everyone'];
  const members = element as Record<string, unknown>;
  return namesOf(request)
    .filter(({ type, name }) => listOf(members[type]).includes(name))
    .map(({ reach }) => reach);
}

function isDeniedTo(statement: PlainStatement, request: PlainRequest, hasBoundary: boolean): boolean {
  if (statement.Principal !== undefined) return reaches(statement.Principal, request).length > 0;
  if (statement.NotPrincipal === undefined) return true;
  const named = reaches(statement.NotPrincipal, request);
  if (named.includes('everyone')) return false;
  if (hasBoundary) return true;
  const needed: Record<PlainRequest['kind'], string[]> = {
    anonymous: ['everyone'],
    root: ['account'],
    user: ['account', 'identity'],
    'role-session': ['account', 'identity', 'session'],
    'federated-user': ['account', 'identity', 'session'],
    service: ['identity'],
    federated: ['identity'],
  };
  return !needed[request.kind].every((reach) => named.includes(reach));
}

/** The decision, straight from the rules that Amazon documents. */
export function plainEvaluate(request: PlainRequest, policies: PlainPolicies): Effect {
  const { identity, boundary, session, resource } = policies;
  const some = (list: PlainPolicy[], effect: string) =>
    list.some((policy) => policy.Statement.some((s) => s.Effect === effect && statementMatches(policy, s, request)));
  if (some([...identity, ...(boundary ? [boundary] : []), ...(session ?? [])], 'Deny')) return 'explicit-deny';

  const isOwner = request.kind === 'root' && request.account === request.resourceAccount;
  const managesPolicy = ['s3:getbucketpolicy', 's3:putbucketpolicy', 's3:deletebucketpolicy'].includes(
    request.action.toLowerCase(),
  );
  if (resource !== undefined && !(isOwner && managesPolicy))
    for (const s of resource.Statement)
      if (
        s.Effect === 'Deny' &&
        isDeniedTo(s, request, boundary !== undefined) &&
        statementMatches(resource, s, request)
      )
        return 'explicit-deny';

  const grants = new Set<string>(policies.acl ? [policies.acl] : []);
  const isInside = request.account === request.resourceAccount || request.kind === 'service';
  if (resource !== undefined && (isInside || !policies.isRestricted))
    for (const s of resource.Statement)
      if (s.Effect === 'Allow' && statementMatches(resource, s, request))
        for (const reach of reaches(s.Principal, request)) grants.add(reach);

  const withinBoundary = boundary === undefined || some([boundary], 'Allow');
  const withinSession = session === undefined || some(session, 'Allow');
  const identityAllows = (request.kind === 'root' || some(identity, 'Allow')) && withinBoundary && withinSession;
  if (request.account === undefined) return grants.size > 0 ? 'allow' : 'implicit-deny';
  if (request.account !== request.resourceAccount) return grants.size > 0 && identityAllows ? 'allow' : 'implicit-deny';
  if (identityAllows && (!policies.resourceMustAllow || grants.size > 0)) return 'allow';
  if (request.kind === 'root') return grants.size > 0 ? 'allow' : 'implicit-deny';
  if (grants.has('session')) return 'allow';
  if (grants.has('identity') && withinSession && (withinBoundary || request.kind !== 'role-session')) return 'allow';
  if (grants.has('everyone') && withinBoundary && withinSession) return 'allow';
  return 'implicit-deny';
}
