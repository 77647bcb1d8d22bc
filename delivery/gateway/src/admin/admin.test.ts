// The admin API over real sockets: every route of its OpenAPI document, against the schemas in it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { UsageTable } from '@cess/object-index';
import { eventually } from '@cess/primitives/testing';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { type AdminOptions, admin } from '../test-support/admin-client.js';
import { credentialsOf, query } from '../test-support/query-client.js';
import { anonymous, assertAnswer, sender } from '../test-support/requests.js';
import { sdkClient } from '../test-support/sdk-client.js';
import { foreignCredentials, startTestGateway, type TestGateway, testOwner } from '../test-support/test-gateway.js';
import { adminRoutes } from './routes.js';

const Bucket = 'administered';
let test: TestGateway;
before(async () => {
  test = await startTestGateway({ hasForeignAccount: true });
  const client = sdkClient(test);
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new CreateBucketCommand({ Bucket: 'empty' }));
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  for (const Body of ['first', 'second!']) await client.send(new PutObjectCommand({ Bucket, Key: 'a b', Body }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'gone', Body: 'x' }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'gone' }));
});
after(() => test.stop());

const call = (method: string, path: string, options?: AdminOptions) => admin(test, method, path, options);
async function get(path: string, options?: AdminOptions) {
  const { status, json } = await call('GET', path, options);
  assert.equal(status, 200, JSON.stringify(json));
  return json;
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1, and each of its operations answers what its schema says', async () => {
    const document = await get('/openapi.json');
    const { valid, errors } = await new Validator().validate(structuredClone(document));
    assert.ok(valid, JSON.stringify(errors));
    const requests: Readonly<Record<string, readonly [path: string, options?: AdminOptions]>> = {
      getOpenApi: ['/openapi.json'],
      getGateway: ['/gateway'],
      getAccount: ['/account'],
      getAccountUsage: ['/account/usage', { query: { period: 'year' } }],
      listBuckets: ['/buckets', { query: { limit: '1' } }],
      getBucket: [`/buckets/${Bucket}`],
      getBucketUsage: [`/buckets/${Bucket}/usage`],
      getObjectStatus: [`/buckets/${Bucket}/object`, { query: { key: 'a b' } }],
      readAuditLog: ['/audit', { query: { bucket: Bucket } }],
      getAuditState: ['/audit/state'],
      verifyAuditLog: ['/audit/verify'],
      performOperation: ['/services/iam/GetAccountSummary', { body: {} }],
      rotateBucketKey: [`/buckets/${Bucket}/rotate-key`],
      setDefaultStorageClass: [`/buckets/${Bucket}/storage-class`, { body: { storageClass: 'STANDARD_IA' } }],
      deleteBucket: ['/buckets/empty'],
    };
    const paths = document['paths'] as Record<string, Record<string, { operationId: string; responses: Answers }>>;
    type Answers = Readonly<
      Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
    >;
    const described = Object.values(paths).flatMap((methods) => Object.entries(methods));
    assert.deepEqual(described.map(([, { operationId }]) => operationId).toSorted(), Object.keys(requests).toSorted());
    assert.equal(described.length, adminRoutes.length);
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const [method, { operationId, responses }] of described) {
      const [path, options] = requests[operationId] ?? [''];
      const { status, json } = await call(method.toUpperCase(), path, options);
      const schema = responses[String(status)]?.content?.['application/json']?.schema;
      assert.ok(status === 204 ? responses['204'] : schema, `${operationId}: ${status} ${JSON.stringify(json)}`);
      if (schema !== undefined) assert.ok(ajv.validate(schema, json), `${operationId}: ${ajv.errorsText()}`);
    }
  });
});

describe('buckets in the admin API', () => {
  it('are listed in pages, and only those of the account', async () => {
    await sdkClient(test, { credentials: foreignCredentials }).send(new CreateBucketCommand({ Bucket: 'foreign' }));
    await sdkClient(test).send(new CreateBucketCommand({ Bucket: 'zero' }));
    const names: string[] = [];
    let after: unknown;
    do {
      const page = await get('/buckets', {
        query: { limit: '1', ...(after === undefined ? {} : { after: String(after) }) },
      });
      names.push(...(page['buckets'] as { name: string }[]).map(({ name }) => name));
      after = page['next'];
    } while (after !== undefined);
    assert.deepEqual(names, [Bucket, 'zero']);
    assert.equal((await call('GET', '/buckets/foreign')).json['code'], 'NoSuchBucket');
  });

  it('state their usage in pages that add up', async () => {
    const sum = { objects: 0, versions: 0, deleteMarkers: 0, bytes: 0 };
    let next: unknown;
    let pages = 0;
    do {
      const after = next === undefined ? {} : { after: String(next) };
      const page = await get(`/buckets/${Bucket}/usage`, { query: { limit: '1', ...after } });
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += Number(page[name]);
      next = page['next'];
      pages++;
    } while (next !== undefined);
    assert.deepEqual(sum, { objects: 1, versions: 4, deleteMarkers: 1, bytes: 'first'.length + 'second!'.length + 1 });
    assert.equal(pages, 4);
  });

  it('with objects are not deleted', async () => {
    const { status, json } = await call('DELETE', `/buckets/${Bucket}`);
    assert.deepEqual([status, json['code']], [409, 'BucketNotEmpty']);
  });
});

