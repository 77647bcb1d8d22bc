// The follower of changes and the queues of messages: written with the change, in its order, and never without it.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { createMemoryKv, type Kv } from '@cess/store';
import type { ObjectChange } from './changes.js';
import { ObjectIndex } from './object-index.js';
import { plainSettings } from './records.js';
import { parseVersionId } from './version-id.js';

const origin = { operation: 'PutObject', principalId: 'p', source: '192.0.2.1', requestId: 'R' };
const bucket = 'b';
const name = { bucket, key: 'k' };
const object = {
  size: 0,
  etag: 'e',
  lastModifiedMs: 1,
  contentType: '',
  headers: [],
  metadata: [],
  checksums: [],
  checksumType: 'FULL_OBJECT' as const,
  extents: [],
};

let kv: Kv;
let nowMs: number;
let told: ObjectChange[];
let index: ObjectIndex;
let followed: ObjectIndex;

function open(): void {
  const sources = { nowMs: () => nowMs, randomBytes: (length: number) => new Uint8Array(length).fill(1) };
  index = new ObjectIndex(kv, sources);
  told = [];
  index.follow({
    messagesOf: ({ name: { key }, sequence, timeMs }) => [
      {
        queue: 'hook',
        message: { id: String(sequence), createdAtMs: timeMs, lane: key, body: new Uint8Array([1]) },
      },
    ],
    committed: (change) => told.push(change),
  });
  followed = index.actingFor(origin);
}

beforeEach(async () => {
  kv = createMemoryKv();
  nowMs = 1000;
  open();
  const owner = new Uint8Array(32);
  const record = { owner, territory: 't', region: 'r', createdAtMs: 1, keyWraps: [], configurations: [] };
  await index.createBucket(bucket, { ...record, versioning: 'never' });
});

const queued = () => index.messages.read('hook', 100, assert.ifError);
const keepVersions = () => index.changeBucket(bucket, (record) => ({ ...record, versioning: 'enabled' }));

describe('a follower of changes', () => {
  it('is told every kind of change with its origin, in the order of the sequence', async () => {
    await followed.putObject(name, object, []);
    await followed.changeObject(name, undefined, () => ({ ...plainSettings, tags: [['a', 'b']] }));
    await followed.deleteObject(name);
    await keepVersions();
    const { versionId } = await followed.putObject(name, object, []);
    await followed.deleteObject(name);
    await followed.deleteVersion(name, parseVersionId(versionId ?? '') ?? 'null');
    assert.deepEqual(
      told.map(({ kind, versionId: id }) => [kind, id !== undefined]),
      [
        ['created', false],
        ['described', false],
        ['removed', false],
        ['created', true],
        ['marked', true],
        ['removed', true],
      ],
    );
    assert.ok(told.every((change) => change.origin === origin));
    const sequences = told.map(({ sequence }) => sequence);
    assert.deepEqual(
      sequences,
      sequences.toSorted((a, b) => Number(a - b)),
    );
    assert.equal(new Set(sequences).size, 6);
  });

  it('is not told of a change that fails, of one that changes nothing, and of one without an origin', async () => {
    const refuse = () => {
      throw new Error('refused');
    };
    await assert.rejects(followed.putObject(name, object, [], refuse));
    await followed.deleteObject(name);
    await index.putObject(name, object, []);
    assert.deepEqual(told, []);
    assert.deepEqual(await queued(), []);
  });

  it('is told of an expiry that lifecycle rules cause', async () => {
    await followed.putObject(name, object, []);
    const lifecycle = index.actingFor({ ...origin, operation: 'Lifecycle' });
    await lifecycle.expireVersion(name, 'null', () => 'remove');
    assert.deepEqual(
      told.map(({ kind, origin: { operation } }) => `${kind} ${operation}`),
      ['created PutObject', 'removed Lifecycle'],
    );
  });
});

describe('a queue of messages', () => {
  it('holds the messages of all committed changes after a restart, and none of others', async () => {
    await followed.putObject(name, object, []);
    await followed.deleteObject(name);
    const before = await queued();
    assert.equal(before.length, 2);
    open();
    await index.messages.recount();
    assert.deepEqual(await queued(), before);
    assert.equal(index.messages.depth('hook'), 2);
    assert.deepEqual(index.messages.names(), ['hook']);
  });

  it('does not keep a message whose transaction the disk refused', async () => {
    const write = kv.write.bind(kv);
    kv.write = () => Promise.reject(new Error('disk'));
    await assert.rejects(followed.putObject(name, object, []));
    kv.write = write;
    assert.equal(index.messages.depth('hook'), 0);
    assert.deepEqual(told, []);
  });

  it('gives greater sequences after a restart, also when the clock went back and the queue is empty', async () => {
    await followed.putObject(name, object, []);
    const [first] = await queued();
    assert.ok(first);
    await index.messages.remove('hook', [first.sequence]);
    assert.equal(index.messages.depth('hook'), 0);
    nowMs = 10;
    open();
    await followed.putObject(name, object, []);
    const [second] = await queued();
    assert.ok(second !== undefined && second.sequence > first.sequence);
  });

  it('removes a message that cannot be read, and delivers the others', async () => {
    await followed.putObject(name, object, []);
    await followed.putObject(name, object, []);
    const [entry] = kv.entries({ gte: new TextEncoder().encode('m/'), lt: new TextEncoder().encode('m0'), limit: 1 });
    assert.ok(entry);
    await kv.write([{ type: 'put', key: entry[0], value: new Uint8Array([9, 9]) }]);
    let unreadable = 0;
    const left = await index.messages.read('hook', 10, () => unreadable++);
    assert.deepEqual([left.length, unreadable, index.messages.depth('hook')], [1, 1, 1]);
  });

  it('takes messages that follow from no change', async () => {
    await index.enqueue('hook', { id: 'alert', createdAtMs: 5, lane: '', body: new Uint8Array([7]) });
    assert.deepEqual(
      (await queued()).map(({ id }) => id),
      ['alert'],
    );
  });
});
