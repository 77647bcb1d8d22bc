import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCessError } from '@cess/primitives';
import {
  type AccessControlPolicy,
  type AclPermission,
  aclGroups,
  aclPermission,
  aclReach,
  assertAclAccepted,
  type CannedAcl,
  cannedAcl,
  combinePublicAccessBlocks,
  evaluate,
  fullPublicAccessBlock,
  grantHeaders,
  isCannedAcl,
  isObjectOwnership,
  isPublicAcl,
  maxGrants,
  noPublicAccessBlock,
  ownerOfNewObject,
  type Principal,
  parseAccessControlPolicy,
  parseGrantHeaders,
  printAccessControlPolicy,
  type RawGrant,
} from '../index.js';

const owner = 'a'.repeat(64);
const other = 'b'.repeat(64);
const grantsOf = (name: CannedAcl, bucketOwner?: string) =>
  cannedAcl(name, { owner, ...(bucketOwner === undefined ? {} : { bucketOwner }) }).grants.map(
    ({ grantee, permission }) => [grantee.type === 'Group' ? grantee.uri : grantee.id, permission],
  );
const isMalformed = (at: string) => (error: unknown) => isCessError(error, 'ACL_MALFORMED') && error.data.at === at;
const anonymous: Principal = { kind: 'anonymous' };
const user = (canonicalId: string): Principal => ({
  kind: 'user',
  account: '111122223333',
  arn: 'arn:aws:iam::111122223333:user/ana',
  canonicalId,
});

describe('canned access control lists', () => {
  const mine = [owner, 'FULL_CONTROL'];
  it('each stands for the grants that Amazon documents', () => {
    assert.deepEqual(grantsOf('private'), [mine]);
    assert.deepEqual(grantsOf('public-read'), [mine, [aclGroups.allUsers, 'READ']]);
    assert.deepEqual(grantsOf('public-read-write'), [
      mine,
      [aclGroups.allUsers, 'READ'],
      [aclGroups.allUsers, 'WRITE'],
    ]);
    assert.deepEqual(grantsOf('authenticated-read'), [mine, [aclGroups.authenticatedUsers, 'READ']]);
    assert.deepEqual(grantsOf('bucket-owner-read', other), [mine, [other, 'READ']]);
    assert.deepEqual(grantsOf('bucket-owner-full-control', other), [mine, [other, 'FULL_CONTROL']]);
    assert.deepEqual(grantsOf('log-delivery-write'), [
      mine,
      [aclGroups.logDelivery, 'WRITE'],
      [aclGroups.logDelivery, 'READ_ACP'],
    ]);
  });

  it('the ones for the bucket owner grant nothing more on buckets and own objects', () => {
    assert.deepEqual(grantsOf('bucket-owner-read'), [mine]);
    assert.deepEqual(grantsOf('bucket-owner-full-control', owner), [mine]);
  });

  it('other names are none', () => {
    assert.deepEqual(['private', 'public', 'aws-exec-read', 'toString'].map(isCannedAcl), [true, false, false, false]);
  });
});

describe('explicit grants', () => {
  const grant: RawGrant = { type: 'CanonicalUser', id: other, displayName: 'ana', permission: 'READ' };

  it('a list survives printing and reading', () => {
    const list: AccessControlPolicy = {
      owner,
      grants: [
        { grantee: { type: 'CanonicalUser', id: other, displayName: 'ana' }, permission: 'WRITE_ACP' },
        { grantee: { type: 'Group', uri: aclGroups.allUsers }, permission: 'READ' },
      ],
    };
    assert.deepEqual(parseAccessControlPolicy(printAccessControlPolicy(list), owner), list);
  });

  it('what is wrong is refused with its place', () => {
    const parse =
      (changed: RawGrant, listed = owner) =>
      () =>
        parseAccessControlPolicy({ owner: listed, grants: [{ ...grant, ...changed }] }, owner);
    assert.throws(parse({}, other), isMalformed('Owner'));
    assert.throws(parse({ permission: 'LIST' }), isMalformed('Grant[0].Permission'));
    assert.throws(parse({ id: 'ana' }), isMalformed('Grant[0].Grantee.ID'));
    assert.throws(parse({ type: 'Group', uri: 'http://example.com/group' }), isMalformed('Grant[0].Grantee.URI'));
    assert.throws(parse({ type: 'AmazonCustomerByEmail' }), isMalformed('Grant[0].Grantee'));
    const many = { grants: Array.from({ length: maxGrants + 1 }, () => grant) };
    assert.throws(() => parseAccessControlPolicy(many, owner), isMalformed('AccessControlList'));
  });

  it('headers hold lists of grantees', () => {
    const grants = parseGrantHeaders({
      'x-amz-grant-read': `id="${other}", uri="${aclGroups.allUsers}"`,
      'x-amz-grant-write-acp': `ID=${other}`,
    });
    assert.deepEqual(grants, [
      { grantee: { type: 'CanonicalUser', id: other }, permission: 'READ' },
      { grantee: { type: 'Group', uri: aclGroups.allUsers }, permission: 'READ' },
      { grantee: { type: 'CanonicalUser', id: other }, permission: 'WRITE_ACP' },
    ]);
    assert.equal(Object.keys(grantHeaders).length, 5);
    for (const value of ['', 'ana', 'name="ana"', `id="${other}`, 'emailAddress="a@example.com"'])
      assert.throws(
        () => parseGrantHeaders({ 'x-amz-grant-read': value }),
        (error) => isCessError(error, 'ACL_MALFORMED'),
        value,
      );
  });
});

