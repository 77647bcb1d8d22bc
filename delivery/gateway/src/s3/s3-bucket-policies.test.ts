// Bucket policies over the wire: what they grant to anonymous requests and to other accounts, and what limits them.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { accountIdOf } from '@cess/access';
import { toHex } from '@cess/primitives';
import { anonymous, assertAnswer, foreign, headerOf, sender } from '../test-support/requests.js';
import { foreignOwner, startTestGateway, type TestGateway, testOwner } from '../test-support/test-gateway.js';

let test: TestGateway;
const send = sender(() => test);
let count = 0;
let bucket = '';

before(async () => {
  test = await startTestGateway({ hasForeignAccount: true });
  test.chain.stalled = true;
});
after(() => test.stop());
beforeEach(async () => {
  bucket = `policies-${++count}`;
  assertAnswer(await send('PUT', `/${bucket}`), 200);
  assertAnswer(await send('PUT', `/${bucket}/key`, { body: 'abc' }), 200);
});

interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  /** Below the bucket; `` is the bucket itself. */
  readonly on?: string;
  readonly Condition?: unknown;
}

function policy(...statements: readonly Statement[]): string {
  const Statement = statements.map(({ on = '/*', ...rest }) => ({
    Effect: 'Allow',
    Principal: '*',
    ...rest,
    Resource: `arn:aws:s3:::${bucket}${on}`,
  }));
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

const put = (body: string) => send('PUT', `/${bucket}?policy=`, { body });
const unblock = async () => assertAnswer(await send('DELETE', `/${bucket}?publicAccessBlock=`), 204);
const foreigner = { AWS: `arn:aws:iam::${accountIdOf(foreignOwner)}:root` };

describe('a bucket policy', () => {
  it('is answered byte by byte as it was put, until it is deleted', async () => {
    const text = ` ${policy({ Action: 's3:GetObject', Principal: foreigner })}\n`;
    assertAnswer(await send('GET', `/${bucket}?policy=`), 404, 'NoSuchBucketPolicy');
    assertAnswer(await put(text), 204);
    const answer = await send('GET', `/${bucket}?policy=`);
    assert.equal(answer.body, text);
    assert.match(answer.head, /content-type: application\/json/i);
    assertAnswer(await send('DELETE', `/${bucket}?policy=`), 204);
    assertAnswer(await send('DELETE', `/${bucket}?policy=`), 204);
    assertAnswer(await send('GET', `/${bucket}?policy=`), 404, 'NoSuchBucketPolicy');
  });

  it('that is not valid is refused as MalformedPolicy, and the earlier one stays', async () => {
    const text = policy({ Action: 's3:GetObject', Principal: foreigner });
    await put(text);
    for (const wrong of [
      '{}',
      'no JSON',
      '\u00ff',
      text.replaceAll(bucket, 'other-bucket'),
      text.replace('s3:GetObject', 's3:GetNothing'),
      text.replace('"Effect"', '"Effect":"Deny","Effect"'),
    ]) {
      assertAnswer(await put(wrong), 400, 'MalformedPolicy');
    }
    assertAnswer(await put(text.padEnd(20_481)), 400, 'MaxMessageLengthExceeded');
    assert.equal((await send('GET', `/${bucket}?policy=`)).body, text);
  });

  it('that is public is refused while the bucket blocks public policies, as every new bucket does', async () => {
    const text = policy({ Action: 's3:GetObject' });
    assertAnswer(await put(text), 403, 'AccessDenied');
    await unblock();
    assertAnswer(await put(text), 204);
    const status = await send('GET', `/${bucket}?policyStatus=`);
    assert.match(status.body, /<IsPublic>true<\/IsPublic>/);
  });

  it('lets anonymous requests read objects, and nothing else', async () => {
    await unblock();
    await put(policy({ Action: 's3:GetObject' }));
    const answer = await send('GET', `/${bucket}/key`, anonymous);
    assert.deepEqual([answer.status, answer.body], [200, 'abc']);
    assertAnswer(await send('GET', `/${bucket}/none`, anonymous), 403, 'AccessDenied');
    assertAnswer(await send('GET', `/${bucket}`, anonymous), 403, 'AccessDenied');
    assertAnswer(await send('PUT', `/${bucket}/key`, { ...anonymous, body: 'x' }), 403, 'AccessDenied');
    assertAnswer(await send('DELETE', `/${bucket}/key`, anonymous), 403, 'AccessDenied');
    assertAnswer(await send('GET', `/${bucket}/key?versionId=null`, anonymous), 403, 'AccessDenied');
  });

  it('grants nothing to the public once RestrictPublicBuckets is set', async () => {
    await unblock();
    await put(policy({ Action: 's3:GetObject' }));
    const block =
      '<PublicAccessBlockConfiguration><RestrictPublicBuckets>true</RestrictPublicBuckets></PublicAccessBlockConfiguration>';
    assertAnswer(await send('PUT', `/${bucket}?publicAccessBlock=`, { body: block }), 200);
    assertAnswer(await send('GET', `/${bucket}/key`, anonymous), 403, 'AccessDenied');
    assertAnswer(await send('GET', `/${bucket}/key`, foreign), 403, 'AccessDenied');
    assertAnswer(await send('GET', `/${bucket}/key`), 200);
  });

  it('makes a missing key known to those who may list the bucket', async () => {
    await put(policy({ Action: 's3:GetObject', Principal: foreigner }));
    assertAnswer(await send('GET', `/${bucket}/none`, foreign), 403, 'AccessDenied');
    await put(
      policy(
        { Action: 's3:GetObject', Principal: foreigner },
        { Action: 's3:ListBucket', Principal: foreigner, on: '' },
      ),
    );
    assertAnswer(await send('GET', `/${bucket}/none`, foreign), 404, 'NoSuchKey');
    assert.equal((await send('HEAD', `/${bucket}/none`, foreign)).status, 404);
  });

  it('names another account by its ARN, its id, or its canonical id', async () => {
    for (const Principal of [foreigner, { AWS: accountIdOf(foreignOwner) }, { CanonicalUser: toHex(foreignOwner) }]) {
      await put(policy({ Action: 's3:GetObject', Principal }));
      assertAnswer(await send('GET', `/${bucket}/key`, foreign), 200);
      assertAnswer(await send('GET', `/${bucket}/key`, anonymous), 403, 'AccessDenied');
    }
    await put(policy({ Action: 's3:GetObject', Principal: { AWS: accountIdOf(testOwner) } }));
    assertAnswer(await send('GET', `/${bucket}/key`, foreign), 403, 'AccessDenied');
  });

  it('that denies counts for the owner, who can still replace it', async () => {
    await put(policy({ Effect: 'Deny', Action: 's3:*', on: '*' }));
    assertAnswer(await send('GET', `/${bucket}/key`), 403, 'AccessDenied');
    assertAnswer(await send('DELETE', `/${bucket}`), 403, 'AccessDenied');
    assertAnswer(await send('GET', `/${bucket}?policy=`), 200);
    assertAnswer(await send('DELETE', `/${bucket}?policy=`), 204);
    assertAnswer(await send('GET', `/${bucket}/key`), 200);
  });

  it('is managed by the account of the owner alone, whatever it grants', async () => {
    await put(policy({ Action: 's3:*', Principal: foreigner, on: '' }));
    assertAnswer(await send('GET', `/${bucket}?policy=`, foreign), 405, 'MethodNotAllowed');
    assertAnswer(await send('PUT', `/${bucket}?policy=`, { ...foreign, body: '{}' }), 405, 'MethodNotAllowed');
    assertAnswer(await send('DELETE', `/${bucket}?policy=`, foreign), 405, 'MethodNotAllowed');
    assertAnswer(await send('GET', `/${bucket}?versioning=`, foreign), 200);
  });

  it('limits listings by their prefix', async () => {
    const Condition = { StringEquals: { 's3:prefix': 'shared/' } };
    await put(policy({ Action: 's3:ListBucket', Principal: foreigner, on: '', Condition }));
    assertAnswer(await send('GET', `/${bucket}?list-type=2&prefix=shared/`, foreign), 200);
    assertAnswer(await send('GET', `/${bucket}?list-type=2`, foreign), 403, 'AccessDenied');
    assertAnswer(await send('GET', `/${bucket}?list-type=2&prefix=other/`, foreign), 403, 'AccessDenied');
  });

  it('decides by address, transport and time of the request', async () => {
    const cases: readonly (readonly [object, number])[] = [
      [{ IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }, 200],
      [{ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, 403],
      [{ Bool: { 'aws:SecureTransport': 'false' } }, 200],
      [{ Bool: { 'aws:SecureTransport': 'true' } }, 403],
      [{ DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } }, 200],
      [{ DateLessThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } }, 403],
      [{ StringEquals: { 's3:authType': 'REST-HEADER' } }, 200],
      [{ NumericLessThan: { 's3:signatureAge': '600000' } }, 200],
      [{ StringEquals: { 'aws:PrincipalAccount': accountIdOf(foreignOwner) } }, 200],
    ];
    for (const [Condition, status] of cases) {
      assertAnswer(await put(policy({ Action: 's3:GetObject', Principal: foreigner, Condition })), 204);
      const answer = await send('GET', `/${bucket}/key`, foreign);
      assert.equal(answer.status, status, JSON.stringify(Condition));
    }
  });

  it('is asked for every key of DeleteObjects', async () => {
    await put(
      JSON.stringify({
        Version: '2012-10-17',
        Statement: {
          Effect: 'Allow',
          Principal: foreigner,
          Action: 's3:DeleteObject',
          Resource: `arn:aws:s3:::${bucket}/mine-*`,
        },
      }),
    );
    const body = '<Delete><Object><Key>mine-1</Key></Object><Object><Key>key</Key></Object></Delete>';
    const { createHash } = await import('node:crypto');
    const md5 = createHash('md5').update(body).digest('base64');
    const answer = await send('POST', `/${bucket}?delete=`, { ...foreign, body, headers: { 'content-md5': md5 } });
    assert.match(answer.body, /<Deleted><Key>mine-1<\/Key><\/Deleted>/);
    assert.match(answer.body, /<Error><Key>key<\/Key><Code>AccessDenied<\/Code>/);
    assertAnswer(await send('GET', `/${bucket}/key`), 200);
  });
});

