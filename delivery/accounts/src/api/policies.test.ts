import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accountIdOf } from '@cess/access';
import { AccountsBench, allow, documentOf, rootKey } from '../test-support/bench.js';
import type { Answer } from './operation.js';

const account = accountIdOf(rootKey.owner);
const reader = 'arn:aws:iam::aws:policy/cess/reader';
const arn = (name: string) => `arn:aws:iam::${account}:policy/${name}`;

const create = (bench: AccountsBench, name: string, ...statements: readonly object[]) =>
  bench.iam('CreatePolicy', { PolicyName: name, PolicyDocument: documentOf(...statements) });

describe('managed policies', () => {
  it('apply to users, to members of groups, and end with their detachment', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana');
    await create(bench, 'lists', allow('iam:ListUsers'));
    const can = async () =>
      (await bench.refusal(bench.iam('ListUsers', {}, keys)).catch(() => 'allowed')) === 'allowed';
    assert.equal(await can(), false);
    await bench.iam('AttachUserPolicy', { UserName: 'ana', PolicyArn: arn('lists') });
    assert.equal(await can(), true);
    await bench.iam('DetachUserPolicy', { UserName: 'ana', PolicyArn: arn('lists') });
    assert.equal(await can(), false);
    await bench.iam('CreateGroup', { GroupName: 'staff' });
    await bench.iam('AttachGroupPolicy', { GroupName: 'staff', PolicyArn: arn('lists') });
    await bench.iam('AddUserToGroup', { GroupName: 'staff', UserName: 'ana' });
    assert.equal(await can(), true);
    await bench.iam('RemoveUserFromGroup', { GroupName: 'staff', UserName: 'ana' });
    assert.equal(await can(), false);
  });

  it('apply with their default version', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana');
    await create(bench, 'p', allow('iam:ListUsers'));
    await bench.iam('AttachUserPolicy', { UserName: 'ana', PolicyArn: arn('p') });
    const document = documentOf(allow('iam:ListGroups'));
    await bench.iam('CreatePolicyVersion', { PolicyArn: arn('p'), PolicyDocument: document });
    await bench.iam('ListUsers', {}, keys);
    await bench.iam('SetDefaultPolicyVersion', { PolicyArn: arn('p'), VersionId: 'v2' });
    assert.equal(await bench.refusal(bench.iam('ListUsers', {}, keys)), 'AccessDenied');
    await bench.iam('ListGroups', {}, keys);
  });

  it('have at most five versions, of which the default cannot be deleted', async () => {
    const bench = await AccountsBench.open();
    await create(bench, 'p', allow('s3:*'));
    const version = { PolicyArn: arn('p'), PolicyDocument: documentOf(allow('s3:Get*')), SetAsDefault: 'true' };
    for (let count = 2; count <= 5; count++) await bench.iam('CreatePolicyVersion', version);
    assert.equal(await bench.refusal(bench.iam('CreatePolicyVersion', version)), 'LimitExceeded');
    const remove = (id: string) => bench.iam('DeletePolicyVersion', { PolicyArn: arn('p'), VersionId: id });
    assert.equal(await bench.refusal(remove('v5')), 'DeleteConflict');
    await remove('v1');
    const { PolicyVersion } = await bench.iam('CreatePolicyVersion', version);
    assert.equal((PolicyVersion as Answer)['VersionId'], 'v6');
    const { Versions } = await bench.iam('ListPolicyVersions', { PolicyArn: arn('p') });
    assert.deepEqual(
      (Versions as Answer[]).map(({ VersionId }) => VersionId),
      ['v2', 'v3', 'v4', 'v5', 'v6'],
    );
  });

  it('cannot be deleted while attached, and name the entities that use them', async () => {
    const bench = await AccountsBench.open();
    await bench.user('ana');
    await create(bench, 'p', allow('s3:*'));
    await bench.iam('AttachUserPolicy', { UserName: 'ana', PolicyArn: arn('p') });
    await bench.iam('PutUserPermissionsBoundary', { UserName: 'ana', PermissionsBoundary: arn('p') });
    const { Policy } = await bench.iam('GetPolicy', { PolicyArn: arn('p') });
    assert.equal((Policy as Answer)['AttachmentCount'], 1);
    const entities = await bench.iam('ListEntitiesForPolicy', { PolicyArn: arn('p') });
    assert.deepEqual([entities['PolicyUsers'], entities['PolicyGroups']], [[{ UserName: 'ana' }], []]);
    const remove = () => bench.iam('DeletePolicy', { PolicyArn: arn('p') });
    assert.equal(await bench.refusal(remove()), 'DeleteConflict');
    await bench.iam('DetachUserPolicy', { UserName: 'ana', PolicyArn: arn('p') });
    assert.equal(await bench.refusal(remove()), 'DeleteConflict');
    await bench.iam('DeleteUserPermissionsBoundary', { UserName: 'ana' });
    await remove();
    assert.equal(await bench.refusal(bench.iam('GetPolicy', { PolicyArn: arn('p') })), 'NoSuchEntity');
  });

  it('come with the gateway for its roles, and nobody changes those', async () => {
    const bench = await AccountsBench.open();
    const { Policies } = await bench.iam('ListPolicies', { Scope: 'AWS' });
    const names = (Policies as Answer[]).map(({ PolicyName }) => PolicyName);
    assert.deepEqual(names, ['admin', 'auditor', 'owner', 'reader', 'writer']);
    assert.equal(await bench.refusal(bench.iam('DeletePolicy', { PolicyArn: reader })), 'UnmodifiableEntity');
    await bench.user('ana');
    await bench.iam('AttachUserPolicy', { UserName: 'ana', PolicyArn: reader });
    const { AttachedPolicies } = await bench.iam('ListAttachedUserPolicies', { UserName: 'ana' });
    assert.deepEqual(AttachedPolicies, [{ PolicyName: 'reader', PolicyArn: reader }]);
  });

  it('are refused with the place of the error', async () => {
    const bench = await AccountsBench.open();
    for (const document of ['{', '{}', documentOf({ Effect: 'Maybe', Action: '*', Resource: '*' })]) {
      const request = bench.iam('CreatePolicy', { PolicyName: 'p', PolicyDocument: document });
      assert.equal(await bench.refusal(request), 'MalformedPolicyDocument');
    }
    const large = documentOf(...Array.from({ length: 200 }, (_, at) => allow('s3:*', `arn:aws:s3:::bucket-${at}`)));
    const request = bench.iam('CreatePolicy', { PolicyName: 'p', PolicyDocument: large });
    assert.equal(await bench.refusal(request), 'LimitExceeded');
  });
});

