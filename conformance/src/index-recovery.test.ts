// The index of a gateway from the network alone (STORE-13, OSS-2): its folder is deleted, and the next start recovers it. With
// CESS_SOAK set, 100 kills and 10 deletions under load.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

import { eventually } from '@cess/primitives/testing';
import { sdkClient } from './support/drivers.js';
import { TestNetwork } from './support/network.js';
import { ordersOf } from './support/recovered-index.js';
import { SmallLoad } from './support/small-load.js';
import { type RoleProcess, spawnRole } from './support/spawn-role.js';

const isSoak = process.env['CESS_SOAK'] !== undefined;
const deletions = isSoak ? 10 : 1;
const killsPerDeletion = isSoak ? 10 : 2;
/** How old a change may be that the network does not have: the promise is a minute. */
const newestMs = 60_000;
const partBytes = 5 * 1024 * 1024;

interface KeyRecord {
  readonly address: string;
  readonly [name: string]: string;
}

interface BucketShown {
  readonly keyRotation?: { readonly finishedAt?: string };
}

interface Report {
  readonly owners: readonly { readonly asOf: string; readonly gateway: string }[];
  readonly unknown: readonly { readonly orderId: string; readonly storedAtMs: number | null }[];
  readonly silentProviders: readonly number[];
}

const network = await TestNetwork.create({ environment: { CESS_INDEX_EXPORT_SECONDS: '2' } });
const gatewayFolder = join(network.home, 'gateway');
let client: S3Client;

before(async () => {
  await network.start();
  client = sdkClient(network.credentials);
});
after(async () => {
  client?.destroy();
  await network.destroy();
});

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function bodyOf(bucket: string, key: string, versionId?: string): Promise<Uint8Array> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key, VersionId: versionId }));
  assert.ok(Body !== undefined);
  return Body.transformToByteArray();
}

/** Resolves when the network has every change of the index. */
function exported(): Promise<true> {
  return eventually(async () => {
    const { gateway } = (await network.cess('status')) as { gateway: { unexportedSeconds: number | null } };
    return gateway.unexportedSeconds === 0 ? true : undefined;
  }, 'the network has every change of the index');
}

/** Kills the network and takes the folder of the gateway away; gives where it is kept. */
async function loseFolder(): Promise<string> {
  await network.kill();
  const lost = `${gatewayFolder}-lost`;
  rmSync(lost, { recursive: true, force: true });
  renameSync(gatewayFolder, lost);
  return lost;
}

async function startRecovered(): Promise<Report> {
  await network.start();
  client.destroy();
  client = sdkClient(network.credentials);
  return JSON.parse(readFileSync(join(gatewayFolder, 'recovery.json'), 'utf8')) as Report;
}

