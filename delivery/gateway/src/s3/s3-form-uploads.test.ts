// Uploads by forms in browsers (POST policy) over the wire.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { toHex } from '@cess/primitives';
import { hmac, signingKey } from '@cess/signature-v4';
import { anonymous, assertAnswer, headerOf, sender } from '../test-support/requests.js';
import {
  foreignCredentials,
  startTestGateway,
  type TestGateway,
  testCredentials,
  testRegion,
} from '../test-support/test-gateway.js';

let test: TestGateway;
const send = sender(() => test);
const bucket = 'forms';
const boundary = 'X-BOUNDARY';
const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
const soon = () => new Date(Date.now() + 600_000).toISOString();

before(async () => {
  test = await startTestGateway({ hasForeignAccount: true, s3Domains: ['s3.test'] });
  test.chain.stalled = true;
  assertAnswer(await send('PUT', `/${bucket}`), 200);
});
after(() => test.stop());

interface FormOptions {
  readonly conditions?: readonly unknown[];
  readonly expiration?: string;
  readonly credentials?: typeof testCredentials;
  /** Changes the fields after they are signed. */
  readonly change?: (fields: Record<string, string>) => Record<string, string>;
  readonly content?: string | Buffer;
  readonly filename?: string;
}

/** The fields of a signed form; every one of them is a condition, as SDKs make them. */
function signed(
  fields: Record<string, string>,
  { conditions, expiration = soon(), credentials = testCredentials }: FormOptions,
) {
  const scope = { accessKeyId: credentials.accessKeyId, date: day, region: testRegion, service: 's3' };
  const signing = {
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-credential': `${credentials.accessKeyId}/${day}/${testRegion}/s3/aws4_request`,
    'x-amz-date': `${day}T000000Z`,
  };
  const all = { ...fields, ...signing };
  const exact = Object.entries(signing).map(([name, value]) => ({ [name]: value }));
  const own = conditions ?? [{ bucket }, ...Object.entries(fields).map(([name, value]) => ({ [name]: value }))];
  const policy = Buffer.from(JSON.stringify({ expiration, conditions: [...own, ...exact] })).toString('base64');
  const signature = toHex(hmac(signingKey(credentials.secretAccessKey, scope), policy));
  return { ...all, policy, 'x-amz-signature': signature };
}

function formBody(fields: Record<string, string>, content: string | Buffer, filename: string): string {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${filename}"\r\nContent-Type: text/plain\r\n\r\n`;
  return `${parts.join('')}${file}${content.toString('latin1')}\r\n--${boundary}--\r\n`;
}

function post(fields: Record<string, string>, options: FormOptions = {}, path = `/${bucket}`, host = 'localhost') {
  const { change = (all) => all, content = 'abc', filename = 'photo.jpg' } = options;
  const body = formBody(change(signed(fields, options)), content, filename);
  return send('POST', path, {
    ...anonymous,
    body,
    host,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  });
}

const md5 = (content: string | Buffer) => createHash('md5').update(content).digest('hex');