describe('inline policies', () => {
  it('are shown as they were put, and their sum is limited', async () => {
    const bench = await AccountsBench.open();
    await bench.iam('CreateUser', { UserName: 'ana' });
    const document = documentOf(allow('s3:*', `arn:aws:s3:::${'x'.repeat(900)}`));
    const put = (name: string) =>
      bench.iam('PutUserPolicy', { UserName: 'ana', PolicyName: name, PolicyDocument: document });
    await put('one');
    await put('two');
    await put('two');
    assert.equal(await bench.refusal(put('three')), 'LimitExceeded');
    const shown = await bench.iam('GetUserPolicy', { UserName: 'ana', PolicyName: 'one' });
    assert.equal(decodeURIComponent(String(shown['PolicyDocument'])), document);
    assert.deepEqual((await bench.iam('ListUserPolicies', { UserName: 'ana' }))['PolicyNames'], ['one', 'two']);
    const missing = bench.iam('GetUserPolicy', { UserName: 'ana', PolicyName: 'none' });
    assert.equal(await bench.refusal(missing), 'NoSuchEntity');
  });
});

describe('permissions boundaries', () => {
  it('narrow what the policies of a user allow', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana', allow('iam:List*'));
    await create(bench, 'limit', allow('iam:ListUsers'));
    await bench.iam('PutUserPermissionsBoundary', { UserName: 'ana', PermissionsBoundary: arn('limit') });
    await bench.iam('ListUsers', {}, keys);
    assert.equal(await bench.refusal(bench.iam('ListGroups', {}, keys)), 'AccessDenied');
    await bench.iam('DeleteUserPermissionsBoundary', { UserName: 'ana' });
    await bench.iam('ListGroups', {}, keys);
  });

  it('must exist', async () => {
    const bench = await AccountsBench.open();
    const request = bench.iam('CreateUser', { UserName: 'ana', PermissionsBoundary: arn('none') });
    assert.equal(await bench.refusal(request), 'NoSuchEntity');
  });
});

