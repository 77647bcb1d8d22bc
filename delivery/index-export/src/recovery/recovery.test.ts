// An index is exported and recovered over a chain and providers in memory.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { x25519PairFromSecret } from '@cess/crypto';
import { Journal, ObjectIndex, scanOwner } from '@cess/object-index';
import { present, toHex } from '@cess/primitives';
import { createMemoryKv, type Kv } from '@cess/store';
import { decodeExportFile, readExportHeader } from '../export-file.js';
import { openExportKeys } from '../export-keys.js';
import { OwnerStream } from '../owner-stream.js';
import { gateway, genesis, MemoryNetwork } from '../test-support/memory-network.js';
import { readNetworkFile } from './network-file.js';
import { recoverIndex } from './recover-index.js';
import type { IndexAnchor } from './recovery-ports.js';

const pairOf = (seed: number) => x25519PairFromSecret(new Uint8Array(32).fill(seed));
const [gatewayPair, ownerPair, strangerPair] = [pairOf(1), pairOf(2), pairOf(3)];
const owner = new Uint8Array(32).fill(20);
const { signal } = new AbortController();

let network: MemoryNetwork;
let kv: Kv;
let journal: Journal;
let index: ObjectIndex;
let stream: OwnerStream;

beforeEach(async () => {
  network = new MemoryNetwork();
  kv = createMemoryKv();
  journal = new Journal(kv, () => 1);
  index = new ObjectIndex(kv, undefined, { journal });
  stream = openStream();
  await index.createBucket('b', {
    owner,
    territory: 'default',
    region: 'r',
    createdAtMs: 1,
    keyWraps: [],
    versioning: 'never',
    configurations: [],
  });
});

function openStream(): OwnerStream {
  return new OwnerStream({
    owner,
    genesis,
    gateway,
    wrappingKey: gatewayPair,
    table: index.exports,
    store: async (content) => network.store(owner, content),
    discard: () => {},
    scan: () => scanOwner(kv, owner),
    account: async () => [],
    nowMs: () => 1,
  });
}

const objectOf = (etag: string) => ({
  size: 0,
  etag,
  lastModifiedMs: 1,
  contentType: 'text/plain',
  headers: [],
  metadata: [],
  checksums: [],
  checksumType: 'FULL_OBJECT' as const,
  extents: [],
});

const put = (key: string, etag = key) => index.putObject({ bucket: 'b', key }, objectOf(etag), []);

/** One round of the exporter, until the export is whole. */
async function exportAll(recipients = [ownerPair, gatewayPair]): Promise<IndexAnchor> {
  const isNew = await stream.setRecipients(recipients.map(({ publicKey }) => publicKey));
  for (let round = 0; round < 20; round++) {
    const { batches } = journal.read(stream.through, 1e9);
    const entries = batches.flatMap((batch) => batch.entries).filter((entry) => toHex(entry.owner) === toHex(owner));
    const through = journal.end();
    if (entries.length > 0 || isNew || stream.isClosable(through)) {
      await stream.append({ entries, through, hasAccountChanged: false }, signal);
    }
    if (!stream.isBuilding) break;
    await stream.buildNext(() => journal.end(), signal);
  }
  await stream.anchored();
  const { fileId: head, number } = present(stream.head, 'the head');
  return { gateway, owner, head, number };
}

async function recovered(anchor: IndexAnchor, pair = ownerPair): Promise<ObjectIndex> {
  const target = createMemoryKv();
  await recoverIndex({
    kv: target,
    chain: network,
    fragments: network,
    anchors: [anchor],
    pairs: [pair],
    account: gateway,
    restoreAccount: async () => {},
    beforeEnd: async () => [],
    onProgress: () => {},
    signal,
  });
  return new ObjectIndex(target);
}

async function etags(from: ObjectIndex): Promise<string[]> {
  const { items } = await from.listObjects('b', { prefix: '', delimiter: '', limit: 100 });
  return items.map((item) => (item.type === 'entry' ? item.value.etag : ''));
}

