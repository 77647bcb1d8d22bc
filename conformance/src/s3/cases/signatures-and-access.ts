// Who sends a request (signatures, sessions, anonymous callers) and what policies, lists and blocks let them do.
import assert from 'node:assert/strict';
import { elementOf, elementsOf } from '../elements.js';
import { answers, assertOutcome, does, type S3Case } from '../s3-case.js';
import type { World } from '../world.js';
import { keysOf, policyText } from '../world.js';
import { policyOf } from './samples.js';

const minutesAgo = (minutes: number): Date => new Date(Date.now() - minutes * 60_000);

async function stored(world: World, settings?: Parameters<World['bucket']>[0]): Promise<string> {
  const bucket = await world.bucket(settings);
  await world.put(bucket, 'key');
  return `/${bucket}/key`;
}

/** What is wrong with a signature in the header, and the answer. */
const headerFaults: readonly (readonly [string, string, () => Parameters<World['send']>[2]])[] = [
  [
    'an access key that does not exist',
    '403 InvalidAccessKeyId',
    () => ({ keys: { accessKeyId: 'NOBODY', secretAccessKey: 'x' } }),
  ],
  ['a date 16 minutes ago', '403 RequestTimeTooSkewed', () => ({ date: minutesAgo(16) })],
  ['a date in 16 minutes', '403 RequestTimeTooSkewed', () => ({ date: minutesAgo(-16) })],
  ['another region', '400 AuthorizationHeaderMalformed', () => ({ region: 'eu-north-1' })],
  ['another service', '400 AuthorizationHeaderMalformed', () => ({ service: 'ec2' })],
];
const changes: readonly (readonly [string, string, (headers: Record<string, string>) => Record<string, string>])[] = [
  [
    'a changed signature',
    '403 SignatureDoesNotMatch',
    (h) => ({ ...h, authorization: (h['authorization'] ?? '').replace(/.$/, (c) => (c === '0' ? '1' : '0')) }),
  ],
  ['a header that was added', '403 AccessDenied', (h) => ({ ...h, 'x-amz-meta-a': 'b' })],
  [
    'a signed header that was changed',
    '403 SignatureDoesNotMatch',
    (h) => ({ ...h, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }),
  ],
  [
    'no signature field',
    '400 AuthorizationHeaderMalformed',
    (h) => ({ ...h, authorization: (h['authorization'] ?? '').replace(/, Signature=.*/, '') }),
  ],
  [
    'no credential field',
    '400 AuthorizationHeaderMalformed',
    (h) => ({ ...h, authorization: (h['authorization'] ?? '').replace(/Credential=[^,]*, /, '') }),
  ],
  ['Signature Version 2', '400 InvalidRequest', (h) => ({ ...h, authorization: 'AWS KEY:c2lnbmF0dXJl' })],
  ['another scheme', '400 InvalidRequest', (h) => ({ ...h, authorization: 'Bearer abc' })],
  ['no date', '403 AccessDenied', ({ 'x-amz-date': _, ...h }) => h],
  ['no hash of the content', '400 InvalidRequest', ({ 'x-amz-content-sha256': _, ...h }) => h],
  ['a session token that is none', '400 InvalidToken', (h) => ({ ...h, 'x-amz-security-token': 'abc' })],
];

const presignedFaults: readonly (readonly [string, string, (target: string) => string])[] = [
  ['a changed signature', '403 SignatureDoesNotMatch', (t) => t.replace(/.$/, (c) => (c === '0' ? '1' : '0'))],
  ['another key', '403 SignatureDoesNotMatch', (t) => t.replace('/key?', '/kex?')],
  ['a parameter that was added', '403 SignatureDoesNotMatch', (t) => `${t}&response-content-type=a`],
  ['no credential', '400 AuthorizationQueryParametersError', (t) => t.replace(/X-Amz-Credential=[^&]*&/, '')],
  ['no date', '400 AuthorizationQueryParametersError', (t) => t.replace(/X-Amz-Date=[^&]*&/, '')],
  ['no expiry', '400 AuthorizationQueryParametersError', (t) => t.replace(/X-Amz-Expires=[^&]*&/, '')],
  [
    'another algorithm',
    '400 AuthorizationQueryParametersError',
    (t) => t.replace('AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA1'),
  ],
];

