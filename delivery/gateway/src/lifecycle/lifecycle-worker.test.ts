// The lifecycle worker over an index in memory, with a clock that the test sets: what expires, what stays, and crashes at every write.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { type BucketRecord, type NewObject, ObjectIndex, plainSettings, readLifecycleCursor } from '@cess/object-index';
import { utf8 } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import { withDocument } from '../s3/configurations/configuration.js';
import { ConfigurationCache } from '../s3/configurations/configuration-cache.js';
import { killedAt } from '../test-support/killed-store.js';
import { testPorts } from '../test-support/test-gateway.js';
import { LifecycleWorker } from './lifecycle-worker.js';

const dayMs = 1000;
const bucket = 'b';
const signal = new AbortController().signal;

let nowMs: number;
let kv: Kv;
let index: ObjectIndex;
let worker: LifecycleWorker;
/** Why a class is not offered. */
let refusal: string | undefined;
beforeEach(() => {
  refusal = undefined;
  nowMs = 10_000;
  kv = createMemoryKv();
  open(kv);
});

/** Only transitions need it. */
const storage = {
  read: () => assert.fail('reads content'),
  store: () => assert.fail('stores content'),
  storeSealed: () => assert.fail('stores content'),
  copying: () => assert.fail('copies content'),
  discard: () => assert.fail('discards content'),
  entered: () => assert.fail('enters content'),
  createBucketKeys: () => assert.fail('makes keys'),
  rewrap: () => assert.fail('wraps keys'),
};

/** Starts index and worker over a store, as a restart does. */
function open(store: Kv): void {
  const sources = { nowMs: () => nowMs, randomBytes: (length: number) => new Uint8Array(length).fill(1) };
  index = new ObjectIndex(store, sources);
  const timers = { ...testPorts.timers, nowMs: () => nowMs };
  worker = new LifecycleWorker({
    ...testPorts,
    timers,
    index,
    storage,
    configurations: new ConfigurationCache(),
    classes: { refusalOf: () => refusal },
    dayMs,
  });
}

const ruled = (rule: string) =>
  utf8(`<LifecycleConfiguration><Rule><Status>Enabled</Status>${rule}</Rule></LifecycleConfiguration>`);
const all = '<Filter><Prefix></Prefix></Filter>';
const afterDays = (days: number) => `<Expiration><Days>${days}</Days></Expiration>`;

async function createBucket(rule: string, more: Partial<BucketRecord> = {}): Promise<void> {
  const id = new Uint8Array(32).fill(1);
  const own = { owner: id, territory: 't', region: 'r', createdAtMs: 1, keyWraps: [], versioning: 'never' as const };
  const configurations = withDocument(more.configurations ?? [], 'lifecycle', ruled(rule));
  await index.createBucket(bucket, { ...own, ...more, configurations });
}

async function put(key: string, more: Partial<NewObject> = {}): Promise<void> {
  const plain = { size: 0, contentType: '', headers: [], metadata: [], checksums: [], extents: [] };
  const object = { ...plain, etag: key, lastModifiedMs: nowMs, checksumType: 'FULL_OBJECT' as const };
  await index.putObject({ bucket, key }, { ...object, ...more }, []);
}

/** Every version as its key, with a dash for a delete marker. */
async function left(): Promise<string> {
  const { items } = await index.listVersions(bucket, { prefix: '', delimiter: '', limit: 10_000 });
  return items
    .map((item) => `${item.name}${item.type === 'entry' && item.value.version.isDeleteMarker ? '-' : ''}`)
    .join(' ');
}

async function roundAt(timeMs: number): Promise<void> {
  nowMs = timeMs;
  await worker.runRound(signal);
}

describe('rules for current objects', () => {
  it('remove them after their days where no versions are kept', async () => {
    await createBucket(all + afterDays(2));
    await put('old');
    nowMs = 11_000;
    await put('new');
    await roundAt(11_999);
    assert.equal(await left(), 'new old');
    await roundAt(12_000);
    assert.equal(await left(), 'new');
  });

  it('put one delete marker on top where versions are kept, and no second one', async () => {
    await createBucket(all + afterDays(1), { versioning: 'enabled' });
    await put('k');
    await roundAt(20_000);
    await roundAt(30_000);
    assert.equal(await left(), 'k- k');
  });

  it('cover only what their filter names', async () => {
    const filter =
      '<Filter><And><Prefix>logs/</Prefix><Tag><Key>keep</Key><Value>no</Value></Tag><ObjectSizeGreaterThan>5</ObjectSizeGreaterThan></And></Filter>';
    await createBucket(filter + afterDays(1));
    const tags = [['keep', 'no']] as const;
    await put('logs/due', { tags, size: 6 });
    await put('logs/other', { tags: [['keep', 'yes']], size: 6 });
    await put('logs/small', { tags, size: 5 });
    await put('due', { tags, size: 6 });
    await roundAt(20_000);
    assert.equal(await left(), 'due logs/other logs/small');
  });

  it('that lead to a class that is not offered now leave objects as they are, and take effect when it is', async () => {
    await createBucket(
      '<Filter><ObjectSizeLessThan>5</ObjectSizeLessThan></Filter><Transition><Days>1</Days><StorageClass>CESS_2_1</StorageClass></Transition>',
    );
    await put('k', { ...plainSettings, size: 0 });
    const classNow = async () => (await index.getObject({ bucket, key: 'k' }))?.storageClass;
    refusal = 'not offered';
    await roundAt(20_000);
    assert.equal(await classNow(), 'STANDARD');
    refusal = undefined;
    await roundAt(30_000);
    assert.equal(await classNow(), 'CESS_2_1');
  });

  it('that are disabled or were removed do nothing', async () => {
    await createBucket(all + afterDays(1));
    await put('k');
    await index.changeBucket(bucket, (record) => ({ ...record, configurations: [] }));
    await roundAt(20_000);
    assert.equal(await left(), 'k');
  });
});

