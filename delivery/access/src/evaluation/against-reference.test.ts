import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compilePolicy, evaluate, type PolicySet, type Principal, parsePolicy } from '../index.js';
import { type Case, generateCase } from '../test-support/generate.js';
import { plainEvaluate } from '../test-support/reference.js';
import type { PlainPolicy, PlainRequest } from '../test-support/reference-types.js';

/** `CESS_POLICIES=1000000` for a soak; `CESS_SEED` is the number of the first case. */
const cases = Number(process.env.CESS_POLICIES ?? '20000');
const firstSeed = Number(process.env.CESS_SEED ?? '1');

const compile = (policy: PlainPolicy, kind: 'bucket' | 'managed') =>
  compilePolicy(parsePolicy(JSON.stringify(policy), kind), kind);

function policySetOf({ policies }: Case): PolicySet {
  const { identity, boundary, session, resource, acl, resourceMustAllow } = policies;
  return {
    identity: identity.map((policy) => compile(policy, 'managed')),
    ...(boundary === undefined ? {} : { boundary: compile(boundary, 'managed') }),
    ...(session === undefined ? {} : { session: session.map((policy) => compile(policy, 'managed')) }),
    ...(resource === undefined ? {} : { resource: compile(resource, 'bucket') }),
    ...(acl === undefined ? {} : { acl }),
    resourceMustAllow,
  };
}

function principalOf(request: PlainRequest): Principal {
  const { kind, account = '', canonicalId = '', arn = '', parentArn = '', name = '' } = request;
  switch (kind) {
    case 'anonymous':
      return { kind };
    case 'root':
      return { kind, account, canonicalId };
    case 'user':
      return { kind, account, canonicalId, arn };
    case 'role-session':
      return { kind, account, canonicalId, arn, roleArn: parentArn };
    case 'federated-user':
      return { kind, account, canonicalId, arn, userArn: parentArn };
    case 'service':
      return { kind, service: name };
    case 'federated':
      return { kind, provider: name };
  }
}

function decide(generated: Case, restrictsPublicPolicy: boolean) {
  const { request } = generated;
  const policies = policySetOf(generated);
  const decision = evaluate(
    { ...request, principal: principalOf(request), keys: (key) => request.keys[key] },
    { ...policies, restrictsPublicPolicy },
  );
  return { decision, isRestricted: restrictsPublicPolicy && policies.resource?.isPublic === true };
}

describe('policy evaluation against the reference', () => {
  it(`decides ${cases} random policies and requests as the reference does`, () => {
    const counts = { allow: 0, 'explicit-deny': 0, 'implicit-deny': 0 };
    for (let seed = firstSeed; seed < firstSeed + cases; seed++) {
      const generated = generateCase(seed);
      const { decision, isRestricted } = decide(generated, seed % 8 === 0);
      const expected = plainEvaluate(generated.request, { ...generated.policies, isRestricted });
      counts[decision.effect]++;
      if (decision.effect !== expected)
        assert.fail(
          `case ${seed}: ${JSON.stringify(decision)} instead of ${expected}\n${JSON.stringify(generated, null, 1)}`,
        );
    }
    // Cases that always end the same way would show nothing.
    if (cases >= 1000) for (const count of Object.values(counts)) assert.ok(count > cases / 20, JSON.stringify(counts));
  });

  it('names a statement of a policy that decides by itself', () => {
    for (let seed = 1; seed <= 500; seed++) {
      const generated = generateCase(seed);
      const { decision } = decide(generated, false);
      if (decision.effect === 'implicit-deny' || decision.by.statement === undefined) continue;
      const { type, statement } = decision.by;
      const { identity, boundary, session = [], resource } = generated.policies;
      const lists = { identity, boundary: [boundary], session, resource: [resource], acl: [], owner: [] };
      const wanted = decision.effect === 'allow' ? 'Allow' : 'Deny';
      assert.ok(
        lists[type].some((policy) => policy?.Statement[statement]?.Effect === wanted),
        `case ${seed}`,
      );
    }
  });
});
