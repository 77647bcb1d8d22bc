// Settings of buckets that have one possible value here, with the unmodified AWS SDK.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  type BucketAccelerateStatus,
  CreateBucketCommand,
  GetBucketAccelerateConfigurationCommand,
  GetBucketRequestPaymentCommand,
  type Payer,
  PutBucketAccelerateConfigurationCommand,
  PutBucketRequestPaymentCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from '../test-support/test-gateway.js';

const Bucket = 'settings';
let test: TestGateway;
let client: S3Client;
before(async () => {
  test = await startTestGateway();
  client = sdkClient(test);
  await client.send(new CreateBucketCommand({ Bucket }));
});
after(async () => {
  client.destroy();
  await test.stop();
});

describe('the payer of requests', () => {
  const setPayer = (payer: string) =>
    client.send(new PutBucketRequestPaymentCommand({ Bucket, RequestPaymentConfiguration: { Payer: payer as Payer } }));

  it('is the owner of the bucket, and nobody else', async () => {
    await setPayer('BucketOwner');
    await assert.rejects(setPayer('Requester'), (error: Error) => {
      assert.deepEqual([error.name, /pay/.test(error.message)], ['NotImplemented', true]);
      return true;
    });
    await refuses('MalformedXML', 400, setPayer('Nobody'));
    assert.equal((await client.send(new GetBucketRequestPaymentCommand({ Bucket }))).Payer, 'BucketOwner');
  });
});

describe('transfer acceleration', () => {
  const setStatus = (status: string) =>
    client.send(
      new PutBucketAccelerateConfigurationCommand({
        Bucket,
        AccelerateConfiguration: { Status: status as BucketAccelerateStatus },
      }),
    );
  const statusOf = async () => (await client.send(new GetBucketAccelerateConfigurationCommand({ Bucket }))).Status;

  it('can be suspended, and not enabled', async () => {
    await refuses('InvalidRequest', 400, setStatus('Enabled'));
    await refuses('MalformedXML', 400, setStatus('On'));
    assert.equal(await statusOf(), undefined);
    await setStatus('Suspended');
    assert.equal(await statusOf(), 'Suspended');
    await refuses('InvalidRequest', 400, setStatus('Enabled'));
    assert.equal(await statusOf(), 'Suspended');
  });
});