describe('groups', () => {
  it('keep members and policies under a new name', async () => {
    const bench = await AccountsBench.open();
    const keys = await bench.user('ana');
    await bench.iam('CreateGroup', { GroupName: 'staff' });
    await bench.iam('AddUserToGroup', { GroupName: 'staff', UserName: 'ana' });
    await bench.iam('PutGroupPolicy', {
      GroupName: 'staff',
      PolicyName: 'p',
      PolicyDocument: documentOf(allow('iam:ListUsers')),
    });
    await bench.iam('UpdateGroup', { GroupName: 'staff', NewGroupName: 'crew' });
    await bench.iam('ListUsers', {}, keys);
    const { Groups } = await bench.iam('ListGroupsForUser', { UserName: 'ana' });
    assert.deepEqual(
      (Groups as Answer[]).map(({ GroupName }) => GroupName),
      ['crew'],
    );
    assert.equal(await bench.refusal(bench.iam('GetGroup', { GroupName: 'staff' })), 'NoSuchEntity');
  });

  it('cannot be deleted with members', async () => {
    const bench = await AccountsBench.open();
    await bench.user('ana');
    await bench.iam('CreateGroup', { GroupName: 'staff' });
    await bench.iam('AddUserToGroup', { GroupName: 'staff', UserName: 'ana' });
    assert.equal(await bench.refusal(bench.iam('DeleteGroup', { GroupName: 'staff' })), 'DeleteConflict');
    await bench.iam('RemoveUserFromGroup', { GroupName: 'staff', UserName: 'ana' });
    await bench.iam('DeleteGroup', { GroupName: 'staff' });
  });
});

