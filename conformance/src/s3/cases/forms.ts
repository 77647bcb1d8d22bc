// PostObject: uploads by the forms of browsers.
import assert from 'node:assert/strict';
import { elementOf } from '../elements.js';
import { answers, assertOutcome, does, type S3Case } from '../s3-case.js';
import { amzDate, scopeText, signText } from '../signing.js';
import type { World } from '../world.js';

const boundary = 'conformance';
// biome-ignore lint/suspicious/noTemplateCurlyInString: this is what a form writes
const placeholder = '${filename}';

interface Form {
  readonly fields?: Readonly<Record<string, string>>;
  /** Default: one for each field. */
  readonly conditions?: readonly unknown[];
  readonly expiration?: string;
  /** Changes the signed fields before they are sent. */
  readonly change?: (fields: Record<string, string>) => Record<string, string>;
  readonly file?: string;
  readonly isUnsigned?: true;
}

function signedFields(world: World, bucket: string, { fields = {}, conditions, expiration }: Form) {
  const scope = world.endpoint.scope();
  const all: Record<string, string> = {
    key: 'key',
    ...fields,
    'x-amz-algorithm': 'AWS4-HMAC-SHA256',
    'x-amz-credential': `${world.endpoint.keys.accessKeyId}/${scopeText(scope)}`,
    'x-amz-date': amzDate(scope.date),
  };
  const exact = Object.entries(all).map(([name, value]) => ({ [name]: value }));
  const document = {
    expiration: expiration ?? new Date(Date.now() + 600_000).toISOString(),
    conditions: [{ bucket }, ...exact, ...(conditions ?? [])],
  };
  const policy = Buffer.from(JSON.stringify(document)).toString('base64');
  return { ...all, policy, 'x-amz-signature': signText(world.endpoint.keys, scope, policy) };
}