describe('a gateway whose folder is deleted', () => {
  const contents = new Map<string, Uint8Array>([
    ['empty', new Uint8Array(0)],
    ['small', randomBytes(4_000)],
    ['large', randomBytes(40_000_000)],
  ]);
  const versions: string[] = [];
  let uploadId: string | undefined;
  let part: { ETag: string | undefined; PartNumber: number };

  before(async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'plain' }));
    await client.send(new CreateBucketCommand({ Bucket: 'versions' }));
    for (const [Key, Body] of contents) {
      await client.send(new PutObjectCommand({ Bucket: 'plain', Key, Body, Tagging: 'kind=test' }));
    }
    const Status = 'Enabled';
    await client.send(new PutBucketVersioningCommand({ Bucket: 'versions', VersioningConfiguration: { Status } }));
    for (const Body of ['one', 'two']) {
      const put = await client.send(new PutObjectCommand({ Bucket: 'versions', Key: 'a', Body }));
      versions.push(put.VersionId ?? assert.fail());
    }
    await client.send(new DeleteObjectCommand({ Bucket: 'versions', Key: 'a' }));
    const Statement = [{ Effect: 'Deny', Principal: '*', Action: 's3:DeleteBucket', Resource: 'arn:aws:s3:::plain' }];
    await client.send(
      new PutBucketPolicyCommand({
        Bucket: 'plain',
        Policy: JSON.stringify({ Version: '2012-10-17', Statement }),
      }),
    );
    await network.cess('user', 'create', 'ana', '--policy', 'reader');
    const upload = { Bucket: 'plain', Key: 'in-parts' };
    ({ UploadId: uploadId } = await client.send(new CreateMultipartUploadCommand(upload)));
    const Body = new Uint8Array(partBytes).fill(1);
    const { ETag } = await client.send(new UploadPartCommand({ ...upload, UploadId: uploadId, PartNumber: 1, Body }));
    part = { ETag, PartNumber: 1 };
    await exported();
    const lost = await loseFolder();
    const { unknown } = await startRecovered();
    const known = new Set((await ordersOf(lost, 'plain')).values());
    assert.deepEqual(
      unknown.filter(({ orderId }) => known.has(orderId)),
      [],
      'the network had every object',
    );
  });

  it('STORE-13: has every object with its content and tags', async () => {
    for (const [key, body] of contents) assert.equal(digestOf(await bodyOf('plain', key)), digestOf(body), key);
    const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket: 'plain', Key: 'small' }));
    assert.deepEqual(TagSet, [{ Key: 'kind', Value: 'test' }]);
  });

  it('has versions and delete markers', async () => {
    const { Versions, DeleteMarkers } = await client.send(new ListObjectVersionsCommand({ Bucket: 'versions' }));
    assert.deepEqual(
      Versions?.map(({ VersionId }) => VersionId),
      versions.toReversed(),
    );
    assert.equal(DeleteMarkers?.length, 1);
    assert.equal(Buffer.from(await bodyOf('versions', 'a', versions[0])).toString(), 'one');
  });

  it('has policies of buckets, and users', async () => {
    const { Policy } = await client.send(new GetBucketPolicyCommand({ Bucket: 'plain' }));
    assert.match(Policy ?? '', /s3:DeleteBucket/);
    await assert.rejects(client.send(new DeleteBucketCommand({ Bucket: 'plain' })), { name: 'AccessDenied' });
    const users = (await network.cess('user', 'list')) as readonly Record<string, unknown>[];
    assert.match(JSON.stringify(users), /ana/);
  });

  it('goes on with an upload that was under way', async () => {
    const upload = { Bucket: 'plain', Key: 'in-parts', UploadId: uploadId };
    const { Parts } = await client.send(new ListPartsCommand(upload));
    assert.deepEqual(
      Parts?.map(({ PartNumber }) => PartNumber),
      [1],
    );
    const Body = randomBytes(1_000);
    const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber: 2, Body }));
    await client.send(
      new CompleteMultipartUploadCommand({
        ...upload,
        MultipartUpload: { Parts: [part, { ETag, PartNumber: 2 }] },
      }),
    );
    const expected = Buffer.concat([Buffer.alloc(partBytes, 1), Body]);
    assert.equal(digestOf(await bodyOf('plain', 'in-parts')), digestOf(expected));
  });

  it('is sound by its own check, and exports again', async () => {
    await exported();
    await loseFolder();
    await startRecovered();
    for (const [key, body] of contents) assert.equal(digestOf(await bodyOf('plain', key)), digestOf(body), key);
    await network.interrupt();
    const checked = await network.cess('gateway', 'check', gatewayFolder);
    assert.equal((checked as { sound: boolean }).sound, true, JSON.stringify(checked));
    await network.start();
    client.destroy();
    client = sdkClient(network.credentials);
  });

  it('is not recovered into a folder that has an index', async () => {
    await assert.rejects(
      network.cess('gateway', 'recover', '--config', gatewayConfig(gatewayFolder)),
      /RECOVERY_FOLDER_NOT_EMPTY|KV_LOCKED/,
    );
  });
});