describe('the simulation of policies', () => {
  it('decides as requests are decided', async () => {
    const bench = await AccountsBench.open();
    const fromOffice = { Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } };
    await bench.user('ana', allow('s3:GetObject', 'arn:aws:s3:::photos/*', fromOffice));
    await bench.iam('PutUserPolicy', {
      UserName: 'ana',
      PolicyName: 'deny',
      PolicyDocument: documentOf({ Effect: 'Deny', Action: 's3:Delete*', Resource: '*' }),
    });
    const simulate = async (address: string) => {
      const { EvaluationResults } = await bench.iam('SimulatePrincipalPolicy', {
        PolicySourceArn: `arn:aws:iam::${account}:user/ana`,
        'ActionNames.member.1': 's3:GetObject',
        'ActionNames.member.2': 's3:DeleteObject',
        'ResourceArns.member.1': 'arn:aws:s3:::photos/a',
        'ContextEntries.member.1.ContextKeyName': 'aws:SourceIp',
        'ContextEntries.member.1.ContextKeyValues.member.1': address,
      });
      return (EvaluationResults as Answer[]).map(({ EvalDecision }) => EvalDecision);
    };
    assert.deepEqual(await simulate('10.1.2.3'), ['allowed', 'explicitDeny']);
    assert.deepEqual(await simulate('192.0.2.1'), ['implicitDeny', 'explicitDeny']);
  });

  it('names the statement that decided, and says when a permissions boundary does not allow', async () => {
    const bench = await AccountsBench.open();
    await bench.user('ana', allow('s3:*'));
    await create(bench, 'limit', allow('s3:Get*'), {
      Sid: 'NoSecrets',
      Effect: 'Deny',
      Action: '*',
      Resource: 'arn:aws:s3:::*/secret',
    });
    await bench.iam('PutUserPermissionsBoundary', { UserName: 'ana', PermissionsBoundary: arn('limit') });
    const { EvaluationResults } = await bench.iam('SimulatePrincipalPolicy', {
      PolicySourceArn: `arn:aws:iam::${account}:user/ana`,
      'ActionNames.member.1': 's3:GetObject',
      'ActionNames.member.2': 's3:PutObject',
      'ResourceArns.member.1': 'arn:aws:s3:::photos/a',
      'ResourceArns.member.2': 'arn:aws:s3:::photos/secret',
    });
    const [read, secret, write] = EvaluationResults as Answer[];
    const first = { SourcePolicyId: 'own', SourcePolicyType: 'IAM Policy', StatementIndex: 0, Sid: undefined };
    assert.deepEqual([read!['EvalDecision'], read!['MatchedStatements']], ['allowed', [first]]);
    const denying = { SourcePolicyId: arn('limit'), SourcePolicyType: 'IAM Permissions Boundary Policy' };
    assert.deepEqual(secret!['MatchedStatements'], [{ ...denying, StatementIndex: 1, Sid: 'NoSecrets' }]);
    assert.equal(write!['EvalDecision'], 'implicitDeny');
    assert.deepEqual(write!['PermissionsBoundaryDecisionDetail'], { AllowedByPermissionsBoundary: false });
  });

  it('takes documents that are stored nowhere, within a boundary, and refuses those that are no policies', async () => {
    const bench = await AccountsBench.open();
    const simulate = (fields: Readonly<Record<string, string>>) =>
      bench.iam('SimulateCustomPolicy', {
        'ActionNames.member.1': 's3:PutObject',
        'ResourceArns.member.1': 'arn:aws:s3:::a/b',
        ...fields,
      });
    const decisionOf = async (fields: Readonly<Record<string, string>>) =>
      ((await simulate(fields))['EvaluationResults'] as Answer[])[0]!['EvalDecision'];
    const [all, reads] = [documentOf(allow('s3:*')), documentOf(allow('s3:Get*'))];
    assert.equal(await decisionOf({ 'PolicyInputList.member.1': all }), 'allowed');
    assert.equal(await decisionOf({ 'PolicyInputList.member.1': reads, 'PolicyInputList.member.2': all }), 'allowed');
    const bounded = { 'PolicyInputList.member.1': all, 'PermissionsBoundaryPolicyInputList.member.1': reads };
    assert.equal(await decisionOf(bounded), 'implicitDeny');
    const wrong = documentOf({ Effect: 'Perhaps', Action: '*', Resource: '*' });
    assert.equal(await bench.refusal(simulate({ 'PolicyInputList.member.1': wrong })), 'MalformedPolicyDocument');
    assert.equal(await bench.refusal(simulate({})), 'InvalidInput');
    const keys = await bench.user('ana', allow('s3:*'));
    const asked = bench.iam(
      'SimulateCustomPolicy',
      { 'PolicyInputList.member.1': all, 'ActionNames.member.1': 's3:x' },
      keys,
    );
    assert.equal(await bench.refusal(asked), 'AccessDenied');
  });

  describe('with the policy of a bucket', () => {
    const ana = `arn:aws:iam::${account}:user/ana`;
    const to = (principal: unknown, more: object = {}) =>
      documentOf({
        ...{ Effect: 'Allow', Principal: principal, Action: 's3:GetObject', Resource: 'arn:aws:s3:::photos/*' },
        ...more,
      });
    async function decide(bench: AccountsBench, ResourcePolicy: string, fields: Readonly<Record<string, string>> = {}) {
      const { EvaluationResults } = await bench.iam('SimulatePrincipalPolicy', {
        PolicySourceArn: ana,
        'ActionNames.member.1': 's3:GetObject',
        'ResourceArns.member.1': 'arn:aws:s3:::photos/a',
        ResourcePolicy,
        ...fields,
      });
      const { EvalDecision, MatchedStatements } = (EvaluationResults as Answer[])[0]!;
      return [EvalDecision, MatchedStatements];
    }
    const by = { SourcePolicyId: 'ResourcePolicy', SourcePolicyType: 'Resource Policy', StatementIndex: 0 };

    it('is allowed what it grants to the user, denied what it denies, and names the statement of it', async () => {
      const bench = await AccountsBench.open();
      await bench.user('ana', allow('s3:PutObject'));
      assert.deepEqual(await decide(bench, to({ AWS: ana }, { Sid: 'ToAna' })), ['allowed', [{ ...by, Sid: 'ToAna' }]]);
      const other = to({ AWS: ana }, { Resource: 'arn:aws:s3:::photos/other' });
      assert.deepEqual(await decide(bench, other), ['implicitDeny', []]);
      const denying = to('*', { Effect: 'Deny', Action: 's3:*' });
      const write = { 'ActionNames.member.1': 's3:PutObject' };
      assert.deepEqual(await decide(bench, denying, write), ['explicitDeny', [{ ...by, Sid: undefined }]]);
      assert.equal((await decide(bench, other, write))[0], 'allowed');
    });

    it('leaves the grant to the policies of the identity where it names the account', async () => {
      const bench = await AccountsBench.open();
      await bench.user('ana', allow('s3:PutObject'));
      assert.equal((await decide(bench, to({ AWS: account })))[0], 'implicitDeny');
    });

    it('is not narrowed by a permissions boundary where it names a user, and is where it names a role', async () => {
      const bench = await AccountsBench.open();
      await bench.user('ana', allow('s3:PutObject'));
      await create(bench, 'limit', allow('s3:PutObject'));
      const PermissionsBoundary = arn('limit');
      await bench.iam('PutUserPermissionsBoundary', { UserName: 'ana', PermissionsBoundary });
      assert.equal((await decide(bench, to({ AWS: ana })))[0], 'allowed');
      const role = `arn:aws:iam::${account}:role/job`;
      const AssumeRolePolicyDocument = documentOf({
        ...{ Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' },
      });
      await bench.iam('CreateRole', { RoleName: 'job', AssumeRolePolicyDocument });
      const asRole = { PolicySourceArn: role };
      assert.equal((await decide(bench, to({ AWS: role }), asRole))[0], 'allowed');
      await bench.iam('PutRolePermissionsBoundary', { RoleName: 'job', PermissionsBoundary });
      assert.equal((await decide(bench, to({ AWS: role }), asRole))[0], 'implicitDeny');
    });

    it('needs a user or role who asks, and a bucket policy', async () => {
      const bench = await AccountsBench.open();
      await bench.user('ana', allow('s3:PutObject'));
      await bench.iam('CreateGroup', { GroupName: 'staff' });
      const asGroup = { PolicySourceArn: `arn:aws:iam::${account}:group/staff` };
      assert.equal(await bench.refusal(decide(bench, to('*'), asGroup)), 'InvalidInput');
      assert.equal((await decide(bench, to({ AWS: ana }), { ...asGroup, CallerArn: ana }))[0], 'allowed');
      assert.equal(await bench.refusal(decide(bench, documentOf(allow('s3:*')))), 'MalformedPolicyDocument');
      const custom = (fields: Readonly<Record<string, string>>) =>
        bench.iam('SimulateCustomPolicy', {
          'PolicyInputList.member.1': documentOf(allow('s3:Put*')),
          'ActionNames.member.1': 's3:GetObject',
          'ResourceArns.member.1': 'arn:aws:s3:::photos/a',
          ResourcePolicy: to({ AWS: ana }),
          ...fields,
        });
      assert.equal(await bench.refusal(custom({})), 'InvalidInput');
      const { EvaluationResults } = await custom({ CallerArn: ana });
      assert.equal((EvaluationResults as Answer[])[0]!['EvalDecision'], 'allowed');
    });
  });
});
