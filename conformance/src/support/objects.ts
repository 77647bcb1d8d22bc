// Objects of a suite: stored through the SDK, remembered by their hash, read back and compared.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { sdkClient } from './drivers.js';
import type { S3Credentials } from './network.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export class StoredObjects {
  readonly client: S3Client;
  readonly #hashes = new Map<string, string>();

  constructor(
    credentials: S3Credentials,
    readonly bucket: string,
  ) {
    this.client = sdkClient(credentials);
  }

  get keys(): string[] {
    return [...this.#hashes.keys()];
  }

  async createBucket(): Promise<void> {
    await this.client.send(new CreateBucketCommand({ Bucket: this.bucket }));
  }

  /** Stores random bytes. */
  async put(key: string, size: number): Promise<void> {
    const body = randomBytes(size);
    await this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body }));
    this.#hashes.set(key, sha256(body));
  }

  async remove(key: string): Promise<void> {
    await this.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key }));
    this.#hashes.delete(key);
  }

  async assertEqual(key: string): Promise<void> {
    const answer = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
    assert.equal(sha256(await answer.Body!.transformToByteArray()), this.#hashes.get(key), key);
  }

  async assertAllEqual(): Promise<void> {
    for (const key of this.keys) await this.assertEqual(key);
  }

  status(key: string): Promise<string | undefined> {
    return statusHeader(this.client, this.bucket, key);
  }

  /** How many objects have each status. */
  async statuses(): Promise<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const key of this.keys) {
      const status = (await this.status(key)) ?? 'unknown';
      counts[status] = (counts[status] ?? 0) + 1;
    }
    return counts;
  }
}

/** The header x-cess-status of an object. */
export async function statusHeader(client: S3Client, bucket: string, key: string): Promise<string | undefined> {
  let header: string | undefined;
  const command = new HeadObjectCommand({ Bucket: bucket, Key: key });
  command.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      header = (result.response as { headers: Record<string, string> }).headers['x-cess-status'];
      return result;
    },
    { step: 'deserialize', priority: 'low' },
  );
  await client.send(command);
  return header;
}
