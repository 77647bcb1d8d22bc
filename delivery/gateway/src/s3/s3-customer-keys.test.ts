// Server-side encryption with keys of the customer (SSE-C): the unmodified AWS SDK, and raw requests for what it refuses to send.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { anonymous, assertAnswer, headerOf, sender } from '../test-support/requests.js';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const Bucket = 'sealed';
const partBytes = 5 * 1024 * 1024;
const keyOf = (fill: number) => {
  const key = Buffer.alloc(32, fill);
  const md5 = createHash('md5').update(key).digest('base64');
  return { SSECustomerAlgorithm: 'AES256', SSECustomerKey: key.toString('base64'), SSECustomerKeyMD5: md5 };
};
const one = keyOf(1);
const other = keyOf(2);
const ofSource = ({ SSECustomerAlgorithm, SSECustomerKey, SSECustomerKeyMD5 }: typeof one) => ({
  CopySourceSSECustomerAlgorithm: SSECustomerAlgorithm,
  CopySourceSSECustomerKey: SSECustomerKey,
  CopySourceSSECustomerKeyMD5: SSECustomerKeyMD5,
});
const prefix = 'x-amz-server-side-encryption-customer-';
const headersOf = (key: typeof one) => ({
  [`${prefix}algorithm`]: key.SSECustomerAlgorithm,
  [`${prefix}key`]: key.SSECustomerKey,
  [`${prefix}key-md5`]: key.SSECustomerKeyMD5,
});

let test: TestGateway;
before(async () => {
  test = await startTestGateway({ s3CustomerKeysOverHttp: true });
  await sdkClient(test).send(new CreateBucketCommand({ Bucket }));
});
after(() => test.stop());
const send = sender(() => test);
const client = () => sdkClient(test);
const put = (Key: string, Body: string | Uint8Array, key = one) =>
  client().send(new PutObjectCommand({ Bucket, Key, Body, ...key }));
const get = (Key: string, key?: typeof one) => client().send(new GetObjectCommand({ Bucket, Key, ...key }));
const bytesOf = async (answer: Awaited<ReturnType<typeof get>>) =>
  Buffer.from((await answer.Body?.transformToByteArray()) ?? []);

describe('an object with a key of the customer', () => {
  it('is read with that key, whole and by range, and answers name the digest of the key', async () => {
    const body = randomBytes(200_000);
    const stored = await put('plain', body);
    assert.equal(stored.SSECustomerAlgorithm, 'AES256');
    assert.equal(stored.SSECustomerKeyMD5, one.SSECustomerKeyMD5);
    assert.equal(stored.ServerSideEncryption, undefined);
    const read = await get('plain', one);
    assert.deepEqual(await bytesOf(read), body);
    assert.deepEqual([read.SSECustomerKeyMD5, read.ServerSideEncryption], [one.SSECustomerKeyMD5, undefined]);
    const range = await client().send(
      new GetObjectCommand({ Bucket, Key: 'plain', Range: 'bytes=70000-70099', ...one }),
    );
    assert.deepEqual(await bytesOf(range), body.subarray(70_000, 70_100));
  });

  it('is refused without the key (InvalidRequest) and with another one (AccessDenied), content or not', async () => {
    await put('full', 'content');
    await put('empty', '');
    for (const Key of ['full', 'empty']) {
      await refuses('InvalidRequest', 400, get(Key));
      await refuses('AccessDenied', 403, get(Key, other));
      await refuses('Unknown', 400, client().send(new HeadObjectCommand({ Bucket, Key })));
      await client().send(new HeadObjectCommand({ Bucket, Key, ...one }));
      const attributes = { Bucket, Key, ObjectAttributes: ['ObjectSize' as const] };
      await refuses('InvalidRequest', 400, client().send(new GetObjectAttributesCommand(attributes)));
      await client().send(new GetObjectAttributesCommand({ ...attributes, ...one }));
    }
    assert.equal(await (await get('empty', one)).Body?.transformToString(), '');
  });

  it('has an entity tag that is not the digest of its content', async () => {
    const { ETag } = await put('tagged', 'content');
    assert.match(ETag ?? '', /^"[0-9a-f]{32}"$/);
    assert.notEqual(ETag, `"${createHash('md5').update('content').digest('hex')}"`);
    assert.equal((await put('tagged', 'content')).ETag, ETag);
    assert.notEqual((await put('tagged', 'content', other)).ETag, ETag);
  });

  it('leaves no trace of the key in the index', async () => {
    const key = keyOf(0x5e);
    await put('traceless', 'content', key);
    const secret = Buffer.alloc(32, 0x5e);
    for (const [name, value] of test.kv.entries({})) {
      assert.equal(Buffer.from(value).includes(secret), false, Buffer.from(name).toString('hex'));
      assert.equal(Buffer.from(value).includes(key.SSECustomerKey), false);
    }
  });

  it('is listed like every other, and an object without a key refuses one', async () => {
    await put('listed', 'abc');
    const { Contents = [] } = await client().send(new ListObjectsV2Command({ Bucket, Prefix: 'listed' }));
    assert.deepEqual(
      Contents.map(({ Key, Size }) => [Key, Size]),
      [['listed', 3]],
    );
    await client().send(new PutObjectCommand({ Bucket, Key: 'open', Body: 'abc' }));
    await refuses('InvalidRequest', 400, get('open', one));
  });
});