describe('a signed form', () => {
  it('stores its file with what the fields say, and answers 204', async () => {
    const fields = { key: 'a/b', 'Content-Type': 'image/jpeg', 'x-amz-meta-who': 'me', 'Cache-Control': 'no-store' };
    const answer = await post(fields);
    assertAnswer(answer, 204);
    assert.equal(headerOf(answer, 'etag'), `"${md5('abc')}"`);
    const object = await send('GET', `/${bucket}/a/b`);
    assert.equal(object.body, 'abc');
    assert.equal(headerOf(object, 'content-type'), 'image/jpeg');
    assert.equal(headerOf(object, 'x-amz-meta-who'), 'me');
    assert.equal(headerOf(object, 'cache-control'), 'no-store');
  });

  it('gives its object tags, and the default retention of a locked bucket', async () => {
    assertAnswer(await send('PUT', '/locked-forms', { headers: { 'x-amz-bucket-object-lock-enabled': 'true' } }), 200);
    const rule =
      '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>';
    const headers = { 'content-md5': createHash('md5').update(rule).digest('base64') };
    assertAnswer(await send('PUT', '/locked-forms?object-lock=', { body: rule, headers }), 200);
    const tagging = '<Tagging><TagSet><Tag><Key>a</Key><Value>b c</Value></Tag></TagSet></Tagging>';
    const conditions = [{ bucket: 'locked-forms' }, { key: 'k' }, { tagging }];
    assertAnswer(await post({ key: 'k', tagging }, { conditions }, '/locked-forms'), 204);
    const object = await test.gateway.index.getObject({ bucket: 'locked-forms', key: 'k' });
    assert.deepEqual(object?.tags, [['a', 'b c']]);
    assert.equal(object?.retention?.mode, 'GOVERNANCE');
  });

  it('of a file of several hundred KiB stores every byte of it', async () => {
    const content = randomBytes(300_000).toString('hex');
    assertAnswer(await post({ key: 'large' }, { content }), 204);
    const object = await test.gateway.index.getObject({ bucket, key: 'large' });
    assert.deepEqual([object?.size, object?.etag, object?.extents.length], [content.length, md5(content), 2]);
    assert.equal(md5((await send('GET', `/${bucket}/large`)).body), md5(content));
  });

  it('of an empty file stores an empty object', async () => {
    assertAnswer(await post({ key: 'empty' }, { content: '' }), 204);
    assert.equal((await send('GET', `/${bucket}/empty`)).body, '');
  });

  it('may take the key from the name of the file, without its folders', async () => {
    const conditions = [{ bucket }, ['starts-with', '$key', 'user/']];
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Amazon's name of the variable
    const fields = { key: 'user/${filename}' };
    assertAnswer(await post(fields, { conditions, filename: 'C:\\photos\\a$&.jpg' }), 204);
    assert.equal((await send('GET', `/${bucket}/user/a%24%26.jpg`)).body, 'abc');
  });

  it('is answered as it asks: a status, a document, or a redirect', async () => {
    assertAnswer(await post({ key: 'k', success_action_status: '200' }), 200);
    assertAnswer(await post({ key: 'k', success_action_status: '999' }), 204);
    const created = await post({ key: 'k', success_action_status: '201' });
    assertAnswer(created, 201);
    assert.match(created.body, /<PostResponse.*<Bucket>forms<\/Bucket><Key>k<\/Key><ETag>/s);
    const redirected = await post({ key: 'k', success_action_redirect: 'https://example.com/done?a=1' });
    assertAnswer(redirected, 303);
    const location = new URL(headerOf(redirected, 'location') ?? '');
    assert.equal(location.origin + location.pathname, 'https://example.com/done');
    assert.deepEqual(
      [...location.searchParams],
      [
        ['a', '1'],
        ['bucket', bucket],
        ['key', 'k'],
        ['etag', `"${md5('abc')}"`],
      ],
    );
    assertAnswer(await post({ key: 'k', success_action_redirect: 'javascript:alert(1)' }), 204);
  });

  it('works in virtual-hosted style', async () => {
    assertAnswer(await post({ key: 'hosted' }, {}, '/', `${bucket}.s3.test`), 204);
    assert.equal((await send('GET', `/${bucket}/hosted`)).body, 'abc');
  });

  it('by a key of another account needs a grant of the bucket', async () => {
    assertAnswer(await post({ key: 'k' }, { credentials: foreignCredentials }), 403, 'AccessDenied');
  });
});

