// Kill -9 of the whole network under upload load: every acknowledged object is there and equal, no half object is
// visible, the chain goes on. CESS_CRASH_ROUNDS sets the number of kills; `npm run soak` runs 100.

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, describe, it } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { eventually } from '@cess/primitives/testing';
import { sdkClient } from './support/drivers.js';
import { TestNetwork } from './support/network.js';

const rounds = Number(process.env['CESS_CRASH_ROUNDS'] ?? '4');
const bucket = 'crash';

interface Status {
  readonly chain: { readonly best: number; readonly finalized: number; readonly genesis: string };
  readonly gateway: { readonly undeclared: number };
}

describe(`kill -9 under load, ${rounds} times`, () => {
  let network: TestNetwork;
  after(async () => network?.destroy());

  it('loses nothing acknowledged and shows nothing half', async () => {
    network = await TestNetwork.create({ environment: { CESS_INDEX_EXPORT_SECONDS: '15' } });
    await network.start();
    const client = sdkClient(network.credentials);
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    const acknowledged = new Map<string, string>();
    let total = 0;
    const attempted = new Map<string, string>();
    let finalized = 0;
    for (let round = 0; round < rounds; round++) {
      const load = uploadUntilCut(client, round, attempted, acknowledged);
      await new Promise((resolve) => setTimeout(resolve, 1_500 + (round % 5) * 400));
      const { chain } = (await network.cess('status')) as Status;
      assert.ok(chain.finalized >= finalized, 'the chain does not go back');
      finalized = chain.finalized;
      await network.kill();
      total += await load;
      await network.start();
      await verifyAll(client, attempted, acknowledged);
      await forgetOld(client, round, acknowledged);
    }
    await eventually(
      async () => (((await network.cess('status')) as Status).gateway.undeclared === 0 ? true : undefined),
      'all files declared',
    );
    assert.ok(total > rounds, `only ${total} uploads were acknowledged`);
    console.log(`${rounds} kills, ${total} acknowledged objects of ${attempted.size} attempted, all equal`);
    client.destroy();
  });
});

/** Objects are read back after this many kills, then deleted, so that a long run needs a bounded disk. */
const keptRounds = 3;

async function forgetOld(client: S3Client, round: number, acknowledged: Map<string, string>): Promise<void> {
  const old = [...acknowledged.keys()].filter((key) => key.startsWith(`round-${round - keptRounds}/`));
  for (const key of old) {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    acknowledged.delete(key);
  }
}

/** Uploads with four writers until the network dies; gives how many were acknowledged. */
async function uploadUntilCut(
  client: S3Client,
  round: number,
  attempted: Map<string, string>,
  acknowledged: Map<string, string>,
): Promise<number> {
  const before = acknowledged.size;
  const writer = async (lane: number): Promise<void> => {
    for (let i = 0; ; i++) {
      const key = `round-${round}/lane-${lane}/${i}`;
      const body = randomBytes([100, 70_000, 1_500_000, 9_000_000][(i + lane) % 4]!);
      const digest = createHash('sha256').update(body).digest('hex');
      attempted.set(key, digest);
      try {
        await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
      } catch {
        return;
      }
      acknowledged.set(key, digest);
    }
  };
  await Promise.all([0, 1, 2, 3].map(writer));
  return acknowledged.size - before;
}

async function verifyAll(
  client: S3Client,
  attempted: ReadonlyMap<string, string>,
  acknowledged: ReadonlyMap<string, string>,
): Promise<void> {
  const listed = new Set<string>();
  let token: string | undefined;
  do {
    const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, ContinuationToken: token }));
    for (const { Key } of page.Contents ?? []) listed.add(Key!);
    token = page.NextContinuationToken;
  } while (token !== undefined);
  for (const key of acknowledged.keys()) assert.ok(listed.has(key), `${key} was acknowledged and is gone`);
  // Whatever is listed reads back whole, acknowledged or not.
  for (const key of listed) {
    const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    const digest = createHash('sha256')
      .update(await answer.Body!.transformToByteArray())
      .digest('hex');
    assert.equal(digest, attempted.get(key), key);
  }
}
