// The data path over real sockets: what is stored comes back equal, whatever some providers do (STORE-4).

import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { eventually } from '@cess/primitives/testing';
import type { Fault, RequestKind } from './test-support/scripted-provider.js';
import { startTestGateway, type TestGateway, testCredentials, testRegion } from './test-support/test-gateway.js';

const bucket = 'data-path';
const sizes = [0, 1, 4096, 65_519, 65_520, 65_521, 1_048_576, 4_194_304, 4_194_305, 33_554_431, 33_554_433];

function clientOf(test: TestGateway): S3Client {
  return new S3Client({
    endpoint: test.gateway.s3Endpoint,
    region: testRegion,
    credentials: testCredentials,
    forcePathStyle: true,
    maxAttempts: 1,
  });
}

async function putAndGet(client: S3Client, key: string, body: Uint8Array): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
  await getEqual(client, key, body);
}

async function getEqual(client: S3Client, key: string, body: Uint8Array): Promise<void> {
  const answer = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const received = await answer.Body!.transformToByteArray();
  assert.equal(createHash('sha256').update(received).digest('hex'), createHash('sha256').update(body).digest('hex'));
}

describe('data path', () => {
  let test: TestGateway;
  let client: S3Client;
  before(async () => {
    test = await startTestGateway();
    client = clientOf(test);
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
  });
  after(async () => {
    client.destroy();
    await test.stop();
  });
  const healAll = () => {
    for (const provider of test.providers) provider.fault = () => 'none';
  };

  for (const size of sizes) {
    it(`STORE-1: ${size} bytes are stored and read back equal`, async () => {
      await putAndGet(client, `size/${size}`, randomBytes(size));
    });
  }

  it('reads any range of an object that spans segments', async () => {
    const body = randomBytes(40_000_000);
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'ranges', Body: body }));
    for (const [first, last] of [
      [0, 0],
      [65_519, 65_521],
      [1_000_000, 5_000_000],
      [33_554_000, 33_560_000],
      [39_999_999, 39_999_999],
    ] as const) {
      const answer = await client.send(
        new GetObjectCommand({ Bucket: bucket, Key: 'ranges', Range: `bytes=${first}-${last}` }),
      );
      assert.deepEqual(Buffer.from(await answer.Body!.transformToByteArray()), body.subarray(first, last + 1));
    }
  });

  it('DATA-8: every fragment sits with another provider, and the file is declared with all its holders', async () => {
    const before = test.chain.files.size;
    await putAndGet(client, 'declared', randomBytes(100_000));
    await eventually(
      async () => test.chain.files.size > before && (await test.gateway.backlog()) === 0,
      'the declaration',
    );
    const { declaration } = [...test.chain.files.values()].at(-1)!;
    const holders = declaration.segments[0]!.fragments.map(({ holder }) => holder);
    assert.equal(new Set(holders).size, 12);
    assert.ok(!holders.includes(undefined));
  });

  const faults: readonly Fault[] = ['stall', 'reset', 'garbage', 'lie', 'refuse'];
  for (const fault of faults) {
    for (const kind of ['put', 'get'] as const satisfies RequestKind[]) {
      it(`STORE-4: four providers that ${fault} every ${kind} are not noticed by the client`, async () => {
        for (const provider of test.providers.slice(0, 4))
          provider.fault = (asked) => (asked === kind ? fault : 'none');
        await putAndGet(client, `fault/${fault}/${kind}`, randomBytes(5_000_000));
        healAll();
      });
    }
  }

  it('STORE-4: any 8 of the 12 holders may lose everything', async () => {
    const body = randomBytes(9_000_000);
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'wiped', Body: body }));
    const holders = test.providers.filter(({ places }) => places.size > 0);
    const saved = holders.map((provider) => new Map(provider.fragments));
    const object = (await test.gateway.index.getObject({ bucket, key: 'wiped' }))!;
    const segment = (await test.gateway.index.getSegment(object.extents[0]!.fileId, 0))!;
    const lost = segment.fragments.slice(0, 8).map(({ holder }) => holder!);
    for (const index of lost) test.providers[index]!.wipe();
    await getEqual(client, 'wiped', body);
    holders.forEach((provider, index) => {
      for (const [root, bytes] of saved[index]!) provider.fragments.set(root, bytes);
    });
  });

  it('STORE-4: a flipped byte on a disk is never served', async () => {
    const body = randomBytes(3_000_000);
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'rot', Body: body }));
    for (const provider of test.providers.slice(0, 4)) provider.rot();
    await getEqual(client, 'rot', body);
    for (const provider of test.providers.slice(0, 4)) provider.rot();
  });

  it('a holder that does not attest becomes a hole that is filled elsewhere', async () => {
    const body = randomBytes(200_000);
    for (const provider of test.providers.slice(0, 6))
      provider.fault = (kind) => (kind === 'holdings' ? 'refuse' : 'none');
    const placed = test.chain.placements.length;
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'holes', Body: body }));
    await eventually(async () => (await test.gateway.backlog()) === 0, 'the declaration');
    healAll();
    await eventually(
      async () => test.chain.placements.length > placed && (await test.gateway.index.listHoles(10)).length === 0,
      'the filling',
    );
    await getEqual(client, 'holes', body);
  });

  it('STORE-15: holders that the chain refuses at declaration become holes that are filled elsewhere', async () => {
    for (const provider of [0, 1, 2, 3]) test.chain.refusedHolders.add(provider);
    const body = randomBytes(300_000);
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'refused-holders', Body: body }));
    const { fileId } = (await test.gateway.index.getObject({ bucket, key: 'refused-holders' }))!.extents[0]!;
    await eventually(async () => (await test.gateway.index.getFile(fileId))?.state === 'declared', 'the declaration');
    await eventually(async () => (await test.gateway.index.listHoles(10)).length === 0, 'the filling');
    const { fragments } = (await test.gateway.index.getSegment(fileId, 0))!;
    assert.ok(fragments.every(({ holder, attested }) => attested && holder !== undefined && holder > 3));
    assert.equal(new Set(fragments.map(({ holder }) => holder)).size, fragments.length);
    test.chain.refusedHolders.clear();
    await getEqual(client, 'refused-holders', body);
  });

  it('holes of one segment are filled on distinct providers', async () => {
    const { index } = test.gateway;
    for (const key of ['four-holes/1', 'four-holes/2', 'four-holes/3']) {
      for (const provider of test.providers) provider.fault = (kind) => (kind === 'holdings' ? 'refuse' : 'none');
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: randomBytes(20_000) }));
      const fileId = (await index.getObject({ bucket, key }))?.extents[0]?.fileId ?? new Uint8Array();
      const holders = async () => ((await index.getSegment(fileId, 0))?.fragments ?? []).map(({ holder }) => holder);
      const silent = new Set((await holders()).slice(0, 4));
      test.providers.forEach((provider, at) => {
        if (!silent.has(at)) provider.fault = () => 'none';
      });
      await eventually(async () => (await test.gateway.backlog()) === 0, 'the declaration');
      await eventually(async () => (await index.listHoles(10)).length === 0, 'the filling');
      const filled = await holders();
      assert.equal(new Set(filled).size, 12, filled.join());
      assert.ok(!filled.some((holder) => silent.has(holder)));
    }
    healAll();
  });

  it('STORE-5: a deleted object is deleted on chain', async () => {
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'doomed', Body: randomBytes(5000) }));
    await eventually(async () => (await test.gateway.backlog()) === 0, 'the declaration');
    const declared = test.chain.files.size;
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'doomed' }));
    await eventually(
      async () => test.chain.files.size === declared - 1 && (await test.gateway.backlog()) === 0,
      'the deletion',
    );
  });

  it('uploads go on while the chain stands still, and are declared when it moves again', async () => {
    test.chain.stalled = true;
    const before = test.chain.files.size;
    for (let i = 0; i < 5; i++) await putAndGet(client, `stalled/${i}`, randomBytes(10_000));
    assert.equal(test.chain.files.size, before);
    test.chain.stalled = false;
    await eventually(
      async () => test.chain.files.size === before + 5 && (await test.gateway.backlog()) === 0,
      'the declarations',
    );
  });
});

