// Objects that the gateway itself writes into buckets of its clients: access logs and inventories.
import { createHash } from 'node:crypto';
import type { ObjectIndex } from '@cess/object-index';
import { CessError } from '@cess/primitives';
import type { ObjectStorage } from './object-storage.js';
import type { ConfigurationCache } from './s3/configurations/configuration-cache.js';
import { defaultRetention } from './s3/configurations/object-lock.js';
import { enterStored } from './s3/handlers/enter-stored.js';
import { sameBucket } from './s3/same-bucket.js';

export interface OwnObject {
  readonly bucket: string;
  /** Who must own the bucket. */
  readonly owner: Uint8Array;
  readonly key: string;
  readonly contentType: string;
  readonly length: number;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Names the part of the gateway in events. */
  readonly principalId: string;
}

export interface OwnObjectsInit {
  readonly index: ObjectIndex;
  readonly storage: ObjectStorage;
  readonly configurations: ConfigurationCache;
  readonly nowMs: () => number;
}

export class OwnObjects {
  constructor(private readonly init: OwnObjectsInit) {}

  /** Resolves with the MD5 of the content. Throws `BUCKET_NOT_FOUND`, also for a bucket of another owner. */
  async put(object: OwnObject, signal: AbortSignal): Promise<string> {
    const { index, storage, configurations, nowMs } = this.init;
    const { bucket: name, key, length, contentType, principalId } = object;
    const record = await index.getBucket(name);
    if (record === undefined || Buffer.compare(record.owner, object.owner) !== 0)
      throw new CessError('BUCKET_NOT_FOUND', `There is no bucket ${name} of this owner.`, {});
    const hash = createHash('md5');
    const chunks = hashed(object.chunks, hash);
    const request = { bucketName: name, bucket: record, length, chunks, client: principalId, signal };
    const stored = await storage.store(request);
    const etag = hash.digest('hex');
    const retention = defaultRetention(configurations, { name, record }, nowMs());
    const fields = { contentType, headers: [], metadata: [], checksums: [], checksumType: 'FULL_OBJECT' as const };
    const entry = { ...fields, size: length, etag, lastModifiedMs: nowMs(), retention, extents: stored.extents };
    const acting = index.actingFor({ operation: 'PutObject', principalId, source: '', requestId: '' });
    await enterStored(storage, stored, () =>
      acting.putObject({ bucket: name, key }, entry, stored.files, sameBucket(record)),
    );
    return etag;
  }
}

async function* hashed(
  chunks: AsyncIterable<Uint8Array>,
  hash: { update(chunk: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}
