import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCessError } from '@cess/primitives';
import { type ParseOptions, type PolicyKind, parsePolicy } from '../index.js';
import { failure, identityStatement, statement } from '../test-support/failures.js';

/** The place that the error names, for a policy of one statement. */
function placeOf(changed: object, kind: PolicyKind = 'bucket', options?: ParseOptions): string {
  const error = failure(JSON.stringify({ Version: '2012-10-17', Statement: [changed] }), kind, options);
  assert.ok(isCessError(error, 'POLICY_MALFORMED'));
  assert.ok(error.message.startsWith(error.data.at), error.message);
  return error.data.at;
}

describe('policy documents', () => {
  it('STORE-5: a bucket policy is read with all of its elements', () => {
    const text = `{
      "Version": "2012-10-17", "Id": "P1",
      "Statement": {
        "Sid": "Access-to-one", "Effect": "Deny",
        "NotPrincipal": {"AWS": ["111122223333", "arn:aws:iam::111122223333:user/a/ana"], "Service": "logging.s3.amazonaws.com"},
        "NotAction": ["s3:Get*", "s3:ListBucket"], "NotResource": "arn:aws:s3:::box/\${aws:username}/*",
        "Condition": {"ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a*", 7, true]}, "Null": {"aws:TokenIssueTime": true}}
      }
    }`;
    const document = parsePolicy(text, 'bucket');
    assert.deepEqual(document, {
      version: '2012-10-17',
      id: 'P1',
      statements: [
        {
          sid: 'Access-to-one',
          effect: 'Deny',
          principals: {
            isNegated: true,
            isEveryone: false,
            accounts: ['111122223333'],
            arns: ['arn:aws:iam::111122223333:user/a/ana'],
            canonicalIds: [],
            services: ['logging.s3.amazonaws.com'],
            providers: [],
          },
          actions: { isNegated: true, patterns: ['s3:Get*', 's3:ListBucket'] },
          resources: { isNegated: true, patterns: ['arn:aws:s3:::box/${aws:username}/*'] },
          conditions: [
            {
              operator: 'StringLike',
              ifExists: true,
              qualifier: 'ForAnyValue',
              key: 'aws:TagKeys',
              values: ['a*', '7', 'true'],
            },
            { operator: 'Null', ifExists: false, key: 'aws:TokenIssueTime', values: ['true'] },
          ],
        },
      ],
    });
  });

  it('a document without a version is of 2008 and has no policy variables', () => {
    const { version } = parsePolicy(JSON.stringify({ Statement: identityStatement }), 'managed');
    assert.equal(version, '2008-10-17');
  });

  it('the elements that a kind of policy must not have are refused', () => {
    assert.equal(placeOf(statement, 'managed'), 'Statement[0].Principal');
    assert.equal(placeOf({ ...identityStatement, NotPrincipal: '*' }, 'session'), 'Statement[0].NotPrincipal');
    assert.equal(placeOf({ ...statement, Action: 'sts:AssumeRole' }, 'trust'), 'Statement[0].Resource');
    assert.equal(placeOf(identityStatement, 'bucket'), 'Statement[0]');
    const trust = {
      Effect: 'Allow',
      Principal: { Federated: 'login.example' },
      Action: 'sts:AssumeRoleWithWebIdentity',
    };
    assert.equal(parsePolicy(JSON.stringify({ Statement: trust }), 'trust').statements.length, 1);
    const negated = { Effect: 'Deny', NotPrincipal: '*', Action: 'sts:AssumeRole' };
    assert.equal(placeOf(negated, 'trust'), 'Statement[0].NotPrincipal');
  });

  const wrong: readonly (readonly [string, object, string])[] = [
    ['an effect in lower case', { ...statement, Effect: 'allow' }, 'Effect'],
    ['a missing effect', { ...statement, Effect: undefined }, 'Effect'],
    ['an unknown element', { ...statement, Actions: 's3:*' }, 'Actions'],
    ['Action beside NotAction', { ...statement, NotAction: 's3:*' }, ''],
    ['a missing action', { ...statement, Action: undefined }, ''],
    ['an empty list of actions', { ...statement, Action: [] }, 'Action'],
    ['an action that is no string', { ...statement, Action: ['s3:*', 7] }, 'Action[1]'],
    ['an action without a service', { ...statement, Action: 'GetObject' }, 'Action'],
    ['a service with a wildcard', { ...statement, Action: 's*:GetObject' }, 'Action'],
    ['a resource that is no ARN', { ...statement, Resource: 'box/*' }, 'Resource'],
    ['a service with a wildcard in an ARN', { ...statement, Resource: 'arn:aws:s*:::box' }, 'Resource'],
    ['a variable before the fifth colon', { ...statement, Resource: 'arn:aws:s3::${aws:username}:box' }, 'Resource'],
    ['a variable that does not end', { ...statement, Resource: 'arn:aws:s3:::box/${aws:username' }, 'Resource'],
    ['NotPrincipal that allows', { ...statement, Principal: undefined, NotPrincipal: '*' }, 'NotPrincipal'],
    ['an empty principal', { ...statement, Principal: {} }, 'Principal'],
    ['an unknown kind of principal', { ...statement, Principal: { User: 'ana' } }, 'Principal.User'],
    [
      'a principal with a wildcard',
      { ...statement, Principal: { AWS: 'arn:aws:iam::111122223333:user/*' } },
      'Principal.AWS',
    ],
    [
      'a group as principal',
      { ...statement, Principal: { AWS: 'arn:aws:iam::111122223333:group/g' } },
      'Principal.AWS',
    ],
    ['a canonical id that is none', { ...statement, Principal: { CanonicalUser: 'ana' } }, 'Principal.CanonicalUser'],
    ['an unknown operator', { ...statement, Condition: { StringIs: { 'aws:username': 'a' } } }, 'Condition.StringIs'],
    [
      'a qualified Null',
      { ...statement, Condition: { 'ForAllValues:Null': { 'a:b': 'true' } } },
      'Condition.ForAllValues:Null',
    ],
    ['NullIfExists', { ...statement, Condition: { NullIfExists: { 'a:b': 'true' } } }, 'Condition.NullIfExists'],
    [
      'a key without a service',
      { ...statement, Condition: { Bool: { SecureTransport: true } } },
      'Condition.Bool.SecureTransport',
    ],
    [
      'an address that is none',
      { ...statement, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.256' } } },
      'Condition.IpAddress.aws:SourceIp',
    ],
    [
      'a prefix that is too long',
      { ...statement, Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/33' } } },
      'Condition.IpAddress.aws:SourceIp',
    ],
    [
      'a date that is none',
      { ...statement, Condition: { DateLessThan: { 'aws:CurrentTime': '2026-02-29' } } },
      'Condition.DateLessThan.aws:CurrentTime',
    ],
    [
      'a number that is none',
      { ...statement, Condition: { NumericEquals: { 's3:max-keys': 'ten' } } },
      'Condition.NumericEquals.s3:max-keys',
    ],
    [
      'a boolean that is none',
      { ...statement, Condition: { Bool: { 'aws:SecureTransport': 'yes' } } },
      'Condition.Bool.aws:SecureTransport',
    ],
    [
      'bytes that are not base64',
      { ...statement, Condition: { BinaryEquals: { 'a:b': 'a' } } },
      'Condition.BinaryEquals.a:b',
    ],
    [
      'an ARN that is none',
      { ...statement, Condition: { ArnLike: { 'aws:SourceArn': 'box' } } },
      'Condition.ArnLike.aws:SourceArn',
    ],
    ['null as a value', { ...statement, Condition: { StringEquals: { 'a:b': null } } }, 'Condition.StringEquals.a:b'],
    ['no values', { ...statement, Condition: { StringEquals: { 'a:b': [] } } }, 'Condition.StringEquals.a:b'],
    [
      'one key twice',
      { ...statement, Condition: { StringEquals: { 'a:b': 'x', 'A:B': 'y' } } },
      'Condition.StringEquals.A:B',
    ],
  ];
  for (const [what, changed, at] of wrong)
    it(`refuses ${what} and names its place`, () => {
      assert.equal(placeOf(changed), at === '' ? 'Statement[0]' : `Statement[0].${at}`);
    });

  it('refuses two statements with one Sid, and odd Sids in identity policies', () => {
    const two = (Sid: string) =>
      JSON.stringify({
        Statement: [
          { ...identityStatement, Sid },
          { ...identityStatement, Sid },
        ],
      });
    assert.match(failure(two('One'), 'managed').message, /^Statement\[1\]\.Sid repeats "One"/);
    assert.match(failure(two('One-1'), 'managed').message, /^Statement\[0\]\.Sid may hold only letters and digits/);
  });

  it('refuses what is missing or unknown at the top', () => {
    assert.match(failure('{}', 'bucket').message, /^Statement is missing/);
    assert.match(failure('{"Statement": []}', 'bucket').message, /^Statement must not be empty/);
    assert.match(failure('[]', 'bucket').message, /^The policy must be an object/);
    assert.match(failure('{"Version": "2012-10-18", "Statement": []}', 'bucket').message, /^Version must be/);
    assert.match(failure('{"Statements": []}', 'bucket').message, /Statements is not an element/);
  });
});

describe('policies of a bucket', () => {
  const of = (changed: object) => placeOf({ ...statement, ...changed }, 'bucket', { bucket: 'box' });
  const accepts = (changed: object) =>
    parsePolicy(JSON.stringify({ Statement: { ...statement, ...changed } }), 'bucket', { bucket: 'box' });

  it('a resource of another bucket is refused', () => {
    assert.equal(of({ Resource: 'arn:aws:s3:::boxes/*' }), 'Statement[0].Resource');
    assert.equal(of({ Resource: ['arn:aws:s3:::box/*', 'arn:aws:sqs:::box'] }), 'Statement[0].Resource');
    for (const Resource of ['arn:aws:s3:::box/a', 'arn:aws:s3:::b*/a', 'arn:aws:s3:::*', '*']) accepts({ Resource });
  });

  it('an action of no service, or of no use for the resources, is refused', () => {
    assert.equal(of({ Action: 's3:GetObjekt' }), 'Statement[0].Action');
    assert.equal(of({ Action: 'ec2:RunInstances' }), 'Statement[0].Action');
    assert.equal(of({ Action: 's3:ListBucket' }), 'Statement[0].Action');
    assert.equal(of({ Resource: 'arn:aws:s3:::box' }), 'Statement[0].Action');
    accepts({ Action: ['s3:GetObject', 's3:ListBucket'], Resource: ['arn:aws:s3:::box', 'arn:aws:s3:::box/*'] });
    accepts({ Action: 's3:*' });
    accepts({ Action: '*', Resource: 'arn:aws:s3:::box' });
  });
});
