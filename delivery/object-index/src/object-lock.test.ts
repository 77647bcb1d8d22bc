// Object lock in the index: what no caller can remove, shorten or switch off, whatever it passes.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { createMemoryKv } from '@cess/store';
import { ObjectIndex, parseVersionId, type Retention, type VersionId } from './index.js';
import { bucketOf, objectOf } from './test-support/samples.js';

const bucket = 'locked';
const name = { bucket, key: 'k' };
const configurations = [['object-lock', new Uint8Array(1)]] as const;
const governance: Retention = { mode: 'GOVERNANCE', untilMs: 1000 };
const compliance: Retention = { mode: 'COMPLIANCE', untilMs: 1000 };

let nowMs: number;
let lockTimeMs: number;
let index: ObjectIndex;
beforeEach(async () => {
  nowMs = 500;
  lockTimeMs = 500;
  index = new ObjectIndex(createMemoryKv(), {
    nowMs: () => nowMs,
    lockTimeMs: () => lockTimeMs,
    randomBytes: (length) => new Uint8Array(length).fill(1),
  });
  await index.createBucket(bucket, { ...bucketOf(), versioning: 'enabled', configurations });
});

async function put(stated: { retention?: Retention; legalHold?: boolean }): Promise<VersionId> {
  const { versionId = '' } = await index.putObject(name, { ...objectOf('e'), ...stated }, []);
  const id = parseVersionId(versionId);
  assert.ok(id !== undefined);
  return id;
}

const isKept = (act: Promise<unknown>) => assert.rejects(act, { code: 'OBJECT_LOCKED' });

describe('a version under a retention', () => {
  it('in compliance mode is removed by nobody before its end', async () => {
    const id = await put({ retention: compliance });
    await isKept(index.deleteVersion(name, id));
    await isKept(index.deleteVersion(name, id, { bypassesGovernance: true }));
    assert.equal((await index.getObject(name))?.etag, 'e');
    lockTimeMs = 1000;
    assert.equal((await index.deleteVersion(name, id)).existed, true);
  });

  it('in governance mode is removed early only by a caller that bypasses it', async () => {
    const id = await put({ retention: governance });
    await isKept(index.deleteVersion(name, id));
    assert.equal((await index.deleteVersion(name, id, { bypassesGovernance: true })).existed, true);
  });

  it('is kept while the lock time is behind, however far the clock has jumped ahead', async () => {
    const id = await put({ retention: compliance });
    nowMs = 1_000_000;
    await isKept(index.deleteVersion(name, id));
    nowMs = 400;
    await isKept(index.deleteVersion(name, id));
  });

  it('stays behind a delete marker, which anyone may add and remove', async () => {
    const id = await put({ retention: compliance });
    const { versionId = '' } = await index.deleteObject(name);
    await isKept(index.deleteVersion(name, id));
    await isKept(index.expireVersion(name, id, () => 'remove'));
    await index.deleteVersion(name, parseVersionId(versionId) ?? 'null');
    assert.equal((await index.getObject(name))?.etag, 'e');
  });

  it('keeps its bucket', async () => {
    await put({ retention: compliance });
    await index.deleteObject(name);
    await assert.rejects(index.deleteBucket(bucket), { code: 'BUCKET_NOT_EMPTY' });
  });
});

describe('a retention', () => {
  const change = (retention: Retention | undefined, bypassesGovernance = false) =>
    index.changeObject(name, undefined, () => ({ retention }), { bypassesGovernance });

  it('in compliance mode is extended, and neither shortened, removed nor weakened', async () => {
    await put({ retention: compliance });
    for (const bypasses of [false, true]) {
      await isKept(change(undefined, bypasses));
      await isKept(change({ ...compliance, untilMs: 999 }, bypasses));
      await isKept(change({ mode: 'GOVERNANCE', untilMs: 2000 }, bypasses));
    }
    assert.equal((await change({ ...compliance, untilMs: 2000 })).retention?.untilMs, 2000);
  });

  it('in governance mode is extended by anyone, and changed otherwise by a caller that bypasses it', async () => {
    await put({ retention: governance });
    assert.equal((await change({ ...governance, untilMs: 1001 })).retention?.untilMs, 1001);
    for (const other of [undefined, governance, compliance]) await isKept(change(other));
    assert.equal((await change(undefined, true)).retention, undefined);
  });

  it('that has ended is replaced and removed', async () => {
    await put({ retention: compliance });
    lockTimeMs = 1000;
    assert.equal((await change(undefined)).retention, undefined);
  });

  it('of a version that is not current changes in its place', async () => {
    const id = await put({ retention: governance });
    await put({});
    await index.changeObject(name, id, () => ({ retention: { ...governance, untilMs: 3000 } }));
    assert.equal((await index.getObject(name, id))?.retention?.untilMs, 3000);
    assert.equal((await index.getObject(name))?.retention, undefined);
  });
});

describe('a legal hold', () => {
  it('keeps a version until it is removed, also from callers that bypass governance', async () => {
    const id = await put({ legalHold: true });
    lockTimeMs = 1_000_000;
    await isKept(index.deleteVersion(name, id, { bypassesGovernance: true }));
    await index.changeObject(name, undefined, () => ({ legalHold: false }));
    assert.equal((await index.deleteVersion(name, id)).existed, true);
  });
});

describe('a bucket with object lock', () => {
  it('neither suspends its versions nor loses its lock', async () => {
    const refused = { code: 'OBJECT_LOCK_PERMANENT' };
    await assert.rejects(
      index.changeBucket(bucket, (record) => ({ ...record, versioning: 'suspended' })),
      refused,
    );
    await assert.rejects(
      index.changeBucket(bucket, (record) => ({ ...record, configurations: [] })),
      refused,
    );
  });

  it('is not made of one that keeps no versions', async () => {
    await index.createBucket('plain', bucketOf());
    await assert.rejects(
      index.changeBucket('plain', (record) => ({ ...record, configurations })),
      { code: 'OBJECT_LOCK_PERMANENT' },
    );
  });
});