describe('a copy', () => {
  it('needs leave to read its source, which it stores again for another owner', async () => {
    assertAnswer(await send('PUT', `/copies-${bucket}`, foreign), 200);
    const copy = () =>
      send('PUT', `/copies-${bucket}/copy`, { ...foreign, headers: { 'x-amz-copy-source': `${bucket}/key` } });
    assertAnswer(await copy(), 403, 'AccessDenied');
    await put(policy({ Action: 's3:GetObject', Principal: foreigner }));
    assertAnswer(await copy(), 200);
    const [source, target] = await Promise.all(
      [
        [bucket, 'key'],
        [`copies-${bucket}`, 'copy'],
      ].map(([name = '', key = '']) => test.gateway.index.getObject({ bucket: name, key })),
    );
    const filesOf = (object: typeof source) => object?.extents.map(({ fileId }) => toHex(fileId)) ?? [];
    assert.equal(target?.etag, source?.etag);
    assert.ok(filesOf(target).length > 0);
    assert.ok(filesOf(target).every((id) => !filesOf(source).includes(id)));
    const file = await test.gateway.index.getFile(target?.extents[0]?.fileId ?? new Uint8Array(32));
    assert.deepEqual(file?.owner, foreignOwner);
    assert.equal((await send('GET', `/copies-${bucket}/copy`, foreign)).body, 'abc');
  });
});

