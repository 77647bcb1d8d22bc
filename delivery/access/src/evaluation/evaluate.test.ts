import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  combineKeys,
  compilePolicy,
  conditionKeys,
  type PolicySet,
  type Principal,
  parsePolicy,
  principalKeys,
  timeKeys,
} from '../index.js';
import {
  ana,
  anonymous,
  bob,
  bucketPolicy,
  decide,
  denies,
  effect,
  foreign,
  identity,
  own,
  readAll,
  reads,
  roleArn,
  root,
  session,
} from '../test-support/decide.js';

describe('decisions within one account', () => {
  it('nobody but the owner is allowed without a policy', () => {
    assert.deepEqual(decide(ana, {}), { effect: 'implicit-deny', missing: 'identity', steps: 0 });
    assert.equal(effect(anonymous, {}), 'implicit-deny');
    const decision = decide(root, {});
    assert.deepEqual(decision.effect === 'allow' && decision.by, { type: 'owner' });
  });

  it('an identity policy allows by itself, and the decision names its statement', () => {
    const other = { ...readAll, Sid: 'Other', Resource: 'arn:aws:s3:::other/*' };
    const decision = decide(ana, { identity: [identity('first', other), identity('second', other, readAll)] });
    assert.deepEqual(decision.effect === 'allow' && decision.by, {
      type: 'identity',
      policy: 'second',
      statement: 1,
      sid: 'Read',
    });
  });

  it('a bucket policy that names the user allows by itself', () => {
    const decision = decide(ana, { resource: reads({ AWS: ana.kind === 'user' ? ana.arn : '' }) });
    assert.deepEqual(decision.effect === 'allow' && decision.by, {
      type: 'resource',
      policy: 'bucket',
      statement: 0,
      sid: 'Read',
    });
  });

  it('a bucket policy that names the account leaves the grant to the policies of the account', () => {
    const resource = reads({ AWS: own });
    assert.equal(effect(ana, { resource }), 'implicit-deny');
    assert.equal(effect(ana, { resource, identity: [identity('p', readAll)] }), 'allow');
  });

  it('a statement that denies wins wherever it stands', () => {
    const deny = identity('deny', { ...readAll, Effect: 'Deny' });
    const allow = identity('allow', readAll);
    const by = (policies: Partial<PolicySet>) => {
      const decision = decide(ana, { identity: [allow], ...policies });
      return decision.effect === 'explicit-deny' ? decision.by.type : decision.effect;
    };
    assert.equal(by({ identity: [allow, deny] }), 'identity');
    assert.equal(by({ boundary: deny }), 'boundary');
    assert.equal(by({ session: [allow, deny] }), 'session');
    assert.equal(by({ resource: denies('*') }), 'resource');
    assert.equal(by({ resource: denies({ AWS: own }) }), 'resource');
    assert.equal(by({ resource: denies({ AWS: foreign }) }), 'allow');
  });

  it('a bucket policy can deny the owner, except that the root of the account may still change the policy', () => {
    const all = {
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: ['arn:aws:s3:::box', 'arn:aws:s3:::box/*'],
    };
    const resource = bucketPolicy(all);
    const onBucket = { resource: 'arn:aws:s3:::box' };
    assert.equal(effect(root, { resource }), 'explicit-deny');
    for (const action of ['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy']) {
      assert.equal(effect(root, { resource }, { action, ...onBucket }), 'allow');
      assert.equal(effect({ kind: 'root', account: foreign }, { resource }, { action, ...onBucket }), 'explicit-deny');
      assert.equal(effect(ana, { resource }, { action, ...onBucket }), 'explicit-deny');
    }
  });

  it('a permissions boundary and session policies narrow what identity policies allow', () => {
    const allow = identity('allow', readAll);
    const none = identity('none', { ...readAll, Action: 's3:PutObject' });
    const missing = (policies: Partial<PolicySet>) => {
      const decision = decide(session, { identity: [allow], ...policies });
      return decision.effect === 'implicit-deny' ? decision.missing : decision.effect;
    };
    assert.equal(missing({ boundary: allow, session: [none, allow] }), 'allow');
    assert.equal(missing({ boundary: none, session: [allow] }), 'boundary');
    assert.equal(missing({ boundary: allow, session: [none] }), 'session');
    assert.equal(missing({ session: [] }), 'session');
    assert.equal(missing({ identity: [none], boundary: allow, session: [allow] }), 'identity');
  });

  it('a boundary and session policies narrow a grant of the bucket policy as Amazon documents for each principal', () => {
    const none = identity('none', { ...readAll, Action: 's3:PutObject' });
    const toUser = reads({ AWS: `arn:aws:iam::${own}:user/ana` });
    assert.equal(effect(ana, { resource: toUser, boundary: none }), 'allow');
    const toRole = reads({ AWS: roleArn });
    assert.equal(effect(session, { resource: toRole }), 'allow');
    assert.equal(effect(session, { resource: toRole, boundary: none }), 'implicit-deny');
    assert.equal(effect(session, { resource: toRole, session: [none] }), 'implicit-deny');
    const toSession = reads({ AWS: `arn:aws:sts::${own}:assumed-role/job/one` });
    assert.equal(effect(session, { resource: toSession, boundary: none, session: [none] }), 'allow');
    const federated: Principal = {
      kind: 'federated-user',
      account: own,
      userArn: `arn:aws:iam::${own}:user/ana`,
      arn: `arn:aws:sts::${own}:federated-user/web`,
    };
    assert.equal(effect(federated, { resource: toUser, session: [none] }), 'implicit-deny');
    assert.equal(effect(federated, { resource: reads({ AWS: federated.arn }), session: [none] }), 'allow');
  });
});

