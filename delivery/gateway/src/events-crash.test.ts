// kill -9 of a gateway during changes of versions, lifecycle rules and the delivery of events: no event is dropped, none tells of
// a change that did not happen, and no version under a retention is gone. CESS_EVENT_CRASH_ROUNDS sets the number of kills.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { accountIdOf } from '@cess/access';
import { eventually } from '@cess/primitives/testing';
import { testCredentials, testOwner, testRegion } from './test-support/test-gateway.js';

const rounds = Number(process.env['CESS_EVENT_CRASH_ROUNDS'] ?? '5');
const program = fileURLToPath(new URL('./test-support/crash-child.js', import.meta.url));
const buckets = ['kept', 'expiring'] as const;
type Bucket = (typeof buckets)[number];

interface Told {
  readonly id: string;
  readonly eventName: string;
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
  readonly sequencer: string;
}

interface RecordedEvent {
  readonly eventName: string;
  readonly s3: {
    readonly bucket: { readonly name: string };
    readonly object: { readonly key: string; readonly versionId: string; readonly sequencer: string };
  };
}

/** The target: remembers what it accepted, and refuses or delays some requests. */
class Receiver {
  readonly told: Told[] = [];
  readonly #bodies = new Map<string, string>();
  readonly #server: Server;
  #requests = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        if (++this.#requests % 13 === 0) return response.writeHead(503).end();
        this.#accept(String(request.headers['webhook-id']), Buffer.concat(chunks).toString());
        return setTimeout(() => response.writeHead(204).end(), this.#requests % 5);
      });
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** A repetition has the same body. */
  #accept(id: string, body: string): void {
    const earlier = this.#bodies.get(id);
    if (earlier !== undefined) return assert.equal(body, earlier);
    this.#bodies.set(id, body);
    const { Records = [] } = JSON.parse(body) as { Records?: RecordedEvent[] };
    for (const { eventName, s3 } of Records) this.told.push({ id, eventName, bucket: s3.bucket.name, ...s3.object });
    return undefined;
  }

  has(eventName: RegExp, versionId: string): boolean {
    return this.told.some((one) => one.versionId === versionId && eventName.test(one.eventName));
  }
}

