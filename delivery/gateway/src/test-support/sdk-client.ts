// The unmodified AWS SDK against a test gateway.
import assert from 'node:assert/strict';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { type TestGateway, testCredentials, testRegion } from './test-gateway.js';

/** A client that does not retry. */
export function sdkClient({ gateway }: Pick<TestGateway, 'gateway'>, more: S3ClientConfig = {}): S3Client {
  return new S3Client({
    endpoint: gateway.s3Endpoint,
    region: testRegion,
    credentials: testCredentials,
    forcePathStyle: true,
    maxAttempts: 1,
    ...more,
  });
}

/** Holds if the SDK rejects with this error and status. */
export async function refuses(code: string, status: number, act: Promise<unknown>): Promise<void> {
  await assert.rejects(act, (error: { name: string; $metadata?: { httpStatusCode?: number } }) => {
    assert.deepEqual([error.name, error.$metadata?.httpStatusCode], [code, status]);
    return true;
  });
}
