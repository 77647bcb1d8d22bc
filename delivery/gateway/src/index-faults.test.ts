// STORE-4: the object index fails while objects are overwritten. One of the two objects stays readable, whichever the index
// names afterwards.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { CessError } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { createMemoryKv, type Kv } from '@cess/store';
import { refuses, sdkClient } from './test-support/sdk-client.js';
import { startTestGateway, type TestGateway } from './test-support/test-gateway.js';

const Bucket = 'index-faults';
const Key = 'overwritten';
type Outcome = 'written' | 'unknown, written' | 'unknown, not written' | 'refused';

/** A store whose next writes end as `outcome` says. */
class FailingKv implements Kv {
  outcome: Outcome = 'written';
  readonly #kv = createMemoryKv();

  get = this.#kv.get.bind(this.#kv);
  has = this.#kv.has.bind(this.#kv);
  entries = this.#kv.entries.bind(this.#kv);
  close = this.#kv.close.bind(this.#kv);

  async write(...parameters: Parameters<Kv['write']>): Promise<void> {
    if (this.outcome === 'written' || this.outcome === 'unknown, written') await this.#kv.write(...parameters);
    if (this.outcome === 'refused') throw new CessError('KV_IO', 'The disk failed.');
    if (this.outcome !== 'written') {
      throw new CessError('KV_OUTCOME_UNKNOWN', 'The disk failed.', { path: '', reason: '' });
    }
  }
}

describe('an index that fails during overwrites', () => {
  let kv: FailingKv;
  let test: TestGateway;
  let client: S3Client;

  beforeEach(async () => {
    kv = new FailingKv();
    test = await startTestGateway({ kv });
    client = sdkClient(test);
    await client.send(new CreateBucketCommand({ Bucket }));
    await client.send(new PutObjectCommand({ Bucket, Key, Body: 'old' }));
  });
  afterEach(async () => {
    client.destroy();
    await test.stop();
  });

  const read = async (): Promise<string> => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
    return (await Body?.transformToString()) ?? '';
  };
  const places = () => new Set(test.providers.flatMap((provider) => [...provider.places.keys()]));

  /** The places of the fragments that a rejected upload stored. */
  async function rejectsPut(key: string, Body: string): Promise<string[]> {
    const before = places();
    await refuses('ServiceUnavailable', 503, client.send(new PutObjectCommand({ Bucket, Key: key, Body })));
    return [...places()].filter((place) => !before.has(place));
  }

  /** Rejects another upload and waits until its fragments are discarded: those of earlier ones are by then. */
  async function untilDiscarded(): Promise<void> {
    kv.outcome = 'refused';
    const stored = await rejectsPut('another', 'another');
    await eventually(() => stored.every((place) => !places().has(place)), 'the discarded fragments');
  }

  for (const [outcome, content] of [
    ['unknown, written', 'new'],
    ['unknown, not written', 'old'],
    ['refused', 'old'],
  ] as const) {
    it(`an overwrite whose outcome is "${outcome}" answers 503 and leaves the ${content} object readable`, async () => {
      kv.outcome = outcome;
      const stored = await rejectsPut(Key, 'new');
      await untilDiscarded();
      kv.outcome = 'written';
      const kept = stored.filter((place) => places().has(place));
      assert.equal(kept.length > 0, outcome !== 'refused');
      assert.equal(await read(), content);
    });
  }
});
