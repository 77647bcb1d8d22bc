// STORE-6: every operation is on record, what changes something before it is done, and the record is anchored.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { type AuditEntry, readAuditLog, verifyAuditLog } from '@cess/audit-log';
import { eventually } from '@cess/primitives/testing';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway, testCredentials, testPorts } from '../test-support/test-gateway.js';
import { type AuditedRequest, AuditTrail } from './audit-trail.js';

async function entriesIn(folder: string): Promise<AuditEntry[]> {
  const found: AuditEntry[] = [];
  for await (const { entry } of readAuditLog(folder)) found.push(entry);
  return found;
}

describe('the audit log of a gateway', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cess-audit-'));
  let served: TestGateway;
  let client: S3Client;

  before(async () => {
    served = await startTestGateway({ auditDir: folder });
    client = sdkClient(served);
    await client.send(new CreateBucketCommand({ Bucket: 'box' }));
  });
  after(async () => {
    client.destroy();
    await served.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Short forms of the newest entries, once there are as many. */
  const newest = (count: number, from: number) =>
    eventually(async () => {
      const all = (await entriesIn(folder)).slice(from);
      return all.length >= count ? all : undefined;
    }, `${count} entries are written`);
  const length = async () => (await entriesIn(folder)).length;
  const short = ({ phase, operation, key, status, errorCode }: AuditEntry) =>
    [phase, operation, key, status, errorCode].join(' ');

  it('has two entries for what changes something, and one for what reads', async () => {
    const from = await length();
    await client.send(new PutObjectCommand({ Bucket: 'box', Key: 'a', Body: 'content' }));
    await (await client.send(new GetObjectCommand({ Bucket: 'box', Key: 'a' }))).Body?.transformToString();
    await client.send(new DeleteObjectCommand({ Bucket: 'box', Key: 'a' }));
    const entries = await newest(5, from);
    assert.deepEqual(entries.map(short).sort(), [
      'begun DeleteObject a 0 ',
      'begun PutObject a 0 ',
      'ended DeleteObject a 204 ',
      'ended GetObject a 200 ',
      'ended PutObject a 200 ',
    ]);
    const [put] = entries;
    assert.ok(put);
    assert.deepEqual([put.bucket, put.accessKeyId, put.source], ['box', testCredentials.accessKeyId, '127.0.0.1']);
    assert.match(put.principal, /^arn:aws:iam::\d{12}:root$/);
    assert.equal(entries.filter(({ requestId }) => requestId === put.requestId).length, 2);
  });

  it('has an entry for what is refused, with the reason and whoever claimed to ask', async () => {
    const from = await length();
    await assert.rejects(client.send(new HeadObjectCommand({ Bucket: 'box', Key: 'none' })));
    const stranger = sdkClient(served, { credentials: { ...testCredentials, secretAccessKey: 'wrong' } });
    await assert.rejects(stranger.send(new PutObjectCommand({ Bucket: 'box', Key: 'a', Body: 'x' })));
    stranger.destroy();
    await fetch(`${served.gateway.s3Endpoint}/box/a`, { method: 'DELETE' });
    const entries = await newest(3, from);
    assert.deepEqual(entries.map(short), [
      'ended HeadObject none 404 NoSuchKey',
      'ended none a 403 SignatureDoesNotMatch',
      'ended DeleteObject a 403 AccessDenied',
    ]);
    assert.deepEqual(
      entries.map(({ accessKeyId, principal }) => [
        accessKeyId === testCredentials.accessKeyId,
        principal === 'anonymous',
      ]),
      [
        [true, false],
        [true, false],
        [false, true],
      ],
    );
  });

  it('is anchored, and the anchors prove it', async () => {
    const written = await length();
    await eventually(() => (served.chain.anchors.at(-1)?.[1].sequence ?? 0) >= written, 'all entries are anchored');
    const check = await verifyAuditLog(
      folder,
      served.chain.anchors.map(([, position]) => position),
    );
    assert.deepEqual([check.damage, check.contradicted], [undefined, []]);
    assert.ok(check.anchored >= written);
  });

  it('stops changes, and no reads, while it cannot be written', async () => {
    await client.send(new PutObjectCommand({ Bucket: 'box', Key: 'kept', Body: 'content' }));
    const other = mkdtempSync(join(tmpdir(), 'cess-audit-'));
    const blocked = await startTestGateway({ auditDir: other, kv: served.kv });
    rmSync(other, { recursive: true, force: true });
    const limited = sdkClient(blocked);
    const put = new PutObjectCommand({ Bucket: 'box', Key: 'kept', Body: 'changed' });
    await refuses('ServiceUnavailable', 503, limited.send(put));
    await limited.send(new HeadObjectCommand({ Bucket: 'box', Key: 'kept' }));
    limited.destroy();
    await blocked.stop();
  });
});

describe('anchors of an audit log', () => {
  const request: AuditedRequest = {
    timeMs: 1,
    requestId: 'R',
    operation: 'PutObject',
    principal: '',
    accessKeyId: '',
    source: '',
    userAgent: '',
    bucket: '',
    key: '',
    versionId: '',
  };

  it('notice that the folder is older than what was anchored', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cess-audit-'));
    const sequence = 5;
    const anchored: number[] = [];
    const trail = new AuditTrail({
      ...testPorts,
      folder,
      chain: {
        anchorOf: async () => ({ sequence, head: new Uint8Array(32) }),
        anchor: async (_log, position) => void anchored.push(position.sequence),
      },
      anchorIntervalMs: 3_600_000,
    });
    await trail.start();
    for (let entry = 1; entry <= sequence; entry++) {
      await trail.begin(request);
      await trail.anchorNow();
      assert.ok(trail.isBehind);
    }
    assert.deepEqual(anchored, []);
    await trail.begin(request);
    await trail.anchorNow();
    assert.deepEqual([trail.isBehind, anchored, trail.anchored], [false, [6], 6]);
    await trail.stop();
    rmSync(folder, { recursive: true });
  });
});