const signatureCases: readonly S3Case[] = [
  ...headerFaults.map(([title, outcome, options]) =>
    answers('GetObject', outcome, `signed with ${title}`, async (world) =>
      world.send('GET', await stored(world), options()),
    ),
  ),
  ...changes.map(([title, outcome, change]) =>
    answers('GetObject', outcome, `a request with ${title}`, async (world) =>
      world.send('GET', await stored(world), { change }),
    ),
  ),
  does('GetObject', '403 SignatureDoesNotMatch', 'a wrong secret; the answer shows what was signed', async (world) => {
    const keys = { ...world.endpoint.keys, secretAccessKey: 'wrong' };
    const answer = assertOutcome(await world.send('GET', await stored(world), { keys }), '403 SignatureDoesNotMatch');
    assert.match(elementOf(answer.text, 'StringToSign') ?? '', /^AWS4-HMAC-SHA256\n/);
    assert.doesNotMatch(answer.text, /wrong/);
  }),
  ...(['GET', 'PUT', 'HEAD', 'DELETE'] as const).map((method) =>
    does(
      { GET: 'GetObject', PUT: 'PutObject', HEAD: 'HeadObject', DELETE: 'DeleteObject' }[method],
      '200',
      'a presigned URL without any header',
      async (world) => {
        const target = world.endpoint.presign(method, await stored(world));
        const body = Buffer.from(method === 'PUT' ? 'new' : '');
        const length: Record<string, string> = method === 'PUT' ? { 'content-length': '3' } : {};
        const answer = await world.endpoint.exchange(method, target, length, body);
        assertOutcome(answer, method === 'DELETE' ? '204' : '200');
      },
    ),
  ),
  ...presignedFaults.map(([title, outcome, change]) =>
    answers('GetObject', outcome, `a presigned URL with ${title}`, async (world) =>
      world.endpoint.exchange('GET', change(world.endpoint.presign('GET', await stored(world))), {}),
    ),
  ),
  ...['0', '604801', 'long'].map((expires) =>
    answers(
      'GetObject',
      '400 AuthorizationQueryParametersError',
      `a presigned URL for ${expires} seconds`,
      async (world) =>
        world.endpoint.exchange('GET', world.endpoint.presign('GET', await stored(world), { expires }), {}),
    ),
  ),
  does('GetObject', '403 AccessDenied', 'a presigned URL that has expired', async (world) => {
    const target = world.endpoint.presign('GET', await stored(world), { date: minutesAgo(2), expires: 60 });
    const answer = assertOutcome(await world.endpoint.exchange('GET', target, {}), '403 AccessDenied');
    assert.equal(elementOf(answer.text, 'Message'), 'Request has expired.');
  }),
  answers('GetObject', '400 InvalidRequest', 'a presigned URL of Signature Version 2', async (world) =>
    world.endpoint.exchange('GET', `${await stored(world)}?AWSAccessKeyId=A&Signature=b&Expires=2000000000`, {}),
  ),
  does('GetObject', '403 AccessDenied', 'a presigned PUT does not read', async (world) => {
    const target = world.endpoint.presign('PUT', await stored(world));
    assertOutcome(await world.endpoint.exchange('GET', target, {}), '403 SignatureDoesNotMatch');
  }),
  answers('GetObject', '403 InvalidAccessKeyId', 'a session without its token', async (world) => {
    const { sessionToken: _, ...keys } = await world.allowed('s3:*');
    return world.send('GET', await stored(world), { keys });
  }),
  answers('GetObject', '200', 'a presigned URL of a session', async (world) => {
    const keys = await world.allowed('s3:GetObject');
    return world.endpoint.exchange('GET', world.endpoint.presign('GET', await stored(world), { keys }), {});
  }),
  does(
    'GetObject',
    '403 InvalidAccessKeyId',
    'a key that was deleted is refused from the next request on',
    async (world) => {
      const UserName = world.freshName();
      await world.query('iam', { Action: 'CreateUser', UserName });
      const allow = policyText({ Effect: 'Allow', Action: 's3:*', Resource: '*' });
      await world.query('iam', { Action: 'PutUserPolicy', UserName, PolicyName: 'p', PolicyDocument: allow });
      const keys = keysOf((await world.query('iam', { Action: 'CreateAccessKey', UserName })).text);
      const path = await stored(world);
      assertOutcome(await world.send('GET', path, { keys }), '200');
      await world.query('iam', { Action: 'DeleteAccessKey', UserName, AccessKeyId: keys.accessKeyId });
      assertOutcome(await world.send('GET', path, { keys }), '403 InvalidAccessKeyId');
    },
  ),
];