describe('a form that is not as it was signed', () => {
  const cases: readonly (readonly [string, Record<string, string>, FormOptions, number, string])[] = [
    ['another key', { key: 'k' }, { change: (all) => ({ ...all, key: 'other' }) }, 403, 'AccessDenied'],
    [
      'a field without a condition',
      { key: 'k' },
      { change: (all) => ({ acl: 'private', ...all }) },
      403,
      'AccessDenied',
    ],
    [
      'another bucket in its policy',
      { key: 'k' },
      { conditions: [{ bucket: 'other' }, { key: 'k' }] },
      403,
      'AccessDenied',
    ],
    [
      'a prefix that its key lacks',
      { key: 'k' },
      { conditions: [{ bucket }, ['starts-with', '$key', 'user/']] },
      403,
      'AccessDenied',
    ],
    ['a policy that has expired', { key: 'k' }, { expiration: '2020-01-01T00:00:00Z' }, 403, 'AccessDenied'],
    [
      'a policy that is no JSON',
      { key: 'k' },
      { change: (all) => resigned(all, 'no JSON') },
      400,
      'InvalidPolicyDocument',
    ],
    [
      'a policy with an unknown operator',
      { key: 'k' },
      { conditions: [['ends-with', '$key', 'k']] },
      400,
      'InvalidPolicyDocument',
    ],
    ['a policy without a date', { key: 'k' }, { expiration: 'never' }, 400, 'InvalidPolicyDocument'],
    [
      'another signature',
      { key: 'k' },
      { change: (all) => ({ ...all, 'x-amz-signature': 'a'.repeat(64) }) },
      403,
      'SignatureDoesNotMatch',
    ],
    [
      'another policy than the signed one',
      { key: 'k' },
      { change: (all) => ({ ...all, policy: `${all['policy']}AA==` }) },
      403,
      'SignatureDoesNotMatch',
    ],
    [
      'an unknown key id',
      { key: 'k' },
      { credentials: { accessKeyId: 'NOBODY', secretAccessKey: 'x' } },
      403,
      'InvalidAccessKeyId',
    ],
    ['no signature', { key: 'k' }, { change: ({ 'x-amz-signature': _, ...all }) => all }, 400, 'InvalidArgument'],
    [
      'Signature Version 2',
      { key: 'k' },
      { change: (all) => ({ AWSAccessKeyId: 'TESTKEY', ...all }) },
      400,
      'InvalidRequest',
    ],
    [
      'too small a file',
      { key: 'k' },
      { conditions: [{ bucket }, { key: 'k' }, ['content-length-range', 10, 20]] },
      400,
      'EntityTooSmall',
    ],
    [
      'too large a file',
      { key: 'k' },
      { conditions: [{ bucket }, { key: 'k' }, ['content-length-range', 0, 2]] },
      400,
      'EntityTooLarge',
    ],
    ['no key', {}, {}, 400, 'UserKeyMustBeSpecified'],
    ['a wrong checksum', { key: 'k', 'x-amz-checksum-crc32': 'AAAAAA==' }, {}, 400, 'BadDigest'],
    ['tags that are none', { key: 'k', tagging: '<Tagging/>' }, {}, 400, 'MalformedXML'],
    [
      'a key of the customer in the clear',
      { key: 'k', 'x-amz-server-side-encryption-customer-key': 'x' },
      {},
      400,
      'InvalidRequest',
    ],
  ];
  for (const [what, fields, options, status, code] of cases) {
    it(`for ${what} is refused with ${code}, and stores nothing`, async () => {
      await send('DELETE', `/${bucket}/k`);
      assertAnswer(await post(fields, options), status, code);
      assertAnswer(await send('GET', `/${bucket}/k`), 404, 'NoSuchKey');
    });
  }
});

function resigned(fields: Record<string, string>, text: string): Record<string, string> {
  const policy = Buffer.from(text).toString('base64');
  const scope = { accessKeyId: testCredentials.accessKeyId, date: day, region: testRegion, service: 's3' };
  const signature = toHex(hmac(signingKey(testCredentials.secretAccessKey, scope), policy));
  return { ...fields, policy, 'x-amz-signature': signature };
}

describe('a form without a policy', () => {
  it('is anonymous, and needs a bucket that everyone may write to', async () => {
    const anonymousForm = () =>
      send('POST', `/${bucket}`, {
        ...anonymous,
        body: formBody({ key: 'open' }, 'abc', 'f'),
        headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      });
    assertAnswer(await anonymousForm(), 403, 'AccessDenied');
    await send('DELETE', `/${bucket}?publicAccessBlock=`);
    const Statement = {
      Effect: 'Allow',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${bucket}/open`,
    };
    await send('PUT', `/${bucket}?policy=`, { body: JSON.stringify({ Version: '2012-10-17', Statement }) });
    assertAnswer(await anonymousForm(), 204);
  });
});
