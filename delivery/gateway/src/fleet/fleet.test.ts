// Gateways that share one index in PostgreSQL: they serve the same buckets, one does the background work, another takes it over.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { type PostgresCluster, skipWithoutPostgres, startPostgres } from '@cess/object-index/testing';
import { noMetrics, silentLogger, throwFatal } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { admin } from '../test-support/admin-client.js';
import { credentialsOf, query } from '../test-support/query-client.js';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../test-support/test-gateway.js';
import { type OpenFleet, openFleet } from './open-fleet.js';

interface Member {
  readonly fleet: OpenFleet;
  readonly test: TestGateway;
  leave(): Promise<void>;
}

const iam = { Version: '2010-05-08' };
const quotaBytes = 40_000_000;
const network = new Uint8Array(32).fill(7);
let cluster: PostgresCluster;
let url: string;
let members: Member[];

async function join(member: string, over?: TestGateway, options: TestGatewayOptions = {}): Promise<Member> {
  const ports = { logger: silentLogger, metrics: noMetrics, onFatal: throwFatal };
  const fleet = await openFleet({ url, member }, network, ports);
  const test = await startTestGateway({ ...options, fleet, quotaBytes, ...(over === undefined ? {} : { over }) });
  const joined = {
    fleet,
    test,
    leave: once(async () => {
      await test.gateway.stop();
      await fleet.close();
    }),
  };
  members.push(joined);
  return joined;
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}

const client = ({ test }: Member) => sdkClient(test);