describe('an index that is recovered', () => {
  it('STORE-13: is what was exported, whichever of snapshot and deltas has it', async () => {
    for (const key of ['a', 'b', 'c']) await put(key);
    await exportAll();
    await put('b', 'new');
    await index.deleteObject({ bucket: 'b', key: 'c' });
    await put('d');
    assert.deepEqual(await etags(await recovered(await exportAll())), ['a', 'new', 'd']);
  });

  it('has what changed while its snapshot was made', async () => {
    await put('a', 'old');
    await put('z', 'old');
    await stream.setRecipients([ownerPair.publicKey]);
    await stream.buildNext(() => journal.end(), signal);
    await put('a', 'new');
    await index.deleteObject({ bucket: 'b', key: 'z' });
    assert.deepEqual(await etags(await recovered(await exportAll([ownerPair]))), ['new']);
  });

  it('goes on with the stream after a restart of its gateway', async () => {
    await put('a');
    await exportAll();
    await put('b');
    stream = openStream();
    assert.deepEqual(await etags(await recovered(await exportAll())), ['a', 'b']);
  });

  it('opens with the key of the owner or of the gateway, and with no other', async () => {
    await put('a');
    const anchor = await exportAll();
    assert.deepEqual(await etags(await recovered(anchor, gatewayPair)), ['a']);
    await assert.rejects(recovered(anchor, strangerPair), { code: 'EXPORT_KEY_MISSING' });
  });

  it('OSS-2: what is exported after a recipient was taken away does not open for it', async () => {
    await put('a');
    const before = await exportAll([ownerPair, gatewayPair, strangerPair]);
    assert.deepEqual(await etags(await recovered(before, strangerPair)), ['a']);
    const header = async ({ head }: IndexAnchor) =>
      readExportHeader(await readNetworkFile({ chain: network, fragments: network }, head, signal));
    const known = openExportKeys((await header(before)).keys, strangerPair);
    await put('secret');
    const after = await exportAll([ownerPair, gatewayPair]);
    await assert.rejects(recovered(after, strangerPair), { code: 'EXPORT_KEY_MISSING' });
    const bytes = await readNetworkFile({ chain: network, fragments: network }, after.head, signal);
    await assert.rejects(decodeExportFile(bytes, known), { code: 'EXPORT_KEY_MISSING' });
    assert.deepEqual(await etags(await recovered(after)), ['a', 'secret']);
  });

  it('is read although as many holders are dead as the code allows, and not with one more', async () => {
    await put('a');
    const anchor = await exportAll();
    network.dead.add(0).add(2);
    assert.deepEqual(await etags(await recovered(anchor)), ['a']);
    network.dead.add(1);
    await assert.rejects(recovered(anchor), { code: 'EXPORT_UNREACHABLE' });
  });

  it('is read although holders lie', async () => {
    await put('a');
    const anchor = await exportAll();
    for (const { segments } of network.files.values()) {
      const root = present(segments[0]?.fragments[0], 'a fragment').root;
      present(network.fragments.get(toHex(root)), 'its bytes').fill(1);
    }
    assert.deepEqual(await etags(await recovered(anchor)), ['a']);
  });

  it('is refused if the node gives another file, another number, or an older head', async () => {
    await put('a');
    const older = await exportAll();
    await put('b');
    const anchor = await exportAll();
    await assert.rejects(recovered({ ...anchor, head: older.head }), { code: 'EXPORT_INVALID' });
    await assert.rejects(recovered({ ...anchor, owner: new Uint8Array(32) }), { code: 'EXPORT_INVALID' });
    await assert.rejects(recovered({ ...anchor, gateway: new Uint8Array(32) }), { code: 'EXPORT_INVALID' });
    const record = present(network.files.get(toHex(older.head)), 'the older file');
    network.files.set(toHex(anchor.head), record);
    await assert.rejects(recovered(anchor), { code: 'EXPORT_INVALID' });
  });

  it('has few files, of which only the newest names the others', async () => {
    await put('a');
    await exportAll();
    for (let i = 0; i < 60; i++) {
      await put(`k${i}`);
      await exportAll();
    }
    assert.ok(stream.state.live.length < 12, `${stream.state.live.length} files`);
    assert.equal((await etags(await recovered(await exportAll()))).length, 61);
  });
});
