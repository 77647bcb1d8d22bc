// What a node stores for the DHT is bounded, and replays have no effect (docs/protocol/network.md §7).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { utf8 } from '@cess/primitives';
import { Record as DhtRecord } from '@libp2p/kad-dht';
import { Key } from 'interface-datastore';
import { base32 } from 'multiformats/bases/base32';
import { BoundedDatastore } from './bounded-datastore.js';

function store(limits: Partial<ConstructorParameters<typeof BoundedDatastore>[0]> = {}) {
  return new BoundedDatastore({
    maxEntries: 3,
    maxAnnouncements: 4,
    maxAnnouncementsPerKey: 2,
    sequenceOf: (record) => (record.length === 1 ? BigInt(record[0] ?? 0) : undefined),
    ...limits,
  });
}

const recordKey = (name: string) => new Key(`/dht/record/${base32.baseEncode(utf8(name))}`);
const record = (name: string, ...value: number[]) =>
  new DhtRecord(utf8(name), Uint8Array.from(value), new Date()).serialize().subarray();
const announcement = (key: string, peer: string) => new Key(`/dht/provider/${key}/${peer}`);

async function names(datastore: BoundedDatastore, prefix: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of datastore.query({ prefix })) found.push(key.toString());
  return found;
}

describe('bounded datastore', () => {
  it('NW-26: a record is replaced by a newer one or itself, not by an older or malformed one', () => {
    const datastore = store();
    for (const value of [[5], [4], [1, 2]]) datastore.put(recordKey('k'), record('k', ...value));
    assert.deepEqual(datastore.recordAt(utf8('k')), Uint8Array.of(5));
    for (const value of [[5], [6]]) datastore.put(recordKey('k'), record('k', ...value));
    assert.deepEqual(datastore.recordAt(utf8('k')), Uint8Array.of(6));
  });

  it('NW-29: records are bounded; the one written longest ago goes first', () => {
    const datastore = store();
    for (const name of ['a', 'b', 'c', 'a', 'd']) datastore.put(recordKey(name), record(name, 1));
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((name) => datastore.has(recordKey(name))),
      [true, false, true, true],
    );
    assert.equal(datastore.recordCount, 3);
  });

  it('NW-29: announcements are bounded for each key and in all', async () => {
    const datastore = store();
    for (const peer of ['p', 'q', 'r']) datastore.put(announcement('x', peer), Uint8Array.of(1));
    assert.deepEqual(await names(datastore, '/dht/provider/x'), ['/dht/provider/x/q', '/dht/provider/x/r']);
    for (const key of ['y', 'z', 'w']) datastore.put(announcement(key, 'p'), Uint8Array.of(1));
    assert.deepEqual(await names(datastore, '/dht/provider'), [
      '/dht/provider/x/r',
      '/dht/provider/y/p',
      '/dht/provider/z/p',
      '/dht/provider/w/p',
    ]);
    datastore.delete(announcement('x', 'r'));
    datastore.delete(announcement('x', 'r'));
    for (const key of ['v', 'u']) datastore.put(announcement(key, 'p'), Uint8Array.of(1));
    assert.equal((await names(datastore, '/dht/provider')).length, 4);
    assert.equal(datastore.has(announcement('y', 'p')), false);
  });

  it('NW-29: other entries are bounded, and found by their prefix', async () => {
    const datastore = store();
    for (const name of ['a', 'b', 'c', 'd']) datastore.put(new Key(`/peers/${name}`), Uint8Array.of(1));
    assert.deepEqual(await names(datastore, '/peers/'), ['/peers/b', '/peers/c', '/peers/d']);
    assert.throws(() => datastore.get(new Key('/peers/a')), { name: 'NotFoundError' });
    assert.deepEqual(datastore.get(new Key('/peers/b')), Uint8Array.of(1));
  });
});