describe('data path at its limits', () => {
  it('with 12 of 16 providers alive uploads go on; below the quorum they are refused with 503 and nothing is entered', async () => {
    const test = await startTestGateway();
    const client = clientOf(test);
    try {
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      for (const provider of test.providers.slice(0, 4)) await provider.stop();
      await putAndGet(client, 'twelve', randomBytes(1_000_000));
      for (const provider of test.providers.slice(4, 9)) await provider.stop();
      const refused = client.send(new PutObjectCommand({ Bucket: bucket, Key: 'seven', Body: randomBytes(1000) }));
      await assert.rejects(refused, (error: { name: string; $metadata: { httpStatusCode: number } }) => {
        assert.equal(error.name, 'ServiceUnavailable');
        assert.equal(error.$metadata.httpStatusCode, 503);
        return true;
      });
      assert.equal(await test.gateway.index.getObject({ bucket, key: 'seven' }), undefined);
    } finally {
      client.destroy();
      await test.stop();
    }
  });

  it('beyond the locked quota an upload is refused and its fragments are not kept', async () => {
    const test = await startTestGateway({ quotaBytes: 100_000 });
    const client = clientOf(test);
    try {
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      await putAndGet(client, 'fits', randomBytes(20_000));
      const refused = client.send(
        new PutObjectCommand({ Bucket: bucket, Key: 'too-much', Body: randomBytes(200_000) }),
      );
      await assert.rejects(refused, { name: 'AccessDenied' });
      assert.equal(await test.gateway.index.getObject({ bucket, key: 'too-much' }), undefined);
    } finally {
      client.destroy();
      await test.stop();
    }
  });
});