describe('a copy of an object with tags', () => {
  const copy = (more: Record<string, string> = {}, version = '') => {
    const headers = { 'x-amz-copy-source': `${bucket}/key${version}`, ...more };
    return send('PUT', `/tagged-${bucket}/copy`, { ...foreign, headers });
  };
  const grant = (...Action: readonly string[]) => put(policy({ Action, Principal: foreigner }));
  const tag = () => send('PUT', `/${bucket}/key`, { body: 'abc', headers: { 'x-amz-tagging': 'a=b' } });
  const tagsOf = async () => (await send('GET', `/tagged-${bucket}/copy?tagging=`, foreign)).body;

  it('needs leave to read the tags, unless it states others', async () => {
    await send('PUT', `/tagged-${bucket}`, foreign);
    await tag();
    await grant('s3:GetObject');
    assertAnswer(await copy(), 403, 'AccessDenied');
    assertAnswer(await copy({ 'x-amz-tagging-directive': 'REPLACE', 'x-amz-tagging': 'c=d' }), 200);
    assert.match(await tagsOf(), /<Key>c<\/Key>/);
    await grant('s3:GetObject', 's3:GetObjectTagging');
    assertAnswer(await copy(), 200);
    assert.match(await tagsOf(), /<Key>a<\/Key>/);
  });

  it('needs leave to read the tags of the version that it names', async () => {
    await send('PUT', `/tagged-${bucket}`, foreign);
    const enabling = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
    await send('PUT', `/${bucket}?versioning=`, { body: enabling });
    const version = `?versionId=${headerOf(await tag(), 'x-amz-version-id')}`;
    await grant('s3:GetObjectVersion', 's3:GetObjectTagging');
    assertAnswer(await copy({}, version), 403, 'AccessDenied');
    await grant('s3:GetObjectVersion', 's3:GetObjectVersionTagging');
    assertAnswer(await copy({}, version), 200);
  });
});

describe('headers that ask for more than the operation', () => {
  it('need the action of what they ask for', async () => {
    await put(policy({ Action: 's3:PutObject', Principal: foreigner }));
    const write = (headers: Record<string, string>) =>
      send('PUT', `/${bucket}/new`, { ...foreign, body: 'x', headers });
    assertAnswer(await write({}), 200);
    assertAnswer(await write({ 'x-amz-acl': 'bucket-owner-full-control' }), 403, 'AccessDenied');
    await put(policy({ Action: ['s3:PutObject', 's3:PutObjectAcl'], Principal: foreigner }));
    assertAnswer(await write({ 'x-amz-acl': 'bucket-owner-full-control' }), 200);
  });
});

describe('x-amz-expected-bucket-owner', () => {
  it('names the owner by account id or canonical id, for every operation on a bucket', async () => {
    const get = (owner: string) => send('GET', `/${bucket}/key`, { headers: { 'x-amz-expected-bucket-owner': owner } });
    assertAnswer(await get(accountIdOf(testOwner)), 200);
    assertAnswer(await get(toHex(testOwner)), 200);
    assertAnswer(await get(accountIdOf(foreignOwner)), 403, 'AccessDenied');
  });
});