describe('usage over time in the admin API', () => {
  it('shows the samples of the caller, none of others, of each period, and when the next is taken', async () => {
    const samplesOf = async (options?: AdminOptions) =>
      (await get('/account/usage', options))['samples'] as { bytes: number }[];
    // The first sample was taken before there was any bucket.
    const first = await eventually(async () => (await samplesOf())[0], 'the first sample is taken');
    const { time, ...counts } = first as { bytes: number; time?: string };
    assert.deepEqual(counts, { objects: 0, versions: 0, bytes: 0, requests: 0, receivedBytes: 0, sentBytes: 0 });
    const table = new UsageTable(test.gateway.index.backend);
    const nowMs = Date.parse(time ?? '');
    const traffic = { requests: 3, receivedBytes: 40, sentBytes: 500 };
    await table.addTraffic(testOwner, nowMs, traffic);
    assert.deepEqual((await samplesOf()).at(-1), { time, objects: 0, versions: 0, bytes: 0, ...traffic });
    for (const [days, bytes] of [
      [360, 5],
      [20, 4],
      [5, 3],
      [0.5, 2],
    ] as const)
      await table.add(testOwner, { timeMs: nowMs - days * 86_400_000, objects: 1, versions: 1, bytes });
    const bytesOf = async (period: string) =>
      (await samplesOf({ query: { period } })).map(({ bytes }) => bytes).filter((bytes) => bytes > 0);
    assert.deepEqual(await bytesOf('day'), [2]);
    assert.deepEqual(await bytesOf('week'), [3, 2]);
    assert.deepEqual(await bytesOf('month'), [4, 3, 2]);
    assert.deepEqual((await bytesOf('year')).slice(0, 3), [5, 4, 3]);
    const foreign = await samplesOf({ credentials: foreignCredentials, query: { period: 'year' } });
    assert.deepEqual(
      foreign.map(({ bytes }) => bytes),
      [0],
    );
    const { nextSampleAt } = await get('/account/usage');
    assert.ok(Math.abs(Date.parse(String(nextSampleAt)) - nowMs - 3_600_000) < 60_000);
    const refused = await call('GET', '/account/usage', { query: { period: 'toString' } });
    assert.deepEqual([refused.status, refused.json['code']], [400, 'InvalidParameter']);
  });
});

describe('objects in the admin API', () => {
  it('show the holders of their fragments, and what the chain records of these', async () => {
    const object = await get(`/buckets/${Bucket}/object`, { query: { key: 'a b' } });
    const [file] = object['files'] as { segments: { provider?: number }[][] }[];
    assert.equal(object['size'], 'second!'.length);
    assert.equal(file?.segments[0]?.filter(({ provider }) => provider !== undefined).length, 12);
    const declared = await eventually(async () => {
      const answer = await get(`/buckets/${Bucket}/object`, { query: { key: 'a b' } });
      const [shown] = answer['files'] as { segments: { provider?: number; chain?: { provider: number | null } }[][] }[];
      return shown?.segments[0]?.every(({ chain }) => chain !== undefined) ? { ...answer, shown } : undefined;
    }, 'the chain records the fragments');
    for (const { provider, chain } of declared.shown.segments[0] ?? []) assert.equal(chain?.provider, provider);
    assert.equal((declared as Readonly<Record<string, unknown>>)['chainBlock'], 9);
    const gone = await call('GET', `/buckets/${Bucket}/object`, { query: { key: 'gone' } });
    assert.deepEqual([gone.status, gone.json['code']], [404, 'NoSuchObject']);
  });
});

describe('the audit log in the admin API', () => {
  it('shows the newest operations of the account, and none of others', async () => {
    const all = await get('/audit', { query: { operation: 'PutObject', limit: '2' } });
    const entries = all['entries'] as { key: string; operation: string }[];
    assert.deepEqual(
      entries.map(({ key }) => key),
      ['a b', 'gone'],
    );
    const foreign = await get('/audit', { credentials: foreignCredentials, query: { operation: 'PutObject' } });
    assert.deepEqual(foreign['entries'], []);
  });

  it('STORE-6: is verified against the anchors that the chain node reports', async () => {
    await eventually(() => test.chain.anchors.length > 0, 'the log is anchored');
    const { status, json } = await call('POST', '/audit/verify');
    assert.equal(status, 200);
    assert.deepEqual([json['sound'], json['contradictedAnchors'], json['damaged']], [true, 0, false]);
    assert.equal(json['comparedWith'], 'anchors that the chain node of the gateway reports');
    assert.equal(json['agreeingAnchors'], json['anchors']);
    assert.ok(Number(json['anchors']) > 0 && Number(json['anchoredEntries']) <= Number(json['entries']));
  });
});

