// Every operation of the table is denied to strangers before its handler runs: a row that is added later is covered, too.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { exchange } from '../../test-support/raw-exchange.js';
import type { RawRequest } from '../../test-support/raw-s3.js';
import { foreignCredentials, startTestGateway, type TestGateway } from '../../test-support/test-gateway.js';
import type { S3Operation } from '../operations/operation.js';
import { operations } from '../operations/table.js';

let test: TestGateway;
before(async () => {
  test = await startTestGateway({ hasForeignAccount: true });
  test.chain.stalled = true;
  await send({ method: 'PUT', path: '/bucket' });
  await send({ method: 'PUT', path: '/bucket/key' }, 'abc');
});
after(() => test.stop());

async function send(request: RawRequest, body?: string) {
  const headers = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const whole = { ...request, headers: { ...headers, ...request.headers } };
  const answer = await exchange(test, whole, ...(body === undefined ? [] : [body]));
  assert.ok(answer, `an answer to ${request.method} ${request.path}`);
  return answer;
}

/** Everything that the index holds, but the marks of the gateway itself, which begin with a zero byte. */
function contents(): string {
  const hash = createHash('sha256');
  for (const [key, value] of test.kv.entries({ gte: Uint8Array.of(1) })) hash.update(key).update(value);
  return hash.digest('hex');
}

const isOnBucket = ({ resource, name }: S3Operation) => resource !== 'service' && name !== 'CreateBucket';
const bodies: Readonly<Record<string, string>> = {
  DeleteObjects: '<Delete><Object><Key>key</Key></Object></Delete>',
  PostObject:
    '--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nkey\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nxyz\r\n--b--\r\n',
};

function requestFor(operation: S3Operation, credentials: RawRequest['credentials'] & {}) {
  const { method, resource, selectedBy = [], selectedByHeader } = operation;
  const query = Object.fromEntries(selectedBy.map((one) => [one.split('=', 1).join(), one.split('=')[1] ?? '1']));
  const path = operation.path ?? { service: '/', bucket: '/bucket', object: '/bucket/key' }[resource];
  const body = bodies[operation.name] ?? '<A/>';
  const headers = {
    ...(operation.name === 'PostObject' ? { 'content-type': 'multipart/form-data; boundary=b' } : {}),
    ...(selectedByHeader === undefined ? {} : { [selectedByHeader]: 'bucket/key' }),
    ...(operation.name === 'DeleteObjects' ? { 'content-md5': createHash('md5').update(body).digest('base64') } : {}),
  };
  return [
    { method, path, query, headers, credentials },
    method === 'PUT' || method === 'POST' ? body : undefined,
  ] as const;
}

for (const [who, credentials] of [
  ['the key of another account', foreignCredentials],
  ['an anonymous request', 'none'],
] as const) {
  describe(`${who} without a grant`, () => {
    for (const operation of operations.filter(isOnBucket)) {
      it(`is denied ${operation.name}`, async () => {
        const earlier = contents();
        const answer = await send(...requestFor(operation, credentials));
        if (operation.name === 'DeleteObjects') {
          assert.equal(answer.status, 200);
          assert.match(answer.body, /<Error><Key>key<\/Key><Code>AccessDenied<\/Code>/);
          assert.doesNotMatch(answer.body, /<Deleted>/);
        } else {
          assert.equal(answer.status, 403);
          if (operation.method !== 'HEAD') assert.equal(answer.code, 'AccessDenied');
        }
        assert.equal(contents(), earlier);
      });
    }
  });
}

describe('an anonymous request', () => {
  for (const operation of operations.filter((one) => !isOnBucket(one))) {
    it(`is denied ${operation.name}`, async () => {
      const [request, body] = requestFor(operation, 'none');
      const path = operation.name === 'CreateBucket' ? '/anonymous-bucket' : request.path;
      const answer = await send({ ...request, path }, body);
      assert.deepEqual([answer.status, answer.code], [403, 'AccessDenied']);
    });
  }

  it('for a bucket that does not exist is answered NoSuchBucket', async () => {
    for (const path of ['/missing', '/missing/key']) {
      const answer = await send({ method: 'GET', path, credentials: 'none' });
      assert.deepEqual([answer.status, answer.code], [404, 'NoSuchBucket']);
    }
  });

  it('learns nothing about which keys exist', async () => {
    const answers = await Promise.all(
      ['/bucket/key', '/bucket/none'].map((path) => send({ method: 'GET', path, credentials: 'none' })),
    );
    assert.deepEqual(
      answers.map(({ status, code }) => [status, code]),
      [
        [403, 'AccessDenied'],
        [403, 'AccessDenied'],
      ],
    );
  });
});

describe('an operation that the gateway does not offer', () => {
  it('is answered NotImplemented to the owner of the bucket', async () => {
    const missing = operations.filter((one) => isOnBucket(one) && one.handler === undefined);
    assert.ok(missing.length > 10);
    for (const operation of missing) {
      const [{ credentials: _, ...request }, body] = requestFor(operation, 'none');
      const answer = await send(request, body);
      assert.deepEqual([answer.status, answer.code], [501, 'NotImplemented'], operation.name);
    }
  });
});