describe(`kill -9 of a gateway with events, ${rounds} times`, () => {
  const receiver = new Receiver();
  const folder = mkdtempSync(join(tmpdir(), 'cess-events-'));
  /** Version ids of acknowledged writes and of acknowledged removals. */
  const written: Record<Bucket, Set<string>> = { kept: new Set(), expiring: new Set() };
  const removed = new Set<string>();
  let url: string;
  let child: ChildProcess;
  let client: S3Client;

  before(async () => {
    url = await receiver.start();
    await start();
    for (const bucket of buckets) await prepare(bucket);
  });
  after(async () => {
    await kill();
    await receiver.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(): Promise<void> {
    child = spawn(process.execPath, [program, folder, url], { stdio: ['ignore', 'pipe', 'inherit'] });
    const endpoint = await new Promise<string>((resolve, reject) => {
      let output = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const found = /endpoint (\S+)\n/.exec(output)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}`)));
    });
    const common = { region: testRegion, credentials: testCredentials, forcePathStyle: true, maxAttempts: 1 };
    client = new S3Client({ ...common, endpoint });
  }

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    client.destroy();
  }

  async function prepare(Bucket: Bucket): Promise<void> {
    const isLocked = Bucket === 'kept';
    await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: isLocked }));
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const QueueArn = `arn:aws:sqs:${testRegion}:${accountIdOf(testOwner)}:hook`;
    const QueueConfigurations = [
      {
        QueueArn,
        Events: ['s3:ObjectCreated:*' as const, 's3:ObjectRemoved:*' as const, 's3:LifecycleExpiration:*' as const],
      },
    ];
    await client.send(
      new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: { QueueConfigurations } }),
    );
    const expiry = { NoncurrentVersionExpiration: { NoncurrentDays: 1 }, Filter: { Prefix: '' } };
    await client.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: { Rules: [{ ID: 'all', Status: 'Enabled', ...expiry }] },
      }),
    );
    if (!isLocked) return;
    const Rule = { DefaultRetention: { Mode: 'COMPLIANCE' as const, Days: 1 } };
    await client.send(
      new PutObjectLockConfigurationCommand({
        Bucket,
        ObjectLockConfiguration: { ObjectLockEnabled: 'Enabled', Rule },
      }),
    );
  }

  /** Writes, marks and removes versions until the gateway is gone. */
  async function change(Bucket: Bucket, lane: number): Promise<void> {
    for (let count = 0; ; count++) {
      const Key = `${lane}/${count % 3}`;
      try {
        const { VersionId = '' } = await client.send(new PutObjectCommand({ Bucket, Key, Body: '' }));
        written[Bucket].add(VersionId);
        if (count % 3 === 0) await client.send(new DeleteObjectCommand({ Bucket, Key }));
        if (count % 4 !== 0 || Bucket === 'kept') continue;
        await client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
        removed.add(VersionId);
      } catch {
        return;
      }
    }
  }

  async function listed(Bucket: Bucket): Promise<Set<string>> {
    const found = new Set<string>();
    let markers: { readonly KeyMarker?: string | undefined; readonly VersionIdMarker?: string | undefined } = {};
    for (;;) {
      const page = await client.send(new ListObjectVersionsCommand({ Bucket, ...markers }));
      for (const { VersionId = '' } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])]) found.add(VersionId);
      if (page.IsTruncated !== true) return found;
      markers = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    }
  }

  /** The versions that are left when nothing has been told for a while and lifecycle rules find nothing more. */
  async function settled(): Promise<Record<Bucket, Set<string>>> {
    let before = '';
    return eventually(
      async () => {
        const versions = { kept: await listed('kept'), expiring: await listed('expiring') };
        const now = [receiver.told.length, versions.kept.size, versions.expiring.size].join(' ');
        const isSettled = now === before;
        before = now;
        return isSettled ? versions : undefined;
      },
      'the end of deliveries and expiries',
      2_500,
    );
  }

  it('drops no event, tells of no change that did not happen, and removes no retained version', async () => {
    for (let round = 0; round < rounds; round++) {
      const changes = buckets.flatMap((bucket) => [0, 1, 2].map((lane) => change(bucket, lane)));
      await new Promise((resolve) => setTimeout(resolve, 1_000 + 150 * round));
      await kill();
      await Promise.all(changes);
      await start();
    }
    const versions = await settled();
    for (const versionId of written.kept) assert.ok(versions.kept.has(versionId), `retained version ${versionId}`);
    const all = new Set([...versions.kept, ...versions.expiring]);
    const created = /^ObjectCreated:Put$|DeleteMarkerCreated$/;
    const gone = /^(ObjectRemoved|LifecycleExpiration):Delete$/;
    for (const versionId of [...all, ...written.kept, ...written.expiring])
      assert.ok(receiver.has(created, versionId), `the event of the creation of ${versionId}`);
    for (const versionId of [...written.expiring, ...removed])
      assert.ok(all.has(versionId) || receiver.has(gone, versionId), `the event of the removal of ${versionId}`);
    for (const { eventName, versionId } of receiver.told) {
      const isListed = all.has(versionId);
      if (gone.test(eventName)) assert.ok(!isListed, `${versionId} is told to be removed`);
      else assert.ok(isListed || receiver.has(gone, versionId), `${versionId} is told to be created`);
    }
    assert.ok(receiver.told.some(({ eventName }) => eventName === 'LifecycleExpiration:Delete'));
    assert.ok(written.kept.size > rounds && removed.size > 0);
  });

  it('tells the changes of one object in their order', () => {
    const last = new Map<string, string>();
    for (const { bucket, key, sequencer } of receiver.told) {
      const name = `${bucket}/${key}`;
      assert.ok((last.get(name) ?? '') < sequencer, `${name} ${sequencer}`);
      last.set(name, sequencer);
    }
    assert.ok(last.size > 0);
  });
});
