// What a request asks for and the gateway does not offer is refused, and nothing is touched: every operation, query name
// and request header of the AWS SDK's models, over real sockets.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { exchange } from '../test-support/raw-exchange.js';
import type { RawRequest } from '../test-support/raw-s3.js';
import { modelOperations } from '../test-support/sdk-model.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';
import { headerRule, needsRule } from './operations/header-check.js';
import { headerRules } from './operations/request-headers.js';
import { operations } from './operations/table.js';
import { parseTarget } from './request.js';
import { route } from './router.js';

const models = modelOperations();
const document = (text: string, headers: Record<string, string> = {}) => ({
  body: text,
  headers: { 'content-length': String(text.length), ...headers },
});
const md5 = (text: string) => createHash('md5').update(text).digest('base64');
const withDigest = (text: string) => document(text, { 'content-md5': md5(text) });

let test: TestGateway;
before(async () => {
  test = await startTestGateway();
  test.chain.stalled = true;
  for (const name of ['bucket', 'empty']) await send({ method: 'PUT', path: `/${name}` });
  for (const name of ['target', 'copied', 'upload', 'doomed']) {
    await send({ method: 'PUT', path: `/bucket/${name}`, ...document('abc') });
  }
  await send({ method: 'PUT', path: '/bucket/void', ...document('') });
  await send({ method: 'PUT', path: '/locked', headers: { 'x-amz-bucket-object-lock-enabled': 'true' } });
  await send({ method: 'PUT', path: '/locked/object', ...document('abc') });
});
after(() => test.stop());

/** Everything that the index holds, but the marks of the gateway itself, which begin with a zero byte. */
function contents(): string {
  const hash = createHash('sha256');
  for (const [key, value] of test.kv.entries({ gte: Uint8Array.of(1) })) hash.update(key).update(value);
  return hash.digest('hex');
}

async function send({ body, ...request }: RawRequest & { readonly body?: string }) {
  const answer = await exchange(test, request, ...(body === undefined ? [] : [body]));
  assert.ok(answer, `an answer to ${request.method} ${request.path}`);
  return answer;
}

describe('operations that the gateway refuses with NotImplemented', () => {
  const missing = models.filter(({ name }) => operations.some((row) => row.name === name && !row.handler));

  it('are answered 501 NotImplemented and touch nothing', async () => {
    assert.ok(missing.length > 0);
    const earlier = contents();
    for (const { name, method, path, literals, queryNames } of missing) {
      const names = name === 'ListDirectoryBuckets' ? ['x-id=ListDirectoryBuckets'] : [...literals, ...queryNames];
      const query = Object.fromEntries(names.map((one) => [one.split('=', 1).join(), one.split('=')[1] ?? '1']));
      const isService = name === 'ListDirectoryBuckets' || path.startsWith('/Write');
      const where = path.includes('{Key') ? '/bucket/target' : isService ? path : '/bucket';
      const hasBody = method === 'PUT' || method === 'POST';
      const answer = await send({ method, path: where, query, ...(hasBody ? document('<A/>') : {}) });
      assert.deepEqual([answer.status, answer.code], [501, 'NotImplemented'], name);
    }
    assert.equal(contents(), earlier);
  });
});

describe('query names that an operation does not declare', () => {
  it('are refused with 501, 405 or 400 and touch nothing, for every name of the SDK models', async () => {
    const known = models.flatMap(({ literals, queryNames }) => [...literals, ...queryNames]);
    const names = [...new Set([...known.map((literal) => literal.split('=', 1).join()), 'append', 'foo'])];
    const targets: readonly (readonly [string, string])[] = [
      ['PUT', '/bucket/target'],
      ['DELETE', '/bucket/target'],
      ['POST', '/bucket/target'],
      ['GET', '/bucket/target'],
      ['HEAD', '/bucket/target'],
      ['PUT', '/new-bucket'],
      ['DELETE', '/empty'],
      ['POST', '/bucket'],
      ['GET', '/bucket'],
    ];
    const earlier = contents();
    let refusals = 0;
    for (const name of names) {
      for (const [method, path] of targets) {
        let expected: string | undefined;
        try {
          route({ method, target: parseTarget(`${path}?${name}=1`), headers: {} });
        } catch (error) {
          expected = (error as { code: string }).code;
        }
        if (expected === undefined) continue;
        refusals++;
        const hasBody = method === 'PUT' || method === 'POST';
        const answer = await send({ method, path, query: { [name]: '1' }, ...(hasBody ? document('<A/>') : {}) });
        const isRefusal = answer.status === 501 || answer.status === 405 || answer.code === 'InvalidArgument';
        assert.ok(isRefusal, `${method} ${path}?${name}: ${answer.status} ${answer.code}`);
        if (method !== 'HEAD') assert.equal(answer.code, expected);
      }
    }
    assert.ok(refusals > 400);
    assert.equal(contents(), earlier);
  });
});

