// Readers follow the fragments to the holders that the chain names after losses and restoral (STORE-4).

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { fromHex, silentLogger, toHex } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { HolderFollower } from './declaration/holder-follower.js';
import { Protection } from './declaration/protection.js';
import {
  startTestGateway,
  type TestGateway,
  testCredentials,
  testPorts,
  testRegion,
} from './test-support/test-gateway.js';

const Bucket = 'holders';
const Key = 'object';
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function setting() {
  const network = await startTestGateway();
  const client = new S3Client({
    endpoint: network.gateway.s3Endpoint,
    region: testRegion,
    credentials: testCredentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
  await client.send(new CreateBucketCommand({ Bucket }));
  const body = randomBytes(5_000_000);
  await client.send(new PutObjectCommand({ Bucket, Key, Body: body }));
  while ((await network.gateway.backlog()) > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  return { network, client, body, fileId: fromHex(await fileIdOf(client)) };
}

/** The header that names the file. */
async function fileIdOf(client: S3Client): Promise<string> {
  let id = '';
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = result.response as { headers: Record<string, string> };
      id = headers['x-cess-file-id'] ?? id;
      return result;
    },
    { step: 'deserialize', name: 'file-id', override: true },
  );
  await client.send(new HeadObjectCommand({ Bucket, Key }));
  return id;
}

/** Moves the bytes of every fragment of the file to providers that hold none of it, as restoral does. */
async function restoreElsewhere(
  network: TestGateway,
  fileId: Uint8Array,
): Promise<{ from: number; to: number; fragment: number }[]> {
  const { fragments } = (await network.gateway.index.getSegment(fileId, 0))!;
  const holders = new Set(fragments.map(({ holder }) => holder));
  const free = network.providers.filter(({ index }) => !holders.has(index));
  return free.map((target, fragment) => {
    const { root, holder } = fragments[fragment]!;
    const source = network.providers[holder!]!;
    target.fragments.set(toHex(root), source.fragments.get(toHex(root))!);
    source.wipe();
    return { from: holder!, to: target.index, fragment };
  });
}

test('STORE-4: after restoral the gateway reads from the new holders', async () => {
  const { network, client, body, fileId } = await setting();
  try {
    const moves = await restoreElsewhere(network, fileId);
    assert.ok(moves.length >= 4);
    for (const { fragment, to } of moves) {
      await network.chain.moveFragment({ fileId, segment: 0, fragment, holder: undefined });
      assert.equal((await network.gateway.index.getSegment(fileId, 0))!.fragments[fragment]!.holder, undefined);
      await network.chain.moveFragment({ fileId, segment: 0, fragment, holder: to });
    }
    // Only the fragments that were restored are left: the reader must use them.
    const kept = new Set(moves.map(({ to }) => to));
    for (const provider of network.providers) if (!kept.has(provider.index)) provider.wipe();
    const answer = await client.send(new GetObjectCommand({ Bucket, Key }));
    assert.equal(sha256(await answer.Body!.transformToByteArray()), sha256(body));
    assert.deepEqual(await network.gateway.index.listHoles(10), [], 'what others restore is no hole of this gateway');
  } finally {
    client.destroy();
    await network.stop();
  }
});

test('STORE-4: what the chain changed while the gateway was down is found at its next start', async () => {
  const { network, client, fileId } = await setting();
  const { index } = network.gateway;
  try {
    const moves = await restoreElsewhere(network, fileId);
    network.chain.holderListener = undefined;
    for (const { fragment, to } of moves) {
      await network.chain.moveFragment({ fileId, segment: 0, fragment, holder: to });
    }
    const holderOf = async (fragment: number) => (await index.getSegment(fileId, 0))!.fragments[fragment]!.holder;
    for (const { fragment, from } of moves) assert.equal(await holderOf(fragment), from);
    const follower = new HolderFollower({ ...testPorts, index, chain: network.chain });
    await follower.start();
    await eventually(async () => {
      const now = await Promise.all(moves.map(({ fragment }) => holderOf(fragment)));
      return moves.every(({ to }, i) => now[i] === to);
    }, 'the pass over declared files finds the new holders');
    await follower.stop();
  } finally {
    client.destroy();
    await network.stop();
  }
});

test('the protection of an object is told, and the chain is not waited for long', async () => {
  const { network, client } = await setting();
  const status = async () => {
    let value = '';
    client.middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        value = (result.response as { headers: Record<string, string> }).headers['x-cess-status'] ?? '';
        return result;
      },
      { step: 'deserialize', name: 'status', override: true },
    );
    await client.send(new HeadObjectCommand({ Bucket, Key }));
    return value;
  };
  try {
    network.chain.protection = 'proven';
    // Remembered for two seconds from the first question.
    await eventually(async () => (await status()) === 'proven', 'the status is asked for again');
  } finally {
    client.destroy();
    await network.stop();
  }
});

test('a chain that does not answer, or fails, leaves the status at declared', async () => {
  let now = 0;
  const nowMs = () => now;
  const isUnrecorded = async () => false;
  let asked = 0;
  const never = {
    protectionOf: () => {
      asked++;
      return new Promise<'proven'>(() => {});
    },
  };
  const silent = new Protection({ chain: never, isUnrecorded, nowMs, logger: silentLogger });
  assert.equal(await silent.statusOf([new Uint8Array(32)]), 'declared');
  for (let i = 0; i < 20; i++) assert.equal(await silent.statusOf([new Uint8Array(32).fill(i)]), 'declared');
  assert.equal(asked, 1, 'a chain that did not answer is not asked again at once');
  const failing = { protectionOf: () => Promise.reject(new Error('away')) };
  const broken = new Protection({ chain: failing, isUnrecorded, nowMs, logger: silentLogger });
  assert.equal(await broken.statusOf([new Uint8Array(32)]), 'declared');
  let questions = 0;
  const answering = {
    protectionOf: async () => {
      questions++;
      return 'tagged' as const;
    },
  };
  const protection = new Protection({ chain: answering, isUnrecorded, nowMs, logger: silentLogger });
  for (const at of [0, 1000, 1999, 2001]) {
    now = at;
    assert.equal(await protection.statusOf([new Uint8Array(32)]), 'tagged');
  }
  assert.equal(questions, 2);
  assert.equal(await protection.statusOf([]), 'proven');
});