describe('rules for noncurrent versions', () => {
  const noncurrent = (days: number, newer: string) =>
    `${all}<NoncurrentVersionExpiration><NoncurrentDays>${days}</NoncurrentDays>${newer}</NoncurrentVersionExpiration>`;

  it('remove them after their days, counted from the version that followed', async () => {
    await createBucket(noncurrent(2, ''), { versioning: 'enabled' });
    await put('k');
    nowMs = 15_000;
    await put('k');
    await roundAt(16_000);
    assert.equal(await left(), 'k k');
    await roundAt(17_000);
    assert.equal(await left(), 'k');
  });

  it('keep as many as they say', async () => {
    const newer = '<NewerNoncurrentVersions>2</NewerNoncurrentVersions>';
    await createBucket(noncurrent(1, newer), { versioning: 'enabled' });
    for (let n = 0; n < 6; n++) await put('k');
    await roundAt(20_000);
    assert.equal(await left(), 'k k k', 'the current one and two noncurrent ones');
  });

  it('see versions beyond one page', async () => {
    await createBucket(noncurrent(1, ''), { versioning: 'enabled' });
    for (let n = 0; n < 300; n++) await put('k');
    await put('l');
    await roundAt(20_000);
    assert.equal(await left(), 'k l');
  });
});

describe('delete markers', () => {
  const markers = `${all}<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>`;

  it('are removed when nothing is under them', async () => {
    await createBucket(markers, { versioning: 'enabled' });
    await put('kept');
    await index.deleteObject({ bucket, key: 'kept' });
    await index.deleteObject({ bucket, key: 'bare' });
    await roundAt(20_000);
    assert.equal(await left(), 'kept- kept');
  });
});

describe('uploads', () => {
  it('are aborted after their days', async () => {
    const abort =
      '<AbortIncompleteMultipartUpload><DaysAfterInitiation>3</DaysAfterInitiation></AbortIncompleteMultipartUpload>';
    await createBucket(all + abort);
    const upload = {
      ...plainSettings,
      initiatedAtMs: nowMs,
      contentType: '',
      headers: [],
      metadata: [],
      checksumAlgorithm: undefined,
      checksumType: 'COMPOSITE' as const,
    };
    const name = { bucket, key: 'k', uploadId: '0'.repeat(32) };
    await index.createUpload(name, upload);
    await roundAt(12_000);
    assert.ok(await index.getUpload(name));
    await roundAt(13_000);
    assert.equal(await index.getUpload(name), undefined);
  });
});

describe('locks', () => {
  it('keep versions that a rule expires, until they end', async () => {
    const rule = `${all}<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>`;
    const configurations = [['object-lock', utf8('<ObjectLockConfiguration/>')]] as const;
    await createBucket(rule, { versioning: 'enabled', configurations });
    await put('k', { retention: { mode: 'GOVERNANCE', untilMs: 30_000 } });
    await put('k');
    await roundAt(20_000);
    assert.equal(await left(), 'k k');
    await roundAt(30_000);
    assert.equal(await left(), 'k');
  });
});

describe('a crash', () => {
  it('at any write neither loses what stays nor keeps what goes', async () => {
    for (let writes = 0; writes < 12; writes++) {
      kv = createMemoryKv();
      nowMs = 10_000;
      open(kv);
      await createBucket(all + afterDays(5), { versioning: 'enabled' });
      for (let n = 0; n < 600; n++) await put(`due-${String(n).padStart(3, '0')}`);
      nowMs = 14_500;
      await put('young');
      open(killedAt(kv, writes));
      await roundAt(15_000).catch(() => undefined);
      open(kv);
      await roundAt(15_000);
      await roundAt(15_000);
      const listed = (await left()).split(' ');
      assert.equal(listed.filter((name) => name.endsWith('-')).length, 600, `${writes}: one marker for each`);
      assert.equal(listed.length, 1201, `${writes}: every version is under its marker`);
      assert.ok(await index.getObject({ bucket, key: 'young' }), `${writes}: what is not due stays`);
      assert.equal(await readLifecycleCursor(index), undefined, `${writes}: the round is over`);
    }
  });
});
