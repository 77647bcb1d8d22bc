import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  type BuiltInRole,
  builtInRoles,
  evaluate,
  type Principal,
  parsePolicy,
  type S3Action,
  s3Actions,
} from './index.js';

const account = '111122223333';
const ana: Principal = { kind: 'user', account, arn: `arn:aws:iam::${account}:user/ana` };

function allows(role: BuiltInRole, action: string): boolean {
  const resource = s3Actions.find(({ name }) => name === action)?.resource === 'object' ? 'box/a' : 'box';
  const decision = evaluate(
    { principal: ana, action, resource: `arn:aws:s3:::${resource}`, resourceAccount: account, keys: () => undefined },
    { identity: [builtInRoles[role].compiled] },
  );
  return decision.effect === 'allow';
}

const allowed = (role: BuiltInRole) => s3Actions.map(({ name }) => name).filter((name) => allows(role, name));

describe('built-in roles', () => {
  it('STORE-5: each is a policy that PutUserPolicy would accept', () => {
    for (const { text, document } of Object.values(builtInRoles))
      assert.deepEqual(parsePolicy(text, 'managed'), document);
  });

  it('the owner may do everything, the administrator all but end a retention early', () => {
    const all = s3Actions.map(({ name }) => name);
    assert.deepEqual(allowed('owner'), all);
    assert.deepEqual(
      allowed('admin'),
      all.filter((name) => name !== 's3:BypassGovernanceRetention'),
    );
    for (const role of ['owner', 'admin'] as const) assert.ok(allows(role, 'iam:CreateUser'));
  });

  it('the writer changes objects, and neither settings nor old versions', () => {
    const changes = allowed('writer').filter((name) => !/:(Get|List)/.test(name));
    const expected: readonly S3Action[] = [
      's3:AbortMultipartUpload',
      's3:DeleteObject',
      's3:DeleteObjectTagging',
      's3:PutObject',
      's3:PutObjectTagging',
    ];
    assert.deepEqual(changes, expected);
  });

  it('whoever may read or write objects may do so under named keys, and administers no key', () => {
    const keyActions = [
      'kms:Decrypt',
      'kms:GenerateDataKey',
      'kms:DisableKey',
      'kms:ScheduleKeyDeletion',
      'kms:CreateKey',
    ];
    const ofKeys = (role: BuiltInRole) => keyActions.filter((action) => allows(role, action));
    assert.deepEqual(ofKeys('admin'), keyActions);
    assert.deepEqual(ofKeys('writer'), ['kms:Decrypt', 'kms:GenerateDataKey']);
    assert.deepEqual(ofKeys('reader'), ['kms:Decrypt']);
    assert.deepEqual(ofKeys('auditor'), []);
  });

  it('the reader and the auditor change nothing, and only the reader sees contents', () => {
    for (const role of ['reader', 'auditor'] as const)
      assert.deepEqual(
        allowed(role).filter((name) => !/:(Get|List)/.test(name)),
        [],
      );
    assert.ok(allows('reader', 's3:GetObject') && !allows('reader', 's3:GetBucketPolicy'));
    assert.ok(!allows('auditor', 's3:GetObject') && !allows('auditor', 's3:GetObjectVersion'));
    assert.ok(allows('auditor', 'cess:ReadAuditLog') && !allows('auditor', 'cess:DeleteBucket'));
    assert.ok(allows('auditor', 'kms:DescribeKey') && !allows('auditor', 'kms:Decrypt'));
    assert.ok(allows('auditor', 's3:GetBucketPolicy') && allows('auditor', 's3:GetObjectAcl'));
    assert.ok(
      allows('auditor', 'iam:ListUsers') && !allows('auditor', 'iam:CreateUser') && !allows('reader', 'iam:ListUsers'),
    );
  });
});