const grant = (bucket: string, more: Record<string, unknown> = {}) =>
  policyText({
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${bucket}/*`,
    ...more,
  });

/** Conditions of a public policy, and whether an anonymous GET of `key` meets them. */
const policyConditions: readonly (readonly [string, Record<string, unknown>, boolean])[] = [
  ['IpAddress of this machine', { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }, true],
  ['IpAddress of another network', { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, false],
  ['NotIpAddress of this machine', { NotIpAddress: { 'aws:SourceIp': '127.0.0.1/32' } }, false],
  ['Bool for TLS', { Bool: { 'aws:SecureTransport': 'true' } }, false],
  ['Bool for no TLS', { Bool: { 'aws:SecureTransport': 'false' } }, true],
  ['StringLike for the referer', { StringLike: { 'aws:Referer': 'https://example.com/*' } }, true],
  ['StringEquals for the referer', { StringEquals: { 'aws:Referer': 'https://example.com/*' } }, false],
  ['StringNotLike for the referer', { StringNotLike: { 'aws:Referer': 'https://other.com/*' } }, true],
  ['DateLessThan in the future', { DateLessThan: { 'aws:CurrentTime': '2100-01-01T00:00:00Z' } }, true],
  ['DateGreaterThan in the future', { DateGreaterThan: { 'aws:CurrentTime': '2100-01-01T00:00:00Z' } }, false],
  ['NumericLessThan for the time', { NumericLessThan: { 'aws:EpochTime': '4102444800' } }, true],
  ['Null for the signature', { Null: { 's3:authType': 'true' } }, true],
  ['StringEquals for a tag', { StringEquals: { 's3:ExistingObjectTag/colour': 'red' } }, true],
  ['StringEquals for another value of the tag', { StringEquals: { 's3:ExistingObjectTag/colour': 'blue' } }, false],
  ['IfExists for a missing key', { StringEqualsIfExists: { 's3:VersionId': 'x' } }, true],
  ['a missing key', { StringEquals: { 's3:VersionId': 'x' } }, false],
];

const badPolicies: readonly (readonly [string, string])[] = [
  ['no JSON', '{'],
  ['a list', '[]'],
  ['no statement', '{"Version":"2012-10-17"}'],
  ['an unknown version', policyOf('B').replace('2012-10-17', '2020-01-01')],
  ['an unknown effect', policyOf('B', { Effect: 'Maybe' })],
  ['an unknown element', policyOf('B', { Colour: 'red' })],
  ['an unknown operator', policyOf('B', { Condition: { Like: { 'aws:SourceIp': 'a' } } })],
  ['another bucket', policyOf('B', { Resource: 'arn:aws:s3:::other/*' })],
  ['an action of another service', policyOf('B', { Action: 'ec2:RunInstances' })],
  ['no principal', policyOf('B', { Principal: undefined })],
  ['an address that is none', policyOf('B', { Condition: { IpAddress: { 'aws:SourceIp': 'home' } } })],
];

const accessCases: readonly S3Case[] = [
  ...policyConditions.map(([title, Condition, holds]) =>
    answers(
      'GetObject',
      holds ? '200' : '403 AccessDenied',
      `anonymous under a policy with ${title}`,
      async (world) => {
        const bucket = await world.bucket({ publicActions: ['s3:GetObject'] });
        await world.put(bucket, 'key', 'content', { 'x-amz-tagging': 'colour=red' });
        await world.ok('PUT', `/${bucket}?policy`, { body: grant(bucket, { Condition }) });
        return world.send('GET', `/${bucket}/key`, { keys: 'none', headers: { referer: 'https://example.com/page' } });
      },
    ),
  ),
  ...badPolicies.map(([title, body]) =>
    answers('PutBucketPolicy', '400 MalformedPolicy', title, async (world) => {
      const bucket = await world.bucket();
      return world.send('PUT', `/${bucket}?policy`, { body: body.replaceAll('B/', `${bucket}/`) });
    }),
  ),
  answers('PutBucketPolicy', '403 AccessDenied', 'a public policy in a bucket that blocks them', async (world) => {
    const bucket = await world.bucket();
    return world.send('PUT', `/${bucket}?policy`, { body: grant(bucket) });
  }),
  does('GetBucketPolicy', '200', 'answers the document byte by byte', async (world) => {
    const bucket = await world.bucket();
    const body = ` ${policyOf(bucket)}\n`;
    await world.ok('PUT', `/${bucket}?policy`, { body });
    assert.equal((await world.ok('GET', `/${bucket}?policy`)).text, body);
  }),
  does('GetBucketPolicyStatus', '200', 'says whether the policy is public', async (world) => {
    const bucket = await world.bucket({ publicActions: ['s3:GetObject'] });
    assert.equal(elementOf((await world.ok('GET', `/${bucket}?policyStatus`)).text, 'IsPublic'), 'true');
    await world.ok('PUT', `/${bucket}?policy`, { body: policyOf(bucket) });
    assert.equal(elementOf((await world.ok('GET', `/${bucket}?policyStatus`)).text, 'IsPublic'), 'false');
  }),
  does('PutBucketPolicy', '204', 'a statement that denies wins over the rights of the root', async (world) => {
    const path = await stored(world);
    const bucket = path.split('/')[1] ?? '';
    await world.ok('PUT', `/${bucket}?policy`, { body: policyOf(bucket, { Resource: `arn:aws:s3:::${bucket}/*` }) });
    assertOutcome(await world.send('GET', path), '403 AccessDenied');
    await world.ok('DELETE', `/${bucket}?policy`);
    assertOutcome(await world.send('GET', path), '200');
  }),
  does('PutPublicAccessBlock', '200', 'RestrictPublicBuckets ends anonymous reads at once', async (world) => {
    const path = await stored(world, { publicActions: ['s3:GetObject'] });
    assertOutcome(await world.send('GET', path, { keys: 'none' }), '200');
    const body =
      '<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>';
    await world.ok('PUT', `/${path.split('/')[1]}?publicAccessBlock`, { body });
    assertOutcome(await world.send('GET', path, { keys: 'none' }), '403 AccessDenied');
  }),
  answers('CreateMultipartUpload', '403 AccessDenied', 'anonymous, whatever the policy allows', async (world) => {
    const bucket = await world.bucket({ publicActions: ['s3:PutObject'] });
    return world.send('POST', `/${bucket}/key?uploads`, { keys: 'none' });
  }),
  answers('PutObject', '200', 'anonymous where the policy allows it', async (world) =>
    world.send('PUT', `/${await world.bucket({ publicActions: ['s3:PutObject'] })}/key`, { keys: 'none', body: 'a' }),
  ),
  answers('ListObjectsV2', '200', 'anonymous where the policy allows it', async (world) =>
    world.send('GET', `/${await world.bucket({ publicActions: ['s3:ListBucket'] })}?list-type=2`, { keys: 'none' }),
  ),
  answers(
    'PutBucketPolicy',
    '405 MethodNotAllowed',
    'a caller without an account, whatever the policy allows',
    async (world) => {
      const bucket = await world.bucket({ publicActions: ['s3:*'] });
      return world.send('PUT', `/${bucket}?policy`, { keys: 'none', body: policyOf(bucket) });
    },
  ),
  ...(['prefix', 'delimiter', 'max-keys'] as const).map((name) =>
    does('ListObjectsV2', '403 AccessDenied', `s3:${name} limits listings`, async (world) => {
      const keys = await world.limitedTo({
        Effect: 'Allow',
        Action: 's3:ListBucket',
        Resource: '*',
        Condition: { StringEquals: { [`s3:${name}`]: '5' } },
      });
      const bucket = await world.bucket();
      const list = (value: string) => world.send('GET', `/${bucket}?list-type=2&${name}=${value}`, { keys });
      assertOutcome(await list('5'), '200');
      assertOutcome(await list('6'), '403 AccessDenied');
      assertOutcome(await world.send('GET', `/${bucket}?list-type=2`, { keys }), '403 AccessDenied');
    }),
  ),
  ...(['x-amz-tagging: a=b s3:PutObjectTagging', 'x-amz-acl: private s3:PutObjectAcl'] as const).flatMap((row) => {
    const [name = '', value = '', action = ''] = row.split(/: | /);
    return [
      answers('PutObject', '403 AccessDenied', `${name} without ${action}`, async (world) =>
        world.send('PUT', `/${await world.bucket()}/key`, {
          headers: { [name]: value },
          keys: await world.denied(action),
        }),
      ),
      answers('CreateMultipartUpload', '403 AccessDenied', `${name} without ${action}`, async (world) =>
        world.send('POST', `/${await world.bucket()}/key?uploads`, {
          headers: { [name]: value },
          keys: await world.denied(action),
        }),
      ),
    ];
  }),
  ...['public-read', 'public-read-write', 'authenticated-read'].map((acl) =>
    does('PutObjectAcl', '200', `${acl} grants what it says`, async (world) => {
      const bucket = await world.bucket({ ownership: 'ObjectWriter' });
      await world.ok('DELETE', `/${bucket}?publicAccessBlock`);
      await world.put(bucket, 'key');
      await world.ok('PUT', `/${bucket}/key?acl`, { headers: { 'x-amz-acl': acl } });
      const read = await world.send('GET', `/${bucket}/key`, { keys: 'none' });
      assertOutcome(read, acl === 'authenticated-read' ? '403 AccessDenied' : '200');
      assert.ok(elementsOf((await world.ok('GET', `/${bucket}/key?acl`)).text, 'Permission').includes('READ'));
    }),
  ),
  ...['PutBucketAcl', 'PutObjectAcl'].flatMap((operation) => {
    const target = async (world: World, settings: Parameters<World['bucket']>[0]) => {
      const bucket = await world.bucket(settings);
      if (operation === 'PutBucketAcl') return `/${bucket}?acl`;
      await world.put(bucket, 'key');
      return `/${bucket}/key?acl`;
    };
    const writer = { ownership: 'ObjectWriter' } as const;
    const owner = (world: World) => `<Owner><ID>${world.canonicalId}</ID></Owner>`;
    const list = (world: World, permission: string) =>
      `<AccessControlPolicy>${owner(world)}<AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>${world.canonicalId}</ID></Grantee><Permission>${permission}</Permission></Grant></AccessControlList></AccessControlPolicy>`;
    return [
      answers(
        operation,
        '400 AccessControlListNotSupported',
        'a public list where the bucket owner owns everything',
        async (world) => world.send('PUT', await target(world, {}), { headers: { 'x-amz-acl': 'public-read' } }),
      ),
      answers(operation, '403 AccessDenied', 'a public list in a bucket that blocks them', async (world) =>
        world.send('PUT', await target(world, writer), { headers: { 'x-amz-acl': 'public-read' } }),
      ),
      answers(operation, '400 InvalidArgument', 'an unknown canned list', async (world) =>
        world.send('PUT', await target(world, writer), { headers: { 'x-amz-acl': 'everybody' } }),
      ),
      answers(operation, '400 InvalidRequest', 'a canned list and grants', async (world) =>
        world.send('PUT', await target(world, writer), {
          headers: { 'x-amz-acl': 'private', 'x-amz-grant-read': `id="${world.canonicalId}"` },
        }),
      ),
      answers(operation, '400 InvalidArgument', 'a grant that is malformed', async (world) =>
        world.send('PUT', await target(world, writer), { headers: { 'x-amz-grant-read': 'everybody' } }),
      ),
      answers(operation, '400 MissingSecurityHeader', 'neither headers nor a body', async (world) =>
        world.send('PUT', await target(world, writer)),
      ),
      answers(operation, '400 UnexpectedContent', 'headers and a body', async (world) =>
        world.send('PUT', await target(world, writer), {
          headers: { 'x-amz-acl': 'private' },
          body: list(world, 'READ'),
        }),
      ),
      answers(operation, '200', 'a list in the body', async (world) =>
        world.send('PUT', await target(world, writer), { body: list(world, 'READ') }),
      ),
      answers(operation, '400 MalformedACLError', 'an unknown permission', async (world) =>
        world.send('PUT', await target(world, writer), { body: list(world, 'FLY') }),
      ),
      answers(operation, '403 AccessDenied', 'a list that names another owner', async (world) =>
        world.send('PUT', await target(world, writer), {
          body: list(world, 'READ').replace(world.canonicalId, 'a'.repeat(64)),
        }),
      ),
    ];
  }),
  answers('PutObjectAcl', '404 NoSuchKey', 'the key does not exist', async (world) =>
    world.send('PUT', `/${await world.bucket()}/none?acl`, { headers: { 'x-amz-acl': 'private' } }),
  ),
  answers('GetObjectAcl', '404 NoSuchKey', 'the key does not exist', async (world) =>
    world.send('GET', `/${await world.bucket()}/none?acl`),
  ),
];

export const signatureAndAccessCases: readonly S3Case[] = [...signatureCases, ...accessCases];