describe('decisions across accounts', () => {
  it('both the bucket policy and an identity policy must allow', () => {
    const allow = [identity('p', readAll)];
    for (const named of ['*', { AWS: foreign }, { AWS: `arn:aws:iam::${foreign}:user/bob` }]) {
      assert.equal(effect(bob, { resource: reads(named), identity: allow }), 'allow');
      const decision = decide(bob, { resource: reads(named) });
      assert.equal(decision.effect === 'implicit-deny' && decision.missing, 'identity');
    }
    const decision = decide(bob, { identity: allow });
    assert.equal(decision.effect === 'implicit-deny' && decision.missing, 'resource');
    assert.equal(effect(bob, { identity: allow, resource: reads({ AWS: own }) }), 'implicit-deny');
  });

  it('the root of another account needs the bucket policy alone', () => {
    assert.equal(effect({ kind: 'root', account: foreign }, { resource: reads({ AWS: foreign }) }), 'allow');
    assert.equal(effect({ kind: 'root', account: foreign }, {}), 'implicit-deny');
  });

  it('a canonical user id names the account', () => {
    const canonicalId = 'c'.repeat(64);
    const resource = reads({ CanonicalUser: canonicalId });
    const identityPolicies = [identity('p', readAll)];
    assert.equal(effect({ ...bob, canonicalId } as Principal, { resource, identity: identityPolicies }), 'allow');
    assert.equal(effect(bob, { resource, identity: identityPolicies }), 'implicit-deny');
  });
});

describe('condition keys', () => {
  const onlyFrom = reads('*', { Condition: { IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } } });

  it('a key is computed when a statement asks for it, and once', () => {
    const asked: string[] = [];
    const keys = conditionKeys({
      'aws:SourceIp': () => {
        asked.push('aws:SourceIp');
        return '203.0.113.7';
      },
      'aws:Referer': () => assert.fail('no statement asks for this key'),
    });
    const twice = [onlyFrom, onlyFrom].flatMap(({ allows }) => allows);
    assert.equal(effect(anonymous, { resource: { ...onlyFrom, allows: twice } }, { keys }), 'allow');
    assert.equal(effect(anonymous, { resource: onlyFrom }, { keys, action: 's3:PutObject' }), 'implicit-deny');
    assert.deepEqual(asked, ['aws:SourceIp']);
  });

  it('keys of the principal and the time complete those of the caller', () => {
    const nowMs = Date.parse('2026-06-30T12:00:00Z');
    const keys = combineKeys(conditionKeys({ 'AWS:SourceIp': '10.0.0.1' }), principalKeys(ana), timeKeys(nowMs));
    const home = {
      ...readAll,
      Resource: 'arn:aws:s3:::box/home/${aws:username}/*',
      Condition: {
        DateLessThan: { 'aws:CurrentTime': '2026-07-01T00:00:00Z' },
        NumericGreaterThan: { 'aws:EpochTime': '1700000000' },
        StringEquals: { 'aws:PrincipalAccount': own, 'aws:PrincipalType': 'User' },
        ArnEquals: { 'aws:PrincipalArn': 'arn:aws:iam::*:user/ana' },
        IpAddress: { 'aws:SourceIp': '10.0.0.0/8' },
      },
    };
    const policies = { identity: [identity('home', home)] };
    assert.equal(effect(ana, policies, { keys, resource: 'arn:aws:s3:::box/home/ana/x' }), 'allow');
    assert.equal(effect(ana, policies, { keys, resource: 'arn:aws:s3:::box/home/bob/x' }), 'implicit-deny');
  });

  it('each kind of principal has the keys that Amazon documents', () => {
    const table: readonly (readonly [Principal, readonly unknown[]])[] = [
      [root, [`arn:aws:iam::${own}:root`, 'Account', undefined, 'false']],
      [ana, [`arn:aws:iam::${own}:user/ana`, 'User', 'ana', 'false']],
      [session, [roleArn, 'AssumedRole', undefined, 'false']],
      [anonymous, [undefined, 'Anonymous', undefined, undefined]],
      [{ kind: 'service', service: 's3' }, [undefined, 'Service', undefined, 'true']],
    ];
    const names = ['aws:principalarn', 'aws:principaltype', 'aws:username', 'aws:principalisawsservice'];
    for (const [principal, expected] of table) assert.deepEqual(names.map(principalKeys(principal)), expected);
  });
});

describe('the work of an evaluation', () => {
  it('stays within the documented bound for the largest bucket policy and hostile values', () => {
    const filler = (start: object, pattern: string): string => {
      const make = (count: number) =>
        JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              ...start,
              Condition: { 'ForAnyValue:StringLike': { 'aws:TagKeys': Array.from({ length: count }, () => pattern) } },
            },
          ],
        });
      return make(Math.floor((20_480 - make(0).length) / (pattern.length + 3)));
    };
    const values = Array.from({ length: 20 }, () => 'a'.repeat(1024));
    for (const pattern of ['*a*a*a*b', `*${'a'.repeat(200)}b*`, `*${'a?'.repeat(100)}b*`, '*?*?*?b', '${aws:Long}*b']) {
      const text = filler({ ...readAll, Principal: '*' }, pattern);
      const resource = compilePolicy(parsePolicy(text, 'bucket'), 'large');
      const keys = conditionKeys({ 'aws:TagKeys': values, 'aws:Long': 'a'.repeat(1024) });
      const { steps } = decide(anonymous, { resource }, { keys });
      assert.ok(steps > 1000, `${steps} steps`);
      assert.ok(steps <= text.length * (2 * 1024 + 4) * (1 + values.length), `${steps} steps for ${pattern}`);
    }
  });
});
