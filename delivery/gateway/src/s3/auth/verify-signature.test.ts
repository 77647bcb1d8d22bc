// Signature Version 4: Amazon's published examples, an independent signer as oracle, and every refusal.
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { S3Error } from '../errors.js';
import { parseTarget } from '../request.js';
import { type SignatureContext, verifySignature } from './verify-signature.js';

// Amazon S3 API reference, "Signature Calculations for the Authorization Header" and "Authenticating Requests: Using
// Query Parameters": bucket examplebucket, 24 May 2013.
const accessKeyId = 'AKIAIOSFODNN7EXAMPLE';
const secretAccessKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const emptyHash = createHash('sha256').update('').digest('hex');
const scope = '20130524/us-east-1/s3/aws4_request';
const noon = Date.parse('2013-05-24T00:00:00Z');
const context: SignatureContext = {
  region: 'us-east-1',
  nowMs: noon,
  secretOf: (id) => (id === accessKeyId ? secretAccessKey : undefined),
};

interface Example {
  readonly name: string;
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signature: string;
}

const examples: readonly Example[] = [
  {
    name: 'GET object',
    method: 'GET',
    target: '/test.txt',
    headers: { range: 'bytes=0-9', 'x-amz-content-sha256': emptyHash },
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  },
  {
    name: 'PUT object',
    method: 'PUT',
    target: '/test%24file.text',
    headers: {
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    },
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  },
  {
    name: 'GET bucket lifecycle',
    method: 'GET',
    target: '/?lifecycle',
    headers: { 'x-amz-content-sha256': emptyHash },
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  },
  {
    name: 'list objects',
    method: 'GET',
    target: '/?max-keys=2&prefix=J',
    headers: { 'x-amz-content-sha256': emptyHash },
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  },
  {
    name: 'PUT object with signed chunks',
    method: 'PUT',
    target: '/examplebucket/chunkObject.txt',
    headers: {
      host: 's3.amazonaws.com',
      'content-encoding': 'aws-chunked',
      'content-length': '66824',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      'x-amz-decoded-content-length': '66560',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    },
    signature: '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
  },
];

