import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compilePolicy, parsePolicy } from '../index.js';
import {
  ana,
  anonymous,
  bob,
  bucketPolicy,
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

describe('principals', () => {
  it('an anonymous request is allowed only by a statement for everyone', () => {
    assert.equal(effect(anonymous, { resource: reads('*') }), 'allow');
    assert.equal(effect(anonymous, { resource: reads({ AWS: '*' }) }), 'allow');
    assert.equal(effect(anonymous, { resource: reads({ AWS: own }) }), 'implicit-deny');
    assert.equal(effect(anonymous, { resource: denies({ AWS: own }) }), 'implicit-deny');
    assert.equal(effect(anonymous, { resource: denies('*') }), 'explicit-deny');
  });

  it('a service is allowed by its name', () => {
    const resource = reads({ Service: 'logging.s3.amazonaws.com' });
    assert.equal(effect({ kind: 'service', service: 'logging.s3.amazonaws.com' }, { resource }), 'allow');
    assert.equal(effect({ kind: 'service', service: 'other.amazonaws.com' }, { resource }), 'implicit-deny');
  });

  it('NotPrincipal exempts a user if it lists the account as well, and an account only itself', () => {
    const exempting = (...AWS: readonly string[]) =>
      bucketPolicy({ ...readAll, Effect: 'Deny', NotPrincipal: { AWS } }, { ...readAll, Sid: 'All', Principal: '*' });
    const user = `arn:aws:iam::${own}:user/ana`;
    assert.equal(effect(ana, { resource: exempting(own, user) }), 'allow');
    assert.equal(effect(ana, { resource: exempting(user) }), 'explicit-deny');
    assert.equal(effect(ana, { resource: exempting(own) }), 'explicit-deny');
    assert.equal(effect(root, { resource: exempting(own) }), 'allow');
    assert.equal(effect(session, { resource: exempting(own, roleArn) }), 'explicit-deny');
    const one = `arn:aws:sts::${own}:assumed-role/job/one`;
    assert.equal(effect(session, { resource: exempting(own, roleArn, one) }), 'allow');
    assert.equal(effect(session, { resource: exempting(own, one) }), 'explicit-deny');
    assert.equal(effect(session, { resource: exempting(roleArn, one) }), 'explicit-deny');
    assert.equal(effect(anonymous, { resource: exempting(own, user) }), 'explicit-deny');
    const boundary = identity('boundary', readAll);
    assert.equal(effect(ana, { resource: exempting(own, user), boundary }), 'explicit-deny');
  });
});

describe('trust policies', () => {
  const trusts = (Principal: unknown) =>
    compilePolicy(
      parsePolicy(JSON.stringify({ Statement: { Effect: 'Allow', Principal, Action: 'sts:AssumeRole' } }), 'trust'),
      'trust',
    );
  const assume = { action: 'sts:AssumeRole', resource: roleArn };
  const everything = [identity('all', { Effect: 'Allow', Action: '*', Resource: '*' })];

  it('nobody assumes a role that does not trust them, whatever their own policies say', () => {
    const resource = trusts({ Service: 'backup.example' });
    assert.equal(effect(ana, { resource, identity: everything, resourceMustAllow: true }, assume), 'implicit-deny');
    assert.equal(effect(root, { resource, resourceMustAllow: true }, assume), 'implicit-deny');
  });

  it('a role that trusts a user needs no more, one that trusts the account needs an identity policy', () => {
    const toUser = trusts({ AWS: `arn:aws:iam::${own}:user/ana` });
    assert.equal(effect(ana, { resource: toUser, resourceMustAllow: true }, assume), 'allow');
    const toAccount = trusts({ AWS: own });
    assert.equal(effect(ana, { resource: toAccount, resourceMustAllow: true }, assume), 'implicit-deny');
    assert.equal(effect(ana, { resource: toAccount, identity: everything, resourceMustAllow: true }, assume), 'allow');
  });

  it('an identity provider is trusted by name', () => {
    const resource = trusts({ Federated: 'login.example' });
    const resourceMustAllow = true;
    assert.equal(
      effect({ kind: 'federated', provider: 'login.example' }, { resource, resourceMustAllow }, assume),
      'allow',
    );
    assert.equal(
      effect({ kind: 'federated', provider: 'other' }, { resource, resourceMustAllow }, assume),
      'implicit-deny',
    );
  });
});

describe('RestrictPublicBuckets', () => {
  const restrictsPublicPolicy = true;

  it('a public policy grants nothing beyond the account and services', () => {
    const service = 'logging.s3.amazonaws.com';
    const resource = reads('*');
    assert.equal(effect(anonymous, { resource, restrictsPublicPolicy }), 'implicit-deny');
    assert.equal(effect(bob, { resource, restrictsPublicPolicy, identity: [identity('p', readAll)] }), 'implicit-deny');
    assert.equal(effect(ana, { resource, restrictsPublicPolicy }), 'allow');
    assert.equal(effect({ kind: 'service', service }, { resource, restrictsPublicPolicy }), 'allow');
  });

  it('a policy that is not public grants what it says', () => {
    const resource = reads({ AWS: foreign });
    assert.equal(effect(bob, { resource, restrictsPublicPolicy, identity: [identity('p', readAll)] }), 'allow');
  });
});
