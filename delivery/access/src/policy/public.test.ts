import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compilePolicy, parsePolicy } from '../index.js';

const statement = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::box/*' };
const isPublic = (...changes: readonly object[]) =>
  compilePolicy(
    parsePolicy(
      JSON.stringify({ Version: '2012-10-17', Statement: changes.map((change) => ({ ...statement, ...change })) }),
      'bucket',
    ),
    'p',
  ).isPublic;
const limited = (operator: string, key: string, values: unknown) => ({ Condition: { [operator]: { [key]: values } } });

describe('public bucket policies', () => {
  it('a policy for everyone is public, one for accounts, users, roles or services is not', () => {
    assert.equal(isPublic({}), true);
    assert.equal(isPublic({ Principal: { AWS: ['111122223333', '*'] } }), true);
    assert.equal(isPublic({ Principal: { AWS: '111122223333' } }), false);
    assert.equal(isPublic({ Principal: { AWS: 'arn:aws:iam::111122223333:role/job' } }), false);
    assert.equal(isPublic({ Principal: { Service: 'logging.s3.amazonaws.com' } }), false);
  });

  it('one public statement makes the policy public, whatever others deny', () => {
    assert.equal(isPublic({ Principal: { AWS: '111122223333' } }, {}), true);
    assert.equal(isPublic({}, { Effect: 'Deny' }), true);
    assert.equal(isPublic({ Effect: 'Deny' }), false);
  });

  const rows: readonly (readonly [string, object, boolean])[] = [
    ['a fixed VPC', limited('StringEquals', 'aws:SourceVpc', 'vpc-91237329'), false],
    ['a pattern of VPCs', limited('StringLike', 'aws:SourceVpc', 'vpc-*'), true],
    ['a fixed VPC in StringLike', limited('StringLike', 'aws:SourceVpc', 'vpc-91237329'), false],
    ['a fixed VPC beside a pattern', limited('StringLike', 'aws:SourceVpc', ['vpc-1', 'vpc-*']), true],
    ['a policy variable', limited('StringEquals', 'aws:SourceVpce', '${aws:PrincipalTag/v}'), true],
    ['another VPC', limited('StringNotEquals', 'aws:SourceVpc', 'vpc-91237329'), true],
    ['a VPC if it is known', limited('StringEqualsIfExists', 'aws:SourceVpc', 'vpc-91237329'), true],
    ['all values', limited('ForAllValues:StringEquals', 'aws:SourceVpc', 'vpc-91237329'), true],
    ['a fixed account', limited('StringEquals', 'aws:SourceAccount', '111122223333'), false],
    ['a fixed organisation', limited('StringEquals', 'aws:PrincipalOrgID', 'o-1'), false],
    ['a fixed ARN', limited('ArnEquals', 'aws:SourceArn', 'arn:aws:sns:eu:111122223333:topic'), false],
    ['a pattern of ARNs', limited('ArnEquals', 'aws:SourceArn', 'arn:aws:sns:eu:*:topic'), true],
    ['sessions of a role', limited('StringLike', 'aws:userid', 'AROLEID:*'), true],
    ['a fixed user id', limited('StringEquals', 'aws:userid', 'AIDAEXAMPLE'), false],
    [
      'access points of an account',
      limited('ArnLike', 's3:DataAccessPointArn', 'arn:aws:s3:eu:111122223333:accesspoint/*'),
      false,
    ],
    [
      'access points of any account',
      limited('ArnLike', 's3:DataAccessPointArn', 'arn:aws:s3:eu:*:accesspoint/a'),
      true,
    ],
    ['a range of addresses', limited('IpAddress', 'aws:SourceIp', ['203.0.113.0/24', '2001:db8::/32']), false],
    ['half of all IPv4 addresses', limited('IpAddress', 'aws:SourceIp', '128.0.0.0/1'), true],
    ['too many IPv6 addresses', limited('IpAddress', 'aws:SourceIp', '2000::/31'), true],
    ['all other addresses', limited('NotIpAddress', 'aws:SourceIp', '203.0.113.0/24'), true],
    ['a key that limits nobody', limited('StringLike', 'aws:Referer', 'https://example.com/'), true],
    ['encryption in transit', limited('Bool', 'aws:SecureTransport', 'true'), true],
  ];
  for (const [what, change, expected] of rows)
    it(`a policy for everyone with ${what} is ${expected ? '' : 'not '}public`, () => {
      assert.equal(isPublic(change), expected);
    });
});