function headersOf(example: Example): Record<string, string> {
  const headers: Record<string, string> = {
    host: 'examplebucket.s3.amazonaws.com',
    'x-amz-date': '20130524T000000Z',
    ...example.headers,
  };
  const signed = Object.keys(headers).sort().join(';');
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope},SignedHeaders=${signed},Signature=${example.signature}`;
  return headers;
}

function verifyExample(example: Example, change: Partial<SignatureContext> = {}): void {
  const request = { method: example.method, target: parseTarget(example.target), headers: headersOf(example) };
  verifySignature(request, { ...context, ...change });
}

function refuses(code: string, act: () => void): void {
  assert.throws(act, (thrown) => {
    assert.ok(thrown instanceof S3Error, String(thrown));
    assert.equal(thrown.code, code, thrown.message);
    return true;
  });
}

class NodeSha256 {
  readonly #hash;
  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', Buffer.from(secret as Uint8Array));
  }
  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof data === 'string' ? data : Buffer.from(data as Uint8Array));
  }
  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.#hash.digest());
  }
  reset(): void {}
}

const oracle = new SignatureV4({
  credentials: { accessKeyId, secretAccessKey },
  region: 'us-east-1',
  service: 's3',
  sha256: NodeSha256,
  uriEscapePath: false,
  applyChecksum: true,
});

const percentEncode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
const text = (maxLength: number) =>
  fc
    .array(
      fc.constantFrom('a', 'Z', '0', ' ', '+', '%', '&', '=', '/', '~', "'", '(', '*', 'é', '日', '🙂', '.', '-'),
      {
        maxLength,
      },
    )
    .map((parts) => parts.join(''));

const oracleRequest = fc.record({
  method: fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD'),
  key: text(12),
  // The oracle's query is a map of one or several values per name.
  query: fc.dictionary(
    text(6).filter((name) => name !== '' && !name.startsWith('X-Amz')),
    fc.oneof(text(8), fc.array(text(4), { minLength: 2, maxLength: 3 })),
    { maxKeys: 4 },
  ),
  headers: fc.dictionary(
    fc.stringMatching(/^x-amz-meta-[a-z]{1,8}$/),
    fc.stringMatching(/^[a-zA-Z0-9 ,;=]{0,20}$/).map((value) => value.trim()),
    { maxKeys: 4 },
  ),
});

function targetOf(path: string, query: Readonly<Record<string, string | string[] | null | undefined>>): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value ?? '']).map((one) => `${percentEncode(name)}=${percentEncode(one)}`),
  );
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
}

describe('Signature Version 4', () => {
  for (const example of examples) {
    it(`OSS: Amazon's example "${example.name}" holds`, () => verifyExample(example));
  }

  it("Amazon's example of a presigned URL holds until it expires", () => {
    const query =
      'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';
    const request = {
      method: 'GET',
      target: parseTarget(`/test.txt?${query}`),
      headers: { host: 'examplebucket.s3.amazonaws.com' },
    };
    verifySignature(request, context);
    verifySignature(request, { ...context, nowMs: noon + 86_400_000 });
    refuses('AccessDenied', () => verifySignature(request, { ...context, nowMs: noon + 86_400_001 }));
    refuses('AccessDenied', () => verifySignature(request, { ...context, nowMs: noon - 15 * 60_000 - 1 }));
  });

  it('agrees with an independent signer on any method, path, query and headers', async () => {
    await fc.assert(
      fc.asyncProperty(oracleRequest, async ({ method, key, query, headers }) => {
        const path = `/bucket/${key.split('/').map(percentEncode).join('/')}`;
        const signed = await oracle.sign(
          {
            method,
            protocol: 'http:',
            hostname: 'localhost',
            path,
            query,
            headers: { host: 'localhost', 'x-amz-content-sha256': emptyHash, ...headers },
          },
          { signingDate: new Date(noon) },
        );
        const request = { method, target: parseTarget(targetOf(path, query)), headers: signed.headers };
        verifySignature(request, context);
        const otherMethod = { ...request, method: method === 'GET' ? 'PUT' : 'GET' };
        refuses('SignatureDoesNotMatch', () => verifySignature(otherMethod, context));
        const otherPath = { ...request, target: parseTarget(targetOf(`${path}x`, query)) };
        refuses('SignatureDoesNotMatch', () => verifySignature(otherPath, context));
        const otherQuery = { ...request, target: parseTarget(targetOf(path, { ...query, extra: '' })) };
        refuses('SignatureDoesNotMatch', () => verifySignature(otherQuery, context));
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('agrees with an independent presigner', async () => {
    await fc.assert(
      fc.asyncProperty(oracleRequest, async ({ method, key, query }) => {
        const path = `/bucket/${key.split('/').map(percentEncode).join('/')}`;
        const signed = await oracle.presign(
          { method, protocol: 'http:', hostname: 'localhost', path, query, headers: { host: 'localhost' } },
          { signingDate: new Date(noon), expiresIn: 60 },
        );
        const target = parseTarget(targetOf(path, signed.query ?? {}));
        const hash = target.query.get('X-Amz-Content-Sha256');
        const headers = { host: 'localhost', ...(hash === undefined ? { 'x-amz-content-sha256': emptyHash } : {}) };
        verifySignature({ method, target, headers }, context);
      }),
      { seed: 8, numRuns: 150 },
    );
  });
});

describe('refused signatures', () => {
  const get = examples[0]!;
  const verify = (headers: Record<string, string | undefined>, target = get.target, change = {}) => {
    const merged = { ...headersOf(get), ...headers };
    const present = Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const request = { method: 'GET', target: parseTarget(target), headers: Object.fromEntries(present) };
    verifySignature(request, { ...context, ...change });
  };
  const authorization = (change: (text: string) => string) => ({
    authorization: change(headersOf(get)['authorization']!),
  });

  const cases: readonly (readonly [string, string, () => void])[] = [
    ['no signature', 'AccessDenied', () => verify({ authorization: undefined })],
    ['SigV2', 'InvalidRequest', () => verify({ authorization: 'AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo' })],
    ['15 minutes and a second late', 'RequestTimeTooSkewed', () => verifyExample(get, { nowMs: noon + 901_000 })],
    ['15 minutes and a second early', 'RequestTimeTooSkewed', () => verifyExample(get, { nowMs: noon - 901_000 })],
    ['another region', 'AuthorizationHeaderMalformed', () => verifyExample(get, { region: 'eu-west-1' })],
    [
      'another service',
      'AuthorizationHeaderMalformed',
      () => verify(authorization((auth) => auth.replace('/s3/', '/ec2/'))),
    ],
    ['unknown access key', 'InvalidAccessKeyId', () => verifyExample(get, { secretOf: () => undefined })],
    ['another secret', 'SignatureDoesNotMatch', () => verifyExample(get, { secretOf: () => 'wrong' })],
    ['an unsigned x-amz- header', 'AccessDenied', () => verify({ 'x-amz-acl': 'public-read' })],
    [
      'a Host that is not signed',
      'AccessDenied',
      () => verify(authorization((auth) => auth.replace('SignedHeaders=host;', 'SignedHeaders='))),
    ],
    [
      'no Host at all',
      'AccessDenied',
      () =>
        verify({ ...authorization((auth) => auth.replace('SignedHeaders=host;', 'SignedHeaders=')), host: undefined }),
    ],
    ['a changed signed header', 'SignatureDoesNotMatch', () => verify({ range: 'bytes=0-10' })],
    ['a changed body hash', 'SignatureDoesNotMatch', () => verify({ 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })],
    ['no body hash', 'InvalidRequest', () => verify({ 'x-amz-content-sha256': undefined })],
    ['no date', 'AccessDenied', () => verify({ 'x-amz-date': undefined })],
    ['a date that is none', 'AccessDenied', () => verify({ 'x-amz-date': 'yesterday' })],
    [
      'a scope of another day',
      'AuthorizationHeaderMalformed',
      () => verify(authorization((auth) => auth.replace('20130524/', '20130523/'))),
    ],
    [
      'a malformed credential',
      'AuthorizationHeaderMalformed',
      () => verify(authorization((auth) => auth.replace(`/${scope}`, ''))),
    ],
    [
      'a missing signature field',
      'AuthorizationHeaderMalformed',
      () => verify(authorization((auth) => auth.replace(/,Signature=.*/, ''))),
    ],
    [
      'a signature that is no hex',
      'SignatureDoesNotMatch',
      () => verify(authorization((auth) => auth.replace(/Signature=.{4}/, 'Signature=zzzz'))),
    ],
    [
      'a presigned URL without expiry',
      'AuthorizationQueryParametersError',
      () => verify({}, '/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00'),
    ],
    [
      'a presigned URL that lives longer than a week',
      'AuthorizationQueryParametersError',
      () =>
        verify(
          {},
          `/a?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=00&X-Amz-Credential=${accessKeyId}/${scope}&X-Amz-Date=20130524T000000Z&X-Amz-Expires=604801&X-Amz-SignedHeaders=host`,
        ),
    ],
    [
      'a presigned URL of another algorithm',
      'AuthorizationQueryParametersError',
      () => verify({}, '/a?X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Signature=00'),
    ],
  ];
  for (const [name, code, act] of cases) it(`${name} is answered ${code}`, () => refuses(code, act));
});
