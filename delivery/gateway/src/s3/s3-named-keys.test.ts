// Encryption with named keys (SSE-KMS): the keys over the KMS API, and objects by the unmodified AWS SDK.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketEncryptionCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { accountIdOf } from '@cess/access';
import { credentialsOf, kms, type QueryCredentials, query } from '../test-support/query-client.js';
import { anonymous, assertAnswer, sender } from '../test-support/requests.js';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { foreignCredentials, startTestGateway, type TestGateway, testOwner } from '../test-support/test-gateway.js';

const Bucket = 'named';
const account = accountIdOf(testOwner);
let test: TestGateway;
before(async () => {
  test = await startTestGateway({ hasForeignAccount: true, s3CustomerKeysOverHttp: true });
  await client().send(new CreateBucketCommand({ Bucket }));
});
after(() => test.stop());

const client = (credentials?: QueryCredentials) => sdkClient(test, credentials === undefined ? {} : { credentials });
const send = sender(() => test);
const get = (Key: string, credentials?: QueryCredentials) =>
  client(credentials).send(new GetObjectCommand({ Bucket, Key }));
const text = async (Key: string) => (await get(Key)).Body?.transformToString();
const put = (Key: string, Body: string, more: object = {}) =>
  client().send(new PutObjectCommand({ Bucket, Key, Body, ServerSideEncryption: 'aws:kms', ...more }));

async function createKey(): Promise<{ readonly KeyId: string; readonly Arn: string }> {
  const { status, answer } = await kms(test, 'CreateKey');
  assert.equal(status, 200);
  return answer['KeyMetadata'] as { KeyId: string; Arn: string };
}

async function manage(action: string, parameters: object): Promise<void> {
  const { status, answer } = await kms(test, action, parameters);
  assert.equal(status, 200, JSON.stringify(answer));
}

describe('objects under a named key', () => {
  it('are read after rotations of the key, by its id, alias and ARN alike', async () => {
    const { KeyId, Arn } = await createKey();
    await manage('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId });
    for (const [index, SSEKMSKeyId] of [KeyId, 'alias/app', Arn].entries()) {
      const stored = await put(`o${index}`, `content ${index}`, { SSEKMSKeyId });
      assert.deepEqual([stored.ServerSideEncryption, stored.SSEKMSKeyId], ['aws:kms', Arn]);
      await manage('RotateKeyOnDemand', { KeyId });
    }
    for (const index of [0, 1, 2]) assert.equal(await text(`o${index}`), `content ${index}`);
    const head = await client().send(new HeadObjectCommand({ Bucket, Key: 'o0' }));
    assert.deepEqual([head.ServerSideEncryption, head.SSEKMSKeyId], ['aws:kms', Arn]);
  });

  it('use the default key of the account when the request names none', async () => {
    const { SSEKMSKeyId } = await put('default', 'x');
    const { answer } = await kms(test, 'DescribeKey', { KeyId: 'alias/aws/s3' });
    assert.equal((answer['KeyMetadata'] as { Arn: string }).Arn, SSEKMSKeyId);
    assert.equal(await text('default'), 'x');
  });

  it('cannot be read while the key is disabled or pending deletion, and can when it is enabled again', async () => {
    const { KeyId } = await createKey();
    await put('guarded', 'content', { SSEKMSKeyId: KeyId });
    await manage('DisableKey', { KeyId });
    await refuses('KMS.DisabledException', 400, get('guarded'));
    await refuses('KMS.DisabledException', 400, put('other', 'x', { SSEKMSKeyId: KeyId }));
    await manage('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
    await refuses('KMS.KMSInvalidStateException', 400, get('guarded'));
    await manage('CancelKeyDeletion', { KeyId });
    await manage('EnableKey', { KeyId });
    assert.equal(await text('guarded'), 'content');
  });

  it('are bound to the encryption context of their writer', async () => {
    const { KeyId } = await createKey();
    const SSEKMSEncryptionContext = Buffer.from('{"team":"blue"}').toString('base64');
    const stored = await put('bound', 'content', { SSEKMSKeyId: KeyId, SSEKMSEncryptionContext });
    assert.equal(stored.SSEKMSEncryptionContext, SSEKMSEncryptionContext);
    assert.equal(await text('bound'), 'content');
    const malformed = Buffer.from('[1]').toString('base64');
    await refuses('InvalidArgument', 400, put('bad', 'x', { SSEKMSEncryptionContext: malformed }));
  });

  it('keep their key in parts, and change it in copies', async () => {
    const [one, other] = [await createKey(), await createKey()];
    const target = { Bucket, Key: 'parts' };
    const creation = {
      ...target,
      ServerSideEncryption: 'aws:kms' as const,
      SSEKMSKeyId: one.KeyId,
      BucketKeyEnabled: true,
    };
    const { UploadId, SSEKMSKeyId } = await client().send(new CreateMultipartUploadCommand(creation));
    assert.equal(SSEKMSKeyId, one.Arn);
    const { ETag } = await client().send(new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: 'part' }));
    const completion = { ...target, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } };
    const completed = await client().send(new CompleteMultipartUploadCommand(completion));
    assert.deepEqual([completed.SSEKMSKeyId, completed.BucketKeyEnabled], [one.Arn, true]);
    assert.deepEqual((await client().send(new CompleteMultipartUploadCommand(completion))).SSEKMSKeyId, one.Arn);
    const copy = { Bucket, CopySource: `${Bucket}/parts`, ServerSideEncryption: 'aws:kms' as const };
    await client().send(new CopyObjectCommand({ ...copy, Key: 'copied', SSEKMSKeyId: other.KeyId }));
    await client().send(new CopyObjectCommand({ Bucket, CopySource: `${Bucket}/parts`, Key: 'plain' }));
    await manage('DisableKey', { KeyId: one.KeyId });
    assert.deepEqual([await text('copied'), await text('plain')], ['part', 'part']);
    await refuses('KMS.DisabledException', 400, get('parts'));
    const { ServerSideEncryption } = await get('plain');
    assert.equal(ServerSideEncryption, 'AES256');
  });
});