describe('copies of objects with keys of the customer', () => {
  it('change the key, drop it, and add one', async () => {
    await put('source', 'to copy');
    const CopySource = `${Bucket}/source`;
    const copy = (Key: string, more: object) =>
      client().send(new CopyObjectCommand({ Bucket, Key, CopySource, ...more }));
    await refuses('InvalidRequest', 400, copy('none', {}));
    await refuses('AccessDenied', 403, copy('none', ofSource(other)));
    const changed = await copy('changed', { ...ofSource(one), ...other });
    assert.equal(changed.SSECustomerKeyMD5, other.SSECustomerKeyMD5);
    assert.equal(await (await get('changed', other)).Body?.transformToString(), 'to copy');
    await refuses('AccessDenied', 403, get('changed', one));
    const { CopyObjectResult } = await copy('dropped', ofSource(one));
    assert.equal(CopyObjectResult?.ETag, `"${createHash('md5').update('to copy').digest('hex')}"`);
    assert.equal(await (await get('dropped')).Body?.transformToString(), 'to copy');
    await client().send(new CopyObjectCommand({ Bucket, Key: 'added', CopySource: `${Bucket}/dropped`, ...one }));
    assert.equal(await (await get('added', one)).Body?.transformToString(), 'to copy');
    await copy('source', { ...ofSource(one), ...other });
    await refuses('AccessDenied', 403, get('source', one));
    assert.equal(await (await get('source', other)).Body?.transformToString(), 'to copy');
  });
});