describe('operations of services in the admin API', () => {
  it('are recorded by names that exist, never by what a client writes', async () => {
    await get('/audit', { query: { operation: 'PutObject' } });
    for (const path of ['iam/InventedHere', 'ec2/RunInstances', 'iam/constructor'])
      await call('POST', `/services/${path}`, { body: {} });
    const recorded = await eventually(async () => {
      const { entries } = (await get('/audit', { query: { limit: '50' } })) as { entries: { operation: string }[] };
      const names = entries.map(({ operation }) => operation);
      return names.filter((name) => name === 'cess:performOperation').length >= 3 ? names : undefined;
    }, 'the calls stand in the audit log');
    assert.ok(
      recorded.every((name) => !/undefined|Invented|ec2|constructor/.test(name)),
      recorded.join(),
    );
  });

  it('are those of IAM and KMS, with their refusals', async () => {
    const made = await call('POST', '/services/iam/CreateUser', { body: { UserName: 'ida' } });
    assert.equal(made.status, 200);
    const again = await call('POST', '/services/iam/CreateUser', { body: { UserName: 'ida' } });
    assert.deepEqual(
      [again.status, again.json['code'], again.json['operationCode']],
      [409, 'OperationRefused', 'EntityAlreadyExists'],
    );
    const key = await call('POST', '/services/kms/CreateKey', { body: { Description: 'made here' } });
    assert.equal(key.status, 200);
  });
});

describe('the admin API refuses', () => {
  const code = async (method: string, path: string, options?: AdminOptions) => {
    const { status, json, type } = await call(method, path, options);
    assert.equal(type, 'application/problem+json');
    assert.equal(json['status'], status);
    return [status, json['code']];
  };

  it('what it does not have, in problem documents', async () => {
    assert.deepEqual(await code('GET', '/nothing'), [404, 'NotFound']);
    assert.deepEqual(await code('DELETE', '/gateway'), [405, 'MethodNotAllowed']);
    assert.deepEqual(await code('GET', '/buckets', { query: { limit: '0' } }), [400, 'InvalidParameter']);
    assert.deepEqual(await code('GET', '/buckets', { query: { Limit: '1' } }), [400, 'InvalidParameter']);
    assert.deepEqual(await code('GET', `/buckets/${Bucket}/usage`, { query: { after: 'x' } }), [
      400,
      'InvalidParameter',
    ]);
    assert.deepEqual(await code('POST', '/services/ec2/RunInstances', { body: {} }), [404, 'NotFound']);
    assert.deepEqual(await code('POST', '/services/iam/Nothing', { body: {} }), [400, 'OperationRefused']);
    const wrong = { accessKeyId: 'TESTKEY', secretAccessKey: 'wrong' };
    assert.deepEqual(await code('GET', '/gateway', { credentials: wrong }), [403, 'SignatureRefused']);
  });

  it('users without a policy for each action, on every route that has one', async () => {
    const Version = '2010-05-08';
    await query(test, { Action: 'CreateUser', Version, UserName: 'una' });
    const credentials = credentialsOf(await query(test, { Action: 'CreateAccessKey', Version, UserName: 'una' }));
    for (const { method, path, action } of adminRoutes) {
      if (action === undefined) continue;
      assert.deepEqual(
        await code(method, path.replace('{bucket}', Bucket), { credentials }),
        [403, 'AccessDenied'],
        path,
      );
    }
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 'cess:GetBucket', Resource: `arn:aws:s3:::${Bucket}` }],
    });
    await query(test, { Action: 'PutUserPolicy', Version, UserName: 'una', PolicyName: 'own', PolicyDocument });
    assert.equal((await call('GET', `/buckets/${Bucket}`, { credentials })).status, 200);
    assert.deepEqual(await code('GET', '/buckets/zero', { credentials }), [403, 'AccessDenied']);
  });

  it('nothing of S3: a bucket named admin is reached by requests for S3', async () => {
    await sdkClient(test).send(new CreateBucketCommand({ Bucket: 'admin' }));
    await sdkClient(test).send(new PutObjectCommand({ Bucket: 'admin', Key: 'v1/gateway', Body: 'an object' }));
    const answer = await sender(() => test)('GET', '/admin/v1/gateway');
    assert.deepEqual([answer.status, answer.body], [200, 'an object']);
    assertAnswer(await sender(() => test)('GET', '/admin/v1/gateway', anonymous), 403, 'AccessDenied');
  });
});