describe('what lists grant', () => {
  const reach = (name: CannedAcl, principal: Principal, permission: AclPermission, ignoresPublic = false) =>
    aclReach(cannedAcl(name, { owner, bucketOwner: other }), principal, permission, { ignoresPublic });

  it('groups and accounts get the permissions of their grants', () => {
    assert.equal(reach('private', user(owner), 'WRITE_ACP'), 'account');
    assert.equal(reach('private', user(other), 'READ'), undefined);
    assert.equal(reach('bucket-owner-read', user(other), 'READ'), 'account');
    assert.equal(reach('bucket-owner-read', user(other), 'READ_ACP'), undefined);
    assert.equal(reach('public-read', anonymous, 'READ'), 'everyone');
    assert.equal(reach('public-read', anonymous, 'WRITE'), undefined);
    assert.equal(reach('authenticated-read', anonymous, 'READ'), undefined);
    assert.equal(reach('authenticated-read', user('c'.repeat(64)), 'READ'), 'everyone');
    assert.equal(
      reach('log-delivery-write', { kind: 'service', service: 'logging.s3.amazonaws.com' }, 'WRITE'),
      'everyone',
    );
    assert.equal(reach('log-delivery-write', anonymous, 'WRITE'), undefined);
  });

  it('IgnorePublicAcls leaves the grants to accounts', () => {
    assert.equal(reach('public-read', anonymous, 'READ', true), undefined);
    assert.equal(reach('authenticated-read', user(other), 'READ', true), undefined);
    assert.equal(reach('public-read', user(owner), 'READ', true), 'account');
  });

  it('a list is public if it grants to all or to all who have an account', () => {
    const names = ['private', 'public-read', 'authenticated-read', 'log-delivery-write', 'bucket-owner-read'] as const;
    assert.deepEqual(
      names.map((name) => isPublicAcl(cannedAcl(name, { owner, bucketOwner: other }))),
      [false, true, true, false, false],
    );
  });

  it('a public list allows an anonymous request', () => {
    const acl = reach('public-read', anonymous, 'READ');
    assert.ok(acl !== undefined);
    const request = {
      action: 's3:GetObject',
      resource: 'arn:aws:s3:::box/a',
      resourceAccount: '111122223333',
      keys: () => undefined,
    };
    const decision = evaluate({ ...request, principal: anonymous }, { identity: [], acl });
    assert.deepEqual(decision.effect === 'allow' && decision.by, { type: 'acl' });
  });

  it('actions belong to the list of the bucket or of the object, or to none', () => {
    assert.deepEqual(aclPermission('s3:ListBucket'), { list: 'bucket', permission: 'READ' });
    assert.deepEqual(aclPermission('s3:PutObject'), { list: 'bucket', permission: 'WRITE' });
    assert.deepEqual(aclPermission('s3:GetObjectVersion'), { list: 'object', permission: 'READ' });
    assert.deepEqual(aclPermission('s3:PutObjectAcl'), { list: 'object', permission: 'WRITE_ACP' });
    assert.equal(aclPermission('s3:PutBucketPolicy'), undefined);
    assert.equal(aclPermission('toString'), undefined);
  });
});

describe('object ownership', () => {
  it('decides who owns a new object', () => {
    const of = (ownership: string, acl?: CannedAcl) => {
      assert.ok(isObjectOwnership(ownership));
      return ownerOfNewObject(ownership, { writer: other, bucketOwner: owner, ...(acl === undefined ? {} : { acl }) });
    };
    assert.equal(of('BucketOwnerEnforced'), owner);
    assert.equal(of('BucketOwnerPreferred'), other);
    assert.equal(of('BucketOwnerPreferred', 'bucket-owner-full-control'), owner);
    assert.equal(of('ObjectWriter', 'bucket-owner-full-control'), other);
    assert.equal(isObjectOwnership('Anyone'), false);
  });

  it('where the bucket owner owns everything, only lists that say so are accepted', () => {
    const accepts = (acl: CannedAcl | AccessControlPolicy | undefined, ownership = 'BucketOwnerEnforced') => {
      assert.ok(isObjectOwnership(ownership));
      try {
        assertAclAccepted(ownership, acl, owner);
      } catch (error) {
        assert.ok(isCessError(error, 'ACL_NOT_SUPPORTED'));
        return false;
      }
      return true;
    };
    for (const acl of [undefined, 'private', 'bucket-owner-full-control', cannedAcl('private', { owner })] as const)
      assert.equal(accepts(acl), true);
    for (const acl of [
      'public-read',
      cannedAcl('private', { owner: other }),
      cannedAcl('public-read', { owner }),
      { owner, grants: [] },
    ] as const) {
      assert.equal(accepts(acl), false);
      assert.equal(accepts(acl, 'ObjectWriter'), true);
    }
  });
});

describe('public access block', () => {
  it('of bucket and account the more restrictive settings count', () => {
    assert.deepEqual(combinePublicAccessBlocks(noPublicAccessBlock, fullPublicAccessBlock), fullPublicAccessBlock);
    assert.deepEqual(combinePublicAccessBlocks(noPublicAccessBlock, noPublicAccessBlock), noPublicAccessBlock);
    const one = { ...noPublicAccessBlock, blockPublicPolicy: true };
    assert.deepEqual(combinePublicAccessBlocks(one, noPublicAccessBlock), one);
  });
});