async function post(world: World, form: Form, bucket?: string) {
  const name = bucket ?? (await world.bucket());
  const { change = (one) => one, file = 'content', isUnsigned } = form;
  const signed = isUnsigned ? { key: 'key', ...form.fields } : signedFields(world, name, form);
  const parts = Object.entries(change(signed)).map(
    ([field, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`,
  );
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="f.txt"\r\n\r\n`;
  const body = `${parts.join('')}${head}${file}\r\n--${boundary}--\r\n`;
  const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
  return world.send('POST', `/${name}`, { keys: 'none', body, headers });
}

const without = (name: string) => (fields: Record<string, string>) =>
  Object.fromEntries(Object.entries(fields).filter(([one]) => one !== name));

const refused: readonly (readonly [string, string, Form])[] = [
  ['a policy that has expired', '403 AccessDenied', { expiration: '2020-01-01T00:00:00Z' }],
  ['a field that no condition names', '403 AccessDenied', { change: (f) => ({ ...f, 'x-amz-meta-a': 'b' }) }],
  ['a field of another value', '403 AccessDenied', { change: (f) => ({ ...f, key: 'other' }) }],
  [
    'a changed signature',
    '403 SignatureDoesNotMatch',
    { change: (f) => ({ ...f, 'x-amz-signature': '0'.repeat(64) }) },
  ],
  [
    'another access key',
    '403 InvalidAccessKeyId',
    { change: (f) => ({ ...f, 'x-amz-credential': (f['x-amz-credential'] ?? '').replace(/^[^/]+/, 'NOBODY') }) },
  ],
  ['no signature', '400 InvalidArgument', { change: without('x-amz-signature') }],
  ['no date', '400 InvalidArgument', { change: without('x-amz-date') }],
  ['no key', '400 UserKeyMustBeSpecified', { change: without('key') }],
  ['Signature Version 2', '400 InvalidRequest', { change: (f) => ({ ...f, awsaccesskeyid: 'A' }) }],
  ['a policy that is no JSON', '403 SignatureDoesNotMatch', { change: (f) => ({ ...f, policy: 'e30K' }) }],
  ['a file below the least size', '400 EntityTooSmall', { conditions: [['content-length-range', 100, 200]] }],
  ['a file above the greatest size', '400 EntityTooLarge', { conditions: [['content-length-range', 0, 3]] }],
  ['a malformed size condition', '400 InvalidPolicyDocument', { conditions: [['content-length-range', 5, 1]] }],
  ['an unknown condition', '400 InvalidPolicyDocument', { conditions: [['ends-with', '$key', 'y']] }],
  ['no policy, where anonymous uploads are not allowed', '403 AccessDenied', { isUnsigned: true }],
  ['an unknown storage class', '400 InvalidStorageClass', { fields: { 'x-amz-storage-class': 'ATTIC' } }],
  [
    'a redirect to no address',
    '400 InvalidRedirectLocation',
    { fields: { 'x-amz-website-redirect-location': 'elsewhere' } },
  ],
  ['a field of a header that is not honoured', '501 NotImplemented', { fields: { 'x-amz-unknown': '1' } }],
];

const body = (parts: string) => Buffer.from(parts);
const malformed: readonly (readonly [string, string, string, string])[] = [
  ['another content type', '412 RequestIsNotMultiPartContent', 'text/plain', 'x'],
  ['no boundary', '412 RequestIsNotMultiPartContent', 'multipart/form-data', 'x'],
  ['a body without parts', '400 MalformedPOSTRequest', `multipart/form-data; boundary=${boundary}`, 'x'],
];

export const formCases: readonly S3Case[] = [
  does('PostObject', '204', 'stores the file with key and description of the fields', async (world) => {
    const bucket = await world.bucket();
    const fields = { 'content-type': 'text/x-a', 'x-amz-meta-a': 'b', 'x-amz-website-redirect-location': '/b' };
    const answer = assertOutcome(await post(world, { fields }, bucket), '204');
    const read = await world.ok('GET', `/${bucket}/key`);
    assert.deepEqual(
      [
        read.text,
        read.headers['content-type'],
        read.headers['x-amz-meta-a'],
        read.headers['x-amz-website-redirect-location'],
      ],
      ['content', 'text/x-a', 'b', '/b'],
    );
    assert.equal(answer.headers.etag, read.headers.etag);
  }),
  does('PostObject', '201', 'success_action_status 201 answers a document', async (world) => {
    const bucket = await world.bucket();
    const { text } = assertOutcome(await post(world, { fields: { success_action_status: '201' } }, bucket), '201');
    assert.deepEqual([elementOf(text, 'Bucket'), elementOf(text, 'Key')], [bucket, 'key']);
  }),
  does('PostObject', '303', 'success_action_redirect names bucket, key and entity tag', async (world) => {
    const bucket = await world.bucket();
    const fields = { success_action_redirect: 'https://a.test/done?x=1' };
    const { headers } = assertOutcome(await post(world, { fields }, bucket), '303');
    const location = new URL(headers.location ?? '');
    assert.deepEqual(
      ['x', 'bucket', 'key'].map((name) => location.searchParams.get(name)),
      ['1', bucket, 'key'],
    );
  }),
  does('PostObject', '204', 'the name of the file replaces its placeholder', async (world) => {
    const bucket = await world.bucket();
    const form = {
      change: (f: Record<string, string>) => ({ ...f, key: `up/${placeholder}` }),
      isUnsigned: true,
    } as const;
    const open = await world.bucket({ publicActions: ['s3:PutObject'] });
    assertOutcome(await post(world, form, open), '204');
    await world.ok('GET', `/${open}/up/f.txt`);
    assertOutcome(await world.send('HEAD', `/${bucket}/up/f.txt`), '404');
  }),
  ...refused.map(([title, outcome, form]) =>
    does('PostObject', outcome, `a form with ${title} stores nothing`, async (world) => {
      const bucket = await world.bucket();
      assertOutcome(await post(world, form, bucket), outcome);
      const { text } = await world.ok('GET', `/${bucket}`);
      assert.doesNotMatch(text, /<Contents>/);
    }),
  ),
  ...malformed.map(([title, outcome, type, content]) =>
    answers('PostObject', outcome, title, async (world) =>
      world.send('POST', `/${await world.bucket()}`, {
        keys: 'none',
        headers: { 'content-type': type },
        body: body(content),
      }),
    ),
  ),
];