describe('a gateway that still exports its index', () => {
  it('is not recovered elsewhere with its own key, but with --force', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'busy' }));
    let isOver = false;
    const writing = (async () => {
      while (!isOver) await client.send(new PutObjectCommand({ Bucket: 'busy', Key: 'k', Body: randomBytes(100) }));
    })();
    let config = '';
    let attempts = 0;
    // A recovery sees that the gateway runs if an anchor comes while it works.
    const isRefused = async () => {
      config = gatewayConfig(join(network.home, `twin-${attempts++}`));
      const refusal = await network.cess('gateway', 'recover', '--config', config).then(() => '', String);
      return refusal.includes('RECOVERY_GATEWAY_ALIVE');
    };
    await eventually(isRefused, 'an anchor during a recovery').finally(() => {
      isOver = true;
    });
    await writing;
    const { owners } = (await network.cess('gateway', 'recover', '--config', config, '--force')) as Report;
    assert.equal(owners.length, 1);
  });
});

describe("another operator's gateway that the owner authorised", () => {
  const keyFile = join(network.home, 'second.json');
  let address: string;
  let second: RoleProcess;
  let copy: S3Client;
  let log = '';

  before(async () => {
    const made = (await network.cess('key', 'new', 'gateway', keyFile, '--plaintext-development')) as KeyRecord;
    address = made.address;
    await network.cess('account', 'transfer', address, '100');
    await network.cess('gateway', 'authorize', address);
    await client.send(new CreateBucketCommand({ Bucket: 'shared' }));
    await client.send(new PutObjectCommand({ Bucket: 'shared', Key: 'before', Body: 'one' }));
    const owner = (await network.cess('key', 'show')) as KeyRecord;
    const { owners } = JSON.parse(readFileSync(join(gatewayFolder, 'recovery.json'), 'utf8')) as Report;
    const account = {
      credentialsFile: join(network.home, 'credentials.json'),
      owner: owner.address,
      ownerKey: owner['encryption key (X25519)'],
      territory: 'default',
    };
    const follow = { gateway: owners[0]?.gateway, everySeconds: 1 };
    const more = { keyFile, accounts: [account], accountsFile: null, indexExport: null, follow };
    second = spawnRole('gateway', gatewayConfig(join(network.home, 'second'), more), process.env);
    for (const stream of [second.child.stdout, second.child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        log += chunk.toString();
      });
    }
    copy = sdkClient({ ...network.credentials, endpoint: await second.ready() }, { maxAttempts: 1 });
  });
  after(async () => {
    copy?.destroy();
    second?.child.kill('SIGKILL');
    await second?.ended;
  });

  /** What the second gateway has under a key; undefined while it has nothing, or cannot open it. */
  async function copied(Key: string): Promise<string | undefined> {
    try {
      const { Body } = await copy.send(new GetObjectCommand({ Bucket: 'shared', Key }));
      return await Body?.transformToString();
    } catch (error) {
      assert.ok(error instanceof Error && !(error instanceof assert.AssertionError));
      return undefined;
    }
  }

  it('OSS-2: serves the buckets with nothing but chain, providers and its own key, and follows them', async () => {
    assert.equal(await eventually(() => copied('before'), 'the object at the second gateway'), 'one');
    await client.send(new PutObjectCommand({ Bucket: 'shared', Key: 'later', Body: 'two' }));
    assert.equal(await eventually(() => copied('later'), 'a later object at the second gateway'), 'two');
    await client.send(new DeleteObjectCommand({ Bucket: 'shared', Key: 'before' }));
    await eventually(async () => ((await copied('before')) === undefined ? true : undefined), 'the deletion');
  });

  it('takes no changes', async () => {
    const put = copy.send(new PutObjectCommand({ Bucket: 'shared', Key: 'own', Body: 'x' }));
    await assert.rejects(put, { name: 'MethodNotAllowed' });
  });

  it("STORE-13: recovers the whole index with the owner's key, and finds it sound", async () => {
    await exported();
    const dataDir = join(network.home, 'taken-over');
    const { owners } = JSON.parse(readFileSync(join(gatewayFolder, 'recovery.json'), 'utf8')) as Report;
    const config = gatewayConfig(dataDir, { keyFile });
    const from = owners[0]?.gateway ?? assert.fail();
    const ownerKey = join(network.home, 'keys', 'owner.json');
    const recover = ['gateway', 'recover', '--config', config, '--owner-key', ownerKey, '--from', from];
    const report = (await network.cess(...recover)) as Report;
    assert.deepEqual(
      report.owners.map(({ gateway }) => gateway),
      [from],
    );
    const checked = (await network.cess('gateway', 'check', dataDir)) as { readonly sound: boolean };
    assert.equal(checked.sound, true, JSON.stringify(checked));
    await assert.rejects(network.cess(...recover), /RECOVERY_FOLDER_NOT_EMPTY/);
  });

  it('OSS-2: cannot open what is written after its authorization ended', async () => {
    await network.cess('gateway', 'revoke', address);
    await eventually(async () => {
      const { keyRotation } = (await network.cess('bucket', 'show', 'shared')) as BucketShown;
      return keyRotation?.finishedAt === undefined ? undefined : true;
    }, 'the rotation of the key of the bucket');
    await client.send(new PutObjectCommand({ Bucket: 'shared', Key: 'secret', Body: 'three' }));
    await exported();
    const isRefused = async () => (/does not open for this gateway/.test(log) ? true : undefined);
    await eventually(isRefused, 'the second gateway to find that it has no key');
    assert.equal(await copied('secret'), undefined);
    assert.equal(await copied('later'), 'two');
  });
});

