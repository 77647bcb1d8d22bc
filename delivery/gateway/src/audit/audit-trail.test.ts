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
import {
  type AuditEntry,
  type LogPosition,
  neverAnchored,
  readAuditLog,
  verifyAuditLog,
  withAnchor,
} from '@cess/audit-log';
import { CessError } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { refuses, sdkClient } from '../test-support/sdk-client.js';
import { startTestGateway, type TestGateway, testCredentials, testPorts } from '../test-support/test-gateway.js';
import { type AuditedRequest, AuditTrail, type AuditTrailInit } from './audit-trail.js';

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

async function entriesIn(folder: string): Promise<AuditEntry[]> {
  const found: AuditEntry[] = [];
  for await (const { entry } of readAuditLog(folder)) found.push(entry);
  return found;
}

/** A folder that can be made, but whose path is so long that the system refuses every file in it. */
function folderWithoutRoomForNames(parent: string): string {
  const longestPath = 4_095;
  let folder = parent;
  while (folder.length < longestPath - 200) folder = join(folder, 'x'.repeat(150));
  return join(folder, 'x'.repeat(longestPath - 5 - folder.length));
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
    const check = await verifyAuditLog(folder, await served.chain.anchorsOf('audit'));
    assert.ok(check.isSound);
    assert.equal(check.agreeing, served.chain.anchors.length);
    assert.ok(check.anchored >= written);
  });

  it('stops changes, and no reads, while it cannot be written', async () => {
    await client.send(new PutObjectCommand({ Bucket: 'box', Key: 'kept', Body: 'content' }));
    const other = mkdtempSync(join(tmpdir(), 'cess-audit-'));
    const blocked = await startTestGateway({ auditDir: folderWithoutRoomForNames(other), kv: served.kv });
    const limited = sdkClient(blocked);
    const put = new PutObjectCommand({ Bucket: 'box', Key: 'kept', Body: 'changed' });
    await refuses('ServiceUnavailable', 503, limited.send(put));
    await limited.send(new HeadObjectCommand({ Bucket: 'box', Key: 'kept' }));
    limited.destroy();
    await blocked.stop();
    rmSync(other, { recursive: true });
  });
});

describe('anchors of an audit log', () => {
  /** A trail over `folder`, and the anchors of its chain. */
  function trailOf(folder: string, anchors: LogPosition[], init: Partial<AuditTrailInit> = {}) {
    const chain = {
      anchorsOf: async () => anchors.reduce(withAnchor, neverAnchored),
      anchor: async (_log: string, position: LogPosition) => void anchors.push(position),
    };
    return new AuditTrail({ ...testPorts, nowMs: () => 0, folder, chain, anchorIntervalMs: 3_600_000, ...init });
  }
  const newFolder = () => mkdtempSync(join(tmpdir(), 'cess-audit-'));
  const foreign = (sequence: number): LogPosition => ({ sequence, head: new Uint8Array(32) });

  it('notice that the folder is older than what was anchored, and go on behind it', async () => {
    const folder = newFolder();
    const anchors = [foreign(5)];
    const trail = trailOf(folder, anchors);
    await trail.start();
    for (let entry = 1; entry <= 5; entry++) {
      await trail.begin(request);
      await trail.maintain();
      assert.ok(trail.isBehind);
    }
    assert.equal(anchors.length, 1);
    await trail.begin(request);
    await trail.maintain();
    assert.deepEqual([trail.isBehind, anchors.length, trail.anchored], [false, 2, 6]);
    await trail.stop();
    const check = await verifyAuditLog(folder, anchors.reduce(withAnchor, neverAnchored));
    assert.deepEqual([check.contradicted.map(({ sequence }) => sequence), check.agreeing], [[5], 1]);
    rmSync(folder, { recursive: true });
  });

  it('are submitted again when their outcome is not known', async () => {
    for (const isLost of [true, false]) {
      const folder = newFolder();
      const anchors: LogPosition[] = [];
      const first = trailOf(folder, anchors, {
        chain: {
          anchorsOf: async () => neverAnchored,
          anchor: async (_log, position) => {
            if (!isLost) anchors.push(position);
            throw new CessError('AUDIT_LOG_FULL', 'The answer is lost.');
          },
        },
      });
      await first.start();
      await first.begin(request);
      await assert.rejects(first.maintain());
      await first.stop();
      const again = trailOf(folder, anchors);
      await again.start();
      await again.begin(request);
      await again.maintain();
      await again.maintain();
      await again.stop();
      assert.deepEqual(
        anchors.map(({ sequence }) => sequence),
        [1, 2],
      );
      const check = await verifyAuditLog(folder, anchors.reduce(withAnchor, neverAnchored));
      assert.deepEqual([check.agreeing, check.missing, check.isSound], [2, 0, true]);
      rmSync(folder, { recursive: true });
    }
  });

  it('begin a new list when the chain knows others', async () => {
    const folder = newFolder();
    const anchors: LogPosition[] = [];
    const first = trailOf(folder, anchors);
    await first.start();
    for (let entry = 1; entry <= 2; entry++) {
      await first.begin(request);
      await first.maintain();
    }
    await first.stop();
    const others = [foreign(1), ...anchors.slice(1)];
    const again = trailOf(folder, others);
    await again.start();
    await again.begin(request);
    await again.maintain();
    await again.stop();
    const check = await verifyAuditLog(folder, others.reduce(withAnchor, neverAnchored));
    assert.deepEqual([check.agreeing, check.missing, check.isSound], [2, 1, false]);
    rmSync(folder, { recursive: true });
  });
});

describe('strangers', () => {
  it('cannot fill the audit log: their refused requests share an entry beyond a rate', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cess-audit-'));
    let nowMs = 0;
    const chain = { anchorsOf: async () => neverAnchored, anchor: async () => undefined };
    const trail = new AuditTrail({ ...testPorts, nowMs: () => nowMs, folder, chain, anchorIntervalMs: 3_600_000 });
    await trail.start();
    const refused = { status: 403, errorCode: 'AccessDenied', durationMs: 1 };
    const stranger = { ...request, principal: 'anonymous' };
    for (let each = 0; each < 1_500; each++) await trail.end(stranger, refused);
    await trail.end({ ...request, principal: '' }, refused);
    assert.deepEqual([trail.entries, trail.omitted], [1_000, 501]);
    await trail.end({ ...request, principal: 'arn:aws:iam::111122223333:user/ana' }, refused);
    await trail.end(stranger, { status: 200, errorCode: '', durationMs: 1 });
    assert.equal(trail.entries, 1_002);
    await trail.maintain();
    nowMs = 2_000;
    for (let each = 0; each < 5; each++) await trail.end(stranger, refused);
    await trail.stop();
    const entries = await entriesIn(folder);
    assert.deepEqual(
      entries.filter(({ phase }) => phase === 'omitted').map(({ requests }) => requests),
      [501, 3],
    );
    assert.equal(entries.length, 1_002 + 1 + 2 + 1);
    rmSync(folder, { recursive: true });
  });
});