describe('uploads in parts with a key of the customer', () => {
  it('need the key for each part, and the object needs it afterwards', async () => {
    const first = randomBytes(partBytes);
    await put('part-source', 'second');
    const { UploadId } = await client().send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts', ...one }));
    const upload = { Bucket, Key: 'parts', UploadId };
    const part = (PartNumber: number, Body: Uint8Array, key?: object) =>
      client().send(new UploadPartCommand({ ...upload, PartNumber, Body, ...key }));
    await refuses('InvalidRequest', 400, part(1, first));
    await refuses('InvalidArgument', 400, part(1, first, other));
    const { ETag } = await part(1, first, one);
    const copied = await client().send(
      new UploadPartCopyCommand({
        ...upload,
        PartNumber: 2,
        CopySource: `${Bucket}/part-source`,
        ...ofSource(one),
        ...one,
      }),
    );
    assert.equal(copied.SSECustomerKeyMD5, one.SSECustomerKeyMD5);
    const Parts = [
      { PartNumber: 1, ETag },
      { PartNumber: 2, ETag: copied.CopyPartResult?.ETag },
    ];
    const completion = { ...upload, MultipartUpload: { Parts } };
    await refuses(
      'InvalidArgument',
      400,
      client().send(new CompleteMultipartUploadCommand({ ...completion, ...other })),
    );
    await client().send(new CompleteMultipartUploadCommand(completion));
    await refuses('InvalidRequest', 400, get('parts'));
    assert.deepEqual(await bytesOf(await get('parts', one)), Buffer.concat([first, Buffer.from('second')]));
  });

  it('refuse a key that the upload was not created with', async () => {
    const { UploadId } = await client().send(new CreateMultipartUploadCommand({ Bucket, Key: 'keyless' }));
    const part = new UploadPartCommand({ Bucket, Key: 'keyless', UploadId, PartNumber: 1, Body: 'x', ...one });
    await refuses('InvalidRequest', 400, client().send(part));
  });
});

describe('a key of the customer is refused', () => {
  it('when it is incomplete, malformed or does not match its digest', async () => {
    const good = headersOf(one);
    const { [`${prefix}key`]: _, ...keyless } = good;
    const { [`${prefix}key-md5`]: __, ...digestless } = good;
    const { [`${prefix}algorithm`]: ___, ...unnamed } = good;
    const bad = [
      keyless,
      digestless,
      unnamed,
      { ...good, [`${prefix}algorithm`]: 'AES128' },
      { ...good, [`${prefix}key`]: Buffer.alloc(16).toString('base64') },
      { ...good, [`${prefix}key`]: '*'.repeat(44) },
      { ...good, [`${prefix}key-md5`]: other.SSECustomerKeyMD5 },
      { ...good, 'x-amz-server-side-encryption': 'AES256' },
    ];
    for (const headers of bad)
      assertAnswer(await send('PUT', `/${Bucket}/bad`, { headers, body: 'x' }), 400, 'InvalidArgument');
    await refuses('NoSuchKey', 404, get('bad'));
  });

  it('in the address of a request, from anonymous callers, and over plain HTTP', async () => {
    await put('guarded', 'content');
    const query = new URLSearchParams(headersOf(one)).toString();
    const answer = await send('GET', `/${Bucket}/guarded?${query}`);
    assert.ok(answer.status === 501 || answer.status === 400, String(answer.status));
    assertAnswer(
      await send('GET', `/${Bucket}/guarded`, { ...anonymous, headers: headersOf(one) }),
      403,
      'AccessDenied',
    );
    const strict = await startTestGateway();
    try {
      await sdkClient(strict).send(new CreateBucketCommand({ Bucket }));
      const refused = await sender(() => strict)('PUT', `/${Bucket}/k`, { headers: headersOf(one), body: 'x' });
      assertAnswer(refused, 400, 'InvalidRequest');
      assert.match(refused.body, /secure connection/);
    } finally {
      await strict.stop();
    }
  });

  it('by operations that read and write no object', async () => {
    assertAnswer(await send('DELETE', `/${Bucket}/plain`, { headers: headersOf(one) }), 501, 'NotImplemented');
    const head = await send('HEAD', `/${Bucket}/plain`);
    assert.deepEqual([head.status, headerOf(head, 'x-amz-server-side-encryption')], [400, undefined]);
  });
});

describe('forms with a key of the customer', () => {
  it('are refused when they are anonymous', async () => {
    const boundary = 'b';
    const field = (name: string, value: string) =>
      `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const fields = Object.entries({ key: 'form', ...headersOf(one) }).map(([name, value]) => field(name, value));
    const body = `${fields.join('')}--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nx\r\n--b--\r\n`;
    const headers = { 'content-type': `multipart/form-data; boundary=${boundary}` };
    assertAnswer(await send('POST', `/${Bucket}`, { ...anonymous, headers, body }), 403, 'AccessDenied');
  });
});