describe('a fleet of gateways', { skip: skipWithoutPostgres }, () => {
  before(async () => {
    cluster = await startPostgres();
  });
  after(() => cluster.stop());
  beforeEach(async () => {
    url = await cluster.createDatabase();
    members = [];
  });
  afterEach(async () => {
    await Promise.all(members.map(({ leave }) => leave()));
    await Promise.all((members[0]?.test.providers ?? []).map((provider) => provider.stop()));
  });

  it('serves what any of its gateways stored', async () => {
    const one = await join('one');
    const two = await join('two', one.test);
    await client(one).send(new CreateBucketCommand({ Bucket: 'shared' }));
    await client(one).send(new PutObjectCommand({ Bucket: 'shared', Key: 'a', Body: 'from one' }));
    await client(two).send(new PutObjectCommand({ Bucket: 'shared', Key: 'b', Body: 'from two' }));
    for (const member of [one, two]) {
      const { Contents = [] } = await client(member).send(new ListObjectsV2Command({ Bucket: 'shared' }));
      assert.deepEqual(
        Contents.map(({ Key }) => Key),
        ['a', 'b'],
      );
      const body = async (Key: string) =>
        (await client(member).send(new GetObjectCommand({ Bucket: 'shared', Key }))).Body?.transformToString();
      assert.deepEqual([await body('a'), await body('b')], ['from one', 'from two']);
    }
    await eventually(() => one.test.chain.files.size === 2, 'both files are declared');
  });

  it('has one gateway that does the background work, and another takes it over when that one leaves', async () => {
    const one = await join('one');
    const two = await join('two', one.test);
    assert.deepEqual([one.fleet.member.hasLease, two.fleet.member.hasLease], [true, false]);
    await client(two).send(new CreateBucketCommand({ Bucket: 'shared' }));
    one.test.chain.stalled = true;
    await client(two).send(new PutObjectCommand({ Bucket: 'shared', Key: 'a', Body: 'stored' }));
    assert.equal(await two.test.gateway.backlog(), 1);
    await one.leave();
    one.test.chain.stalled = false;
    await eventually(() => two.test.chain.files.size === 1, 'the other gateway declares');
    await eventually(async () => (await two.test.gateway.backlog()) === 0, 'the declaration is settled');
    assert.equal(two.fleet.member.hasLease, true);
  });

  it('has the usage of accounts sampled by the gateway with the background work, shows it at each, and goes on when that one leaves', async () => {
    const options = { usageSampleMs: 100 };
    const one = await join('one', undefined, options);
    const two = await join('two', one.test, options);
    const sampledBytes = async ({ test }: Member) => {
      const { json } = await admin(test, 'GET', '/account/usage');
      return (json['samples'] as { bytes: number }[]).at(-1)?.bytes;
    };
    await client(two).send(new CreateBucketCommand({ Bucket: 'shared' }));
    await client(two).send(new PutObjectCommand({ Bucket: 'shared', Key: 'a', Body: 'stored' }));
    for (const member of [one, two])
      await eventually(async () => (await sampledBytes(member)) === 6, 'the object is in a sample');
    assert.deepEqual([one.fleet.member.hasLease, two.fleet.member.hasLease], [true, false]);
    await client(one).send(new GetObjectCommand({ Bucket: 'shared', Key: 'a' }));
    // What both answered, once: two requests at one, one at the other.
    const requests = async ({ test }: Member) => {
      const { json } = await admin(test, 'GET', '/account/usage');
      return (json['samples'] as { requests: number }[]).reduce((sum, sample) => sum + sample.requests, 0);
    };
    for (const member of [one, two])
      await eventually(async () => (await requests(member)) === 3, 'the requests of both are added');
    await one.leave();
    await client(two).send(new PutObjectCommand({ Bucket: 'shared', Key: 'b', Body: 'more' }));
    await eventually(async () => (await sampledBytes(two)) === 10, 'the other gateway samples');
    await eventually(async () => (await requests(two)) === 4, 'requests are added to those of a member that left');
  });

  it('rejects what a gateway writes that lost its lease while it stood still', async () => {
    const one = await join('one');
    const stale = one.test.gateway.index.fencedBy({ token: () => ({ lease: 'background', token: 1 }) });
    await stale.writeNote(Uint8Array.of(0, 1), Uint8Array.of(1));
    await one.leave();
    const two = await join('two', one.test);
    await eventually(() => two.fleet.member.hasLease, 'the lease changes its holder');
    const late = two.test.gateway.index.fencedBy({ token: () => ({ lease: 'background', token: 1 }) });
    await assert.rejects(late.writeNote(Uint8Array.of(0, 1), Uint8Array.of(2)), { code: 'GATEWAY_LEASE_LOST' });
    assert.deepEqual(await two.test.gateway.index.readNote(Uint8Array.of(0, 1)), Uint8Array.of(1));
  });

  it('never promises more space than the chain has locked, whichever gateways are asked', async () => {
    const one = await join('one');
    const two = await join('two', one.test);
    await client(one).send(new CreateBucketCommand({ Bucket: 'shared' }));
    one.test.chain.stalled = true;
    const body = Buffer.alloc(4_000_000);
    const outcomes: PromiseSettledResult<unknown>[] = [];
    for (let n = 0; n < 5; n++)
      outcomes.push(
        ...(await Promise.allSettled(
          [one, two].map((member) =>
            client(member).send(
              new PutObjectCommand({ Bucket: 'shared', Key: `${member.fleet.member.name}-${n}`, Body: body }),
            ),
          ),
        )),
      );
    const stored = outcomes.filter(({ status }) => status === 'fulfilled').length;
    assert.ok(stored > 0 && stored < outcomes.length, `${stored} uploads`);
    let undeclared = 0;
    for await (const { entry } of one.test.gateway.index.outbox())
      undeclared += (await one.test.gateway.index.getFile(entry.value))?.storedBytes ?? 0;
    assert.ok(undeclared <= quotaBytes, `${undeclared} of ${quotaBytes} bytes`);
  });

  it('answers 503 while the database is away, and goes on when it is back', async () => {
    const one = await join('one');
    await client(one).send(new CreateBucketCommand({ Bucket: 'shared' }));
    await client(one).send(new PutObjectCommand({ Bucket: 'shared', Key: 'a', Body: 'stored' }));
    await cluster.kill();
    await refuses('ServiceUnavailable', 503, client(one).send(new GetObjectCommand({ Bucket: 'shared', Key: 'a' })));
    await refuses(
      'ServiceUnavailable',
      503,
      client(one).send(new PutObjectCommand({ Bucket: 'shared', Key: 'b', Body: 'not stored' })),
    );
    await cluster.start();
    await eventually(
      () =>
        client(one)
          .send(new PutObjectCommand({ Bucket: 'shared', Key: 'c', Body: 'stored' }))
          .then(
            () => true,
            () => false,
          ),
      'the gateway stores again',
    );
    const { Contents = [] } = await client(one).send(new ListObjectsV2Command({ Bucket: 'shared' }));
    assert.deepEqual(
      Contents.map(({ Key }) => Key),
      ['a', 'c'],
    );
  });

  it('knows users and their access keys at every gateway, and forgets revoked ones', async () => {
    const one = await join('one');
    const two = await join('two', one.test);
    await query(one.test, { ...iam, Action: 'CreateUser', UserName: 'ann' });
    await query(one.test, {
      ...iam,
      Action: 'AttachUserPolicy',
      UserName: 'ann',
      PolicyArn: 'arn:aws:iam::aws:policy/cess/reader',
    });
    const credentials = credentialsOf(await query(one.test, { ...iam, Action: 'CreateAccessKey', UserName: 'ann' }));
    const ann = sdkClient(two.test, { credentials });
    await client(one).send(new CreateBucketCommand({ Bucket: 'shared' }));
    assert.equal((await ann.send(new ListObjectsV2Command({ Bucket: 'shared' }))).KeyCount, 0);
    await query(one.test, { ...iam, Action: 'DeleteAccessKey', UserName: 'ann', AccessKeyId: credentials.accessKeyId });
    await eventually(
      () =>
        ann.send(new ListObjectsV2Command({ Bucket: 'shared' })).then(
          () => false,
          (error: { name: string }) => error.name === 'InvalidAccessKeyId',
        ),
      'the other gateway forgets the key',
    );
  });
});