describe(`kill -9 under load of small objects, ${killsPerDeletion * deletions} times, and ${deletions} lost folders`, () => {
  it('STORE-13: nothing acknowledged is lost but what the recovery lists from the last minute', async () => {
    await client.send(new CreateBucketCommand({ Bucket: 'load' }));
    const load = new SmallLoad('load');
    for (let deletion = 0; deletion < deletions; deletion++) {
      for (let kill = 0; kill < killsPerDeletion; kill++) {
        const running = load.run(client);
        await new Promise((resolve) => setTimeout(resolve, 4_000 + 500 * (kill % 3)));
        await network.kill();
        await running;
        await network.start();
        client.destroy();
        client = sdkClient(network.credentials);
        await load.verify(client, () => false);
      }
      const running = load.run(client);
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      const lost = await loseFolder();
      await running;
      const lostAtMs = Date.now();
      const { unknown, silentProviders } = await startRecovered();
      assert.deepEqual(silentProviders, []);
      const listed = new Set(unknown.map(({ orderId }) => orderId));
      const orders = await ordersOf(lost, 'load');
      let missing = 0;
      await load.verify(client, (key, acknowledgedAtMs) => {
        const order = orders.get(key);
        assert.ok(order !== undefined && listed.has(order), `${key} is lost, and the recovery does not list its order`);
        assert.ok(lostAtMs - acknowledgedAtMs < newestMs, `${key} is lost, and it was older than a minute`);
        missing++;
        return true;
      });
      console.log(`${load.size} objects, ${missing} lost in ${listed.size} listed orders`);
      load.forgetMissing();
    }
  });
});

describe('files of an exported index', () => {
  const listed = async () => (await network.cess('file', 'list')) as readonly { readonly content: string }[];

  it('are told from data, and deleted only when that is asked for', async () => {
    await exported();
    const files = await listed();
    const data = files.filter(({ content }) => content === 'data').length;
    assert.ok(data > 0 && data < files.length);
    await network.cess('file', 'delete', '--owner-files', '--yes');
    assert.ok((await listed()).some(({ content }) => content === 'index'));
    await assert.rejects(network.cess('file', 'delete', '--with-index', '--yes'), /FILE_SELECTION_INVALID/);
    await assert.rejects(network.cess('file', 'delete', '--owner-files', '--with-index'), /FILE_DELETION_UNCONFIRMED/);
  });
});

function gatewayConfig(dataDir: string, more: object = {}): string {
  const file = join(network.home, 'recover.json');
  const home = (name: string) => join(network.home, name);
  writeFileSync(
    file,
    JSON.stringify({
      chainSpecFile: home('chain-spec.json'),
      chainRpc: network.rpc,
      dataDir,
      keyFile: home('keys/gateway.json'),
      s3Port: 0,
      endpoint: network.credentials.endpoint,
      accounts: [],
      accountsFile: home('accounts.json'),
      ...more,
    }),
  );
  return file;
}