describe('who may use a named key', () => {
  it('is decided by kms:GenerateDataKey and kms:Decrypt', async () => {
    const { KeyId, Arn } = await createKey();
    await put('shared', 'content', { SSEKMSKeyId: KeyId });
    const Version = '2010-05-08';
    await query(test, { Action: 'CreateUser', Version, UserName: 'kim' });
    const policy = async (...Statement: object[]) => {
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      const fields = { Action: 'PutUserPolicy', Version, UserName: 'kim', PolicyName: 'own', PolicyDocument };
      assert.equal((await query(test, fields)).status, 200);
    };
    const objects = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
    await policy(objects);
    const kim = credentialsOf(await query(test, { Action: 'CreateAccessKey', Version, UserName: 'kim' }));
    await refuses('AccessDenied', 403, get('shared', kim));
    await policy(objects, { Effect: 'Allow', Action: 'kms:Decrypt', Resource: Arn });
    assert.equal(await (await get('shared', kim)).Body?.transformToString(), 'content');
    const write = { Bucket, Key: 'by-kim', Body: 'x', ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: KeyId };
    await refuses('AccessDenied', 403, client(kim).send(new PutObjectCommand(write)));
  });

  it('is whoever has the role to read or to write, unless another policy denies it', async () => {
    const { KeyId, Arn } = await createKey();
    await put('by-role', 'content', { SSEKMSKeyId: KeyId });
    const Version = '2010-05-08';
    const withRole = async (role: string) => {
      const user = { Version, UserName: `with-${role}` };
      const PolicyArn = `arn:aws:iam::aws:policy/cess/${role}`;
      await query(test, { ...user, Action: 'CreateUser' });
      assert.equal((await query(test, { ...user, Action: 'AttachUserPolicy', PolicyArn })).status, 200);
      return credentialsOf(await query(test, { ...user, Action: 'CreateAccessKey' }));
    };
    const write = (Key: string, credentials: QueryCredentials) => {
      const encryption = { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: KeyId };
      return client(credentials).send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...encryption }));
    };
    const [reader, writer, auditor] = [await withRole('reader'), await withRole('writer'), await withRole('auditor')];
    assert.equal(await (await get('by-role', reader)).Body?.transformToString(), 'content');
    await refuses('AccessDenied', 403, write('by-reader', reader));
    await write('by-writer', writer);
    assert.equal(await (await get('by-writer', writer)).Body?.transformToString(), 'x');
    await refuses('AccessDenied', 403, get('by-role', auditor));
    const Statement = [{ Effect: 'Deny', Action: 'kms:*', Resource: Arn }];
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
    const denial = { Action: 'PutUserPolicy', Version, UserName: 'with-reader', PolicyName: 'own', PolicyDocument };
    assert.equal((await query(test, denial)).status, 200);
    await refuses('AccessDenied', 403, get('by-role', reader));
  });

  it('is nobody without a signature, and nobody of another account', async () => {
    await put('public', 'content');
    await client().send(new DeletePublicAccessBlockCommand({ Bucket }));
    const Statement = [
      { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/public` },
    ];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await client().send(new PutBucketPolicyCommand({ Bucket, Policy }));
    assertAnswer(await send('GET', `/${Bucket}/public`, anonymous), 403, 'AccessDenied');
    await refuses('AccessDenied', 403, get('public', foreignCredentials));
  });
});

describe('the default encryption of a bucket', () => {
  it('applies to writes that state none, and can be reset', async () => {
    const { KeyId, Arn } = await createKey();
    const rule = (SSEAlgorithm: 'aws:kms' | 'aws:kms:dsse' | 'AES256', KMSMasterKeyID?: string) => ({
      Bucket,
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm, KMSMasterKeyID }, BucketKeyEnabled: true }],
      },
    });
    await client().send(new PutBucketEncryptionCommand(rule('aws:kms', KeyId)));
    const { ServerSideEncryptionConfiguration: shown } = await client().send(
      new GetBucketEncryptionCommand({ Bucket }),
    );
    assert.deepEqual(shown, rule('aws:kms', Arn).ServerSideEncryptionConfiguration);
    const plain = { Bucket, Key: 'by-default', Body: 'x' };
    const stored = await client().send(new PutObjectCommand(plain));
    assert.deepEqual(
      [stored.ServerSideEncryption, stored.SSEKMSKeyId, stored.BucketKeyEnabled],
      ['aws:kms', Arn, true],
    );
    const stated = await client().send(new PutObjectCommand({ ...plain, ServerSideEncryption: 'AES256' }));
    assert.equal(stated.ServerSideEncryption, 'AES256');
    const missing = rule('aws:kms', 'alias/none');
    await refuses('KMS.NotFoundException', 400, client().send(new PutBucketEncryptionCommand(missing)));
    await refuses('NotImplemented', 501, client().send(new PutBucketEncryptionCommand(rule('aws:kms:dsse'))));
    await client().send(new DeleteBucketEncryptionCommand({ Bucket }));
    const after = await client().send(new PutObjectCommand(plain));
    assert.equal(after.ServerSideEncryption, 'AES256');
  });

  it('can block keys of customers', async () => {
    const block = `<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault><BlockedEncryptionTypes><EncryptionType>SSE-C</EncryptionType></BlockedEncryptionTypes></Rule></ServerSideEncryptionConfiguration>`;
    assertAnswer(await send('PUT', `/${Bucket}?encryption`, { body: block }), 200);
    const key = Buffer.alloc(32, 1);
    const SSECustomerKey = key.toString('base64');
    const write = { Bucket, Key: 'c', Body: 'x', SSECustomerAlgorithm: 'AES256', SSECustomerKey };
    await refuses('AccessDenied', 403, client().send(new PutObjectCommand(write)));
    await client().send(new DeleteBucketEncryptionCommand({ Bucket }));
    await client().send(new PutObjectCommand(write));
  });
});

describe('the KMS API', () => {
  it('answers and refuses in the JSON of KMS', async () => {
    const { KeyId } = await createKey();
    const { answer } = await kms(test, 'DescribeKey', { KeyId });
    const { CreationDate, AWSAccountId } = answer['KeyMetadata'] as Record<string, unknown>;
    assert.equal(typeof CreationDate, 'number');
    assert.equal(AWSAccountId, account);
    const refusals = [
      ['DescribeKey', { KeyId: 'none' }, 'NotFoundException'],
      ['GenerateDataKey', { KeyId }, 'UnknownOperationException'],
      ['DescribeKey', {}, 'ValidationException'],
      ['CreateKey', { Tags: [{ TagKey: 'a', TagValue: 'b' }] }, 'UnsupportedOperationException'],
    ] as const;
    for (const [action, parameters, code] of refusals) {
      const { status, answer: refusal } = await kms(test, action, parameters);
      assert.deepEqual([status, refusal['__type']], [400, code]);
    }
  });
});