describe('request headers', () => {
  const copySource = { 'x-amz-copy-source': 'bucket/target' };
  const longAgo = 'Thu, 01 Jan 1970 00:00:00 GMT';
  const soon = new Date(Date.now() + 3_600_000).toUTCString();

  /** A value that makes each honoured header refuse the requests below. */
  const probes: Readonly<Record<string, string>> = {
    'x-amz-security-token': 'of-nobody',
    'content-md5': Buffer.alloc(16).toString('base64'),
    'if-match': '"other"',
    'if-none-match': '*',
    'if-modified-since': soon,
    'if-unmodified-since': longAgo,
    range: 'bytes=999999-',
    'x-amz-acl': 'other',
    'x-amz-checksum-algorithm': 'SHA512',
    'x-amz-checksum-crc32': 'AAAAAQ==',
    'x-amz-checksum-crc32c': 'AAAAAQ==',
    'x-amz-checksum-crc64nvme': Buffer.alloc(8, 1).toString('base64'),
    'x-amz-checksum-sha1': Buffer.alloc(20).toString('base64'),
    'x-amz-checksum-sha256': Buffer.alloc(32).toString('base64'),
    'x-amz-checksum-type': 'OTHER',
    'x-amz-copy-source': 'nothing',
    'x-amz-copy-source-if-match': '"other"',
    'x-amz-copy-source-if-modified-since': soon,
    'x-amz-copy-source-if-none-match': '*',
    'x-amz-copy-source-if-unmodified-since': longAgo,
    'x-amz-copy-source-range': 'bytes=0-3',
    'x-amz-decoded-content-length': '7777',
    'x-amz-expected-bucket-owner': '00'.repeat(32),
    'x-amz-storage-class': 'other',
    'x-amz-server-side-encryption': 'other',
    'x-amz-server-side-encryption-aws-kms-key-id': 'other',
    'x-amz-server-side-encryption-bucket-key-enabled': 'other',
    'x-amz-server-side-encryption-context': 'other',
    'x-amz-server-side-encryption-customer-algorithm': 'other',
    'x-amz-server-side-encryption-customer-key': 'other',
    'x-amz-server-side-encryption-customer-key-md5': 'other',
    'x-amz-copy-source-server-side-encryption-customer-algorithm': 'other',
    'x-amz-copy-source-server-side-encryption-customer-key': 'other',
    'x-amz-copy-source-server-side-encryption-customer-key-md5': 'other',
    'x-amz-grant-full-control': 'other',
    'x-amz-grant-read': 'other',
    'x-amz-grant-read-acp': 'other',
    'x-amz-grant-write': 'other',
    'x-amz-grant-write-acp': 'other',
    'x-amz-if-match-initiated-time': longAgo,
    'x-amz-if-match-last-modified-time': longAgo,
    'x-amz-if-match-size': '4',
    'x-amz-metadata-directive': 'OTHER',
    'x-amz-mp-object-size': '4',
    'x-amz-object-ownership': 'other',
    'x-amz-max-parts': 'other',
    'x-amz-object-attributes': 'other',
    'x-amz-object-lock-legal-hold': 'other',
    'x-amz-object-lock-mode': 'other',
    'x-amz-object-lock-retain-until-date': 'other',
    'x-amz-part-number-marker': 'other',
    'x-amz-sdk-checksum-algorithm': 'SHA512',
    'x-amz-source-expected-bucket-owner': '00'.repeat(32),
    'x-amz-tagging': '%',
    'x-amz-tagging-directive': 'OTHER',
    'x-amz-trailer': 'x-amz-checksum-crc32',
    'x-amz-website-redirect-location': 'other',
  };
  /** Headers that describe the object, the body or the answer, or claim a right, and limit nothing. */
  const describing = new Set([
    'cache-control',
    'content-disposition',
    'content-encoding',
    'content-language',
    'content-length',
    'content-type',
    'expires',
    'x-amz-bypass-governance-retention',
    'x-amz-checksum-mode',
    'x-amz-meta-name',
    'x-amz-mfa',
  ]);
  /** Part of the signature: auth/verify-signature.test.ts. */
  const signing = new Set(['x-amz-date', 'x-amz-content-sha256']);

  async function beginUpload(): Promise<string> {
    const { body } = await send({ method: 'POST', path: '/bucket/upload', query: { uploads: '' } });
    return /<UploadId>(\w+)</.exec(body)?.[1] ?? '';
  }

  /** A request for each implemented operation that succeeds as it is. Deletions are last. */
  async function validRequests(): Promise<ReadonlyMap<string, RawRequest & { readonly body?: string }>> {
    const [uploadId, aborted] = [await beginUpload(), await beginUpload()];
    const part = { uploadId, partNumber: '1' };
    const stored = await send({ method: 'PUT', path: '/bucket/upload', query: part, ...document('abc') });
    const etag = /etag: (\S+)/i.exec(stored.head)?.[1] ?? '';
    const parts = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${etag}</ETag></Part></CompleteMultipartUpload>`;
    const enabling = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
    const form =
      '--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nposted\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nxyz\r\n--b--\r\n';
    const website =
      '<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>';
    const privatePolicy =
      '{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:GetObjectTorrent","Resource":"arn:aws:s3:::bucket/*"}}';
    const corsRules =
      '<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>';
    const block = '<PublicAccessBlockConfiguration></PublicAccessBlockConfiguration>';
    const ownership =
      '<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule></OwnershipControls>';
    const inventory =
      '<InventoryConfiguration><Id>i</Id><IsEnabled>false</IsEnabled><IncludedObjectVersions>All</IncludedObjectVersions><Schedule><Frequency>Daily</Frequency></Schedule><Destination><S3BucketDestination><Format>CSV</Format><Bucket>arn:aws:s3:::bucket</Bucket></S3BucketDestination></Destination></InventoryConfiguration>';
    const deletion = '<Delete><Object><Key>nothing</Key></Object></Delete>';
    const tags = '<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>';
    const encryption =
      '<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>';
    const rules =
      '<LifecycleConfiguration><Rule><Status>Enabled</Status><Filter><Prefix>x</Prefix></Filter><Expiration><Days>9</Days></Expiration></Rule></LifecycleConfiguration>';
    const lock = '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>';
    const acceleration = '<AccelerateConfiguration><Status>Suspended</Status></AccelerateConfiguration>';
    const payment = '<RequestPaymentConfiguration><Payer>BucketOwner</Payer></RequestPaymentConfiguration>';
    const retention = `<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>${new Date(Date.now() + 3_600_000).toISOString()}</RetainUntilDate></Retention>`;
    const ofBucket = (method: string, query: Record<string, string> = {}) => ({ method, path: '/bucket', query });
    const ofObject = (method: string, key: string, query: Record<string, string> = {}) => ({
      method,
      path: `/bucket/${key}`,
      query,
    });
    const ofLocked = (method: string, query: Record<string, string>) => ({ method, path: '/locked/object', query });
    return new Map<string, RawRequest & { readonly body?: string }>([
      ['ListBuckets', { method: 'GET', path: '/' }],
      ['CreateBucket', { method: 'PUT', path: '/fresh' }],
      ['HeadBucket', ofBucket('HEAD')],
      ['GetBucketLocation', ofBucket('GET', { location: '' })],
      ['GetBucketVersioning', ofBucket('GET', { versioning: '' })],
      ['PutBucketVersioning', { method: 'PUT', path: '/empty', query: { versioning: '' }, ...document(enabling) }],
      ['GetBucketAcl', ofBucket('GET', { acl: '' })],
      ['PutBucketAcl', { ...ofBucket('PUT', { acl: '' }), headers: { 'x-amz-acl': 'private' } }],
      ['PutBucketPolicy', { ...ofBucket('PUT', { policy: '' }), ...document(privatePolicy) }],
      ['GetBucketPolicy', ofBucket('GET', { policy: '' })],
      ['GetBucketPolicyStatus', ofBucket('GET', { policyStatus: '' })],
      ['DeleteBucketPolicy', ofBucket('DELETE', { policy: '' })],
      ['PutBucketCors', { ...ofBucket('PUT', { cors: '' }), ...withDigest(corsRules) }],
      ['GetBucketCors', ofBucket('GET', { cors: '' })],
      ['DeleteBucketCors', ofBucket('DELETE', { cors: '' })],
      ['PutBucketWebsite', { ...ofBucket('PUT', { website: '' }), ...document(website) }],
      ['GetBucketWebsite', ofBucket('GET', { website: '' })],
      ['DeleteBucketWebsite', ofBucket('DELETE', { website: '' })],
      ['PutPublicAccessBlock', { ...ofBucket('PUT', { publicAccessBlock: '' }), ...document(block) }],
      ['GetPublicAccessBlock', ofBucket('GET', { publicAccessBlock: '' })],
      ['DeletePublicAccessBlock', ofBucket('DELETE', { publicAccessBlock: '' })],
      ['PutBucketOwnershipControls', { ...ofBucket('PUT', { ownershipControls: '' }), ...document(ownership) }],
      ['GetBucketOwnershipControls', ofBucket('GET', { ownershipControls: '' })],
      ['DeleteBucketOwnershipControls', { method: 'DELETE', path: '/empty', query: { ownershipControls: '' } }],
      ['GetBucketLifecycleConfiguration', ofBucket('GET', { lifecycle: '' })],
      ['PutBucketLifecycleConfiguration', { ...ofBucket('PUT', { lifecycle: '' }), ...withDigest(rules) }],
      ['DeleteBucketLifecycle', ofBucket('DELETE', { lifecycle: '' })],
      ['GetBucketTagging', ofBucket('GET', { tagging: '' })],
      ['PutBucketTagging', { ...ofBucket('PUT', { tagging: '' }), ...document(tags) }],
      ['DeleteBucketTagging', ofBucket('DELETE', { tagging: '' })],
      ['GetBucketEncryption', ofBucket('GET', { encryption: '' })],
      ['PutBucketEncryption', { ...ofBucket('PUT', { encryption: '' }), ...document(encryption) }],
      ['DeleteBucketEncryption', ofBucket('DELETE', { encryption: '' })],
      ['PutBucketAccelerateConfiguration', { ...ofBucket('PUT', { accelerate: '' }), ...document(acceleration) }],
      ['PutBucketRequestPayment', { ...ofBucket('PUT', { requestPayment: '' }), ...document(payment) }],
      ['GetBucketAccelerateConfiguration', ofBucket('GET', { accelerate: '' })],
      ['GetBucketLogging', ofBucket('GET', { logging: '' })],
      ['GetBucketNotificationConfiguration', ofBucket('GET', { notification: '' })],
      ['GetBucketRequestPayment', ofBucket('GET', { requestPayment: '' })],
      ['GetBucketReplication', ofBucket('GET', { replication: '' })],
      ['GetObjectLockConfiguration', ofBucket('GET', { 'object-lock': '' })],
      [
        'PutObjectLockConfiguration',
        { method: 'PUT', path: '/locked', query: { 'object-lock': '' }, ...withDigest(lock) },
      ],
      ['ListObjects', ofBucket('GET')],
      ['ListObjectsV2', ofBucket('GET', { 'list-type': '2' })],
      ['ListObjectVersions', ofBucket('GET', { versions: '' })],
      ['ListMultipartUploads', ofBucket('GET', { uploads: '' })],
      ['GetObject', ofObject('GET', 'target')],
      ['HeadObject', ofObject('HEAD', 'void')],
      ['GetObjectAcl', ofObject('GET', 'target', { acl: '' })],
      ['PutObjectAcl', { ...ofObject('PUT', 'target', { acl: '' }), headers: { 'x-amz-acl': 'private' } }],
      ['GetObjectTagging', ofObject('GET', 'target', { tagging: '' })],
      ['PutObjectTagging', { ...ofObject('PUT', 'target', { tagging: '' }), ...document(tags) }],
      ['DeleteObjectTagging', ofObject('DELETE', 'target', { tagging: '' })],
      [
        'GetObjectAttributes',
        { ...ofObject('GET', 'target', { attributes: '' }), headers: { 'x-amz-object-attributes': 'ETag' } },
      ],
      ['GetObjectReceipt', ofObject('GET', 'void', { receipt: '' })],
      ['GetObjectReceiptWithKeys', ofObject('GET', 'void', { receipt: '', 'stream-keys': '' })],
      ['PutObjectRetention', { ...ofLocked('PUT', { retention: '' }), ...document(retention) }],
      ['GetObjectRetention', ofLocked('GET', { retention: '' })],
      [
        'PutObjectLegalHold',
        { ...ofLocked('PUT', { 'legal-hold': '' }), ...document('<LegalHold><Status>OFF</Status></LegalHold>') },
      ],
      ['GetObjectLegalHold', ofLocked('GET', { 'legal-hold': '' })],
      ['PutBucketInventoryConfiguration', { ...ofBucket('PUT', { inventory: '', id: 'i' }), ...document(inventory) }],
      ['GetBucketInventoryConfiguration', ofBucket('GET', { inventory: '', id: 'i' })],
      ['ListBucketInventoryConfigurations', ofBucket('GET', { inventory: '' })],
      ['PutBucketLogging', { ...ofBucket('PUT', { logging: '' }), ...document('<BucketLoggingStatus/>') }],
      [
        'PutBucketNotificationConfiguration',
        { ...ofBucket('PUT', { notification: '' }), ...document('<NotificationConfiguration/>') },
      ],
      ['PutObject', { ...ofObject('PUT', 'target'), ...document('abc') }],
      ['CopyObject', { ...ofObject('PUT', 'copied'), headers: copySource }],
      ['CreateMultipartUpload', ofObject('POST', 'upload', { uploads: '' })],
      ['UploadPart', { ...ofObject('PUT', 'upload', part), ...document('abc') }],
      ['UploadPartCopy', { ...ofObject('PUT', 'upload', part), headers: copySource }],
      ['ListParts', ofObject('GET', 'upload', { uploadId })],
      ['CompleteMultipartUpload', { ...ofObject('POST', 'upload', { uploadId }), ...document(parts) }],
      ['AbortMultipartUpload', ofObject('DELETE', 'upload', { uploadId: aborted })],
      ['DeleteObjects', { ...ofBucket('POST', { delete: '' }), ...withDigest(deletion) }],
      ['PostObject', { ...ofBucket('POST'), ...document(form, { 'content-type': 'multipart/form-data; boundary=b' }) }],
      ['DeleteBucketInventoryConfiguration', ofBucket('DELETE', { inventory: '', id: 'i' })],
      ['DeleteObject', ofObject('DELETE', 'doomed')],
      ['DeleteBucket', { method: 'DELETE', path: '/empty' }],
    ]);
  }

  it('of the SDK models are honoured, refused, or harmless for a stated reason, for every operation', async () => {
    const requests = await validRequests();
    // The answer to ListenBucketNotification does not end.
    const implemented = operations.flatMap(({ name, handler }) =>
      handler === undefined || name === 'ListenBucketNotification' ? [] : [name],
    );
    assert.deepEqual([...requests.keys()].toSorted(), implemented.toSorted());
    const earlier = contents();
    for (const [name, request] of requests) {
      const declared = models.find((model) => model.name === name)?.headers ?? [];
      const ruled = headerRules.flatMap(({ headers }) => headers.map((header) => header.replace('*', 'name')));
      for (const header of new Set([
        ...declared,
        ...ruled,
        'content-md5',
        'if-unmodified-since',
        'content-range',
        'x-amz-new',
      ])) {
        if (describing.has(header) || signing.has(header)) continue;
        // With this header a PUT is another operation, which stands for itself.
        if (header === 'x-amz-copy-source' && (name === 'PutObject' || name === 'UploadPart')) continue;
        const rule = headerRule(name, header);
        assert.ok(needsRule(header) || probes[header] !== undefined, `${name}: ${header} is checked`);
        if (rule?.treatment === 'harmless') continue;
        const value = rule?.treatment === 'honoured' || !needsRule(header) ? probes[header] : 'other';
        assert.ok(value, `${name}: a value of ${header} that the operation must refuse`);
        const answer = await send({ ...request, headers: { ...request.headers, [header]: value } });
        assert.ok(answer.status >= 300, `${name} with ${header}: ${value} is answered ${answer.status}`);
        const code = rule === undefined ? 'NotImplemented' : rule.treatment === 'limited' ? rule.code : undefined;
        if (code !== undefined && needsRule(header) && request.method !== 'HEAD') assert.equal(answer.code, code);
      }
    }
    assert.equal(contents(), earlier);
    await succeedWithHarmlessHeaders(requests);
  });

  /** Otherwise the refusals above would show nothing. */
  async function succeedWithHarmlessHeaders(requests: Awaited<ReturnType<typeof validRequests>>): Promise<void> {
    for (const [name, request] of requests) {
      const harmless = headerRules
        .filter(({ headers, treatment }) => treatment === 'harmless' && !headers.some((header) => header.endsWith('*')))
        .flatMap(({ headers }) => headers)
        .filter((header) => headerRule(name, header)?.treatment === 'harmless')
        .map((header) => [header, header === 'x-amz-sdk-checksum-algorithm' ? 'CRC32' : '*'] as const);
      const answer = await send({ ...request, headers: { ...request.headers, ...Object.fromEntries(harmless) } });
      const isAnswered =
        answer.status < 300 ||
        /NotFound|NoSuch(Bucket[A-Z]|CORS|Lifecycle|ObjectLock|Tag|Website)/.test(answer.code ?? '');
      assert.ok(isAnswered, `${name}: ${answer.status} ${answer.body}`);
    }
  }

  it('that are ignored or limited to some values have a stated reason', () => {
    for (const { headers, treatment, reason } of headerRules) {
      if (treatment !== 'honoured') assert.match(reason ?? '', /^[A-Z].{20,}\.$/, headers.join());
    }
  });
});
