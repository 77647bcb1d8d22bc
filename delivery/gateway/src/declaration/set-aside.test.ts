// One record that cannot be read or is refused must not stop the others, and never the process. The index is damaged as a
// failing disk would: bytes of a record change under a running or a stopped gateway.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ObjectIndex } from '@cess/object-index';
import { CessError, concatBytes, InvariantError, systemTimers, toHex, utf8 } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { createMemoryKv, type Kv } from '@cess/store';
import type { FileDeclaration, GatewayChain } from '../chain-port.js';
import {
  startTestGateway,
  type TestGateway,
  testCredentials,
  testPorts,
  testRegion,
} from '../test-support/test-gateway.js';
import type { Attestations } from './attestations.js';
import { Declarer } from './declarer.js';
import { OwnerHolds } from './owner-holds.js';
import { QuotaLedger } from './quota-ledger.js';
import { Renewer } from './renewer.js';

const Bucket = 'aside';
const hourMs = 3_600_000;
const fileKey = (fileId: Uint8Array) => concatBytes(utf8('f/'), fileId);
const segmentKey = (fileId: Uint8Array) => concatBytes(utf8('s/'), fileId, new Uint8Array(4));
const outboxKey = (sequence: number) => concatBytes(utf8('q/'), new Uint8Array(7), Uint8Array.of(sequence));

describe('records that cannot be processed', () => {
  let network: TestGateway;
  let client: S3Client;
  let kv: Kv;

  async function open(): Promise<void> {
    network = await startTestGateway({ kv });
    const endpoint = network.gateway.s3Endpoint;
    client = new S3Client({ endpoint, region: testRegion, credentials: testCredentials, forcePathStyle: true });
  }

  async function close(): Promise<void> {
    client.destroy();
    await network.stop();
  }

  /** Stores an object and gives the id of its file. */
  async function put(Key: string): Promise<Uint8Array> {
    await client.send(new PutObjectCommand({ Bucket, Key, Body: randomBytes(2_000) }));
    return (await network.gateway.index.getObject({ bucket: Bucket, key: Key }))!.extents[0]!.fileId;
  }

  /** A record cut off by a disk, or with 255, one of a newer version. */
  const damage = (key: Uint8Array, version = 1) => kv.write([{ type: 'put', key, value: Uint8Array.of(version) }]);
  const isDeclared = (fileId: Uint8Array) => network.chain.files.has(toHex(fileId));

  before(async () => {
    kv = createMemoryKv();
    await open();
    await client.send(new CreateBucketCommand({ Bucket }));
  });
  after(close);

  it('a file whose record is unreadable is set aside, and the declarer declares the others', async () => {
    network.chain.stalled = true;
    const bad = await put('bad');
    const record = kv.get(fileKey(bad))!;
    await damage(fileKey(bad));
    const good = await put('good');
    network.chain.stalled = false;
    await eventually(() => isDeclared(good), 'the readable file is declared');
    assert.equal(isDeclared(bad), false);
    assert.deepEqual(network.gateway.setAside(), { declarer: 1 });
    await kv.write([{ type: 'put', key: fileKey(bad), value: record }]);
    assert.equal(network.gateway.retrySetAside(), 1);
    await eventually(() => isDeclared(bad), 'the repaired file is declared after a retry by hand');
    assert.deepEqual(network.gateway.setAside(), {});
  });

  it('an unreadable entry of the outbox is set aside, and the declarer declares the others', async () => {
    await damage(outboxKey(200), 255);
    const good = await put('behind the entry');
    await eventually(() => isDeclared(good), 'the file is declared');
    await eventually(() => network.gateway.setAside()['declarer'] === 1, 'the entry is set aside');
    await kv.write([{ type: 'delete', key: outboxKey(200) }]);
    network.gateway.retrySetAside();
  });

  it('a gateway starts over unreadable records, and its background work continues with the others', async () => {
    network.chain.stalled = true;
    const undeclared = await put('unreadable and undeclared');
    network.chain.stalled = false;
    const declared = await put('unreadable and declared');
    await eventually(() => isDeclared(declared) && isDeclared(undeclared), 'the file is declared');
    const chainFiles = network.chain.files;
    await close();
    await damage(fileKey(declared));
    await damage(segmentKey(undeclared), 255);
    // A hole mark that names no segment.
    await damage(utf8('h/x'));
    await open();
    for (const [id, file] of chainFiles) network.chain.files.set(id, file);
    await eventually(
      () => network.gateway.setAside()['holder follower'] === 2,
      'the pass over declared files sets both aside',
    );
    const good = await put('after the start');
    await eventually(() => isDeclared(good), 'the declarer works');
  });

  /** A declarer of its own over the index of a stopped gateway: an index has one writer. Its time passes by itself. */
  function declareWith(index: ObjectIndex, chain: Pick<GatewayChain, 'declareBatch' | 'deleteFiles' | 'isDeclared'>) {
    let nowMs = Date.now();
    const timers = {
      nowMs: () => nowMs,
      sleep: async (ms: number) => {
        nowMs += ms;
        await new Promise((resolve) => setImmediate(resolve));
      },
    };
    const fatal: unknown[] = [];
    const ports = { ...testPorts, timers, onFatal: (error: unknown) => void fatal.push(error) };
    const { chain: table } = network;
    const declarer = new Declarer({
      ...ports,
      index,
      chain: Object.assign(Object.create(table), chain) as GatewayChain,
      attestations: {
        collect: async (held) => [...held.keys()].map((provider) => ({ provider, signature: new Uint8Array(64) })),
      } as Attestations,
      quota: new QuotaLedger(table),
      holds: new OwnerHolds({ ...ports, index, chain: table }),
      placer: { discardAll: () => {} },
      onTooFewHolders: () => {},
      isBeingRead: () => false,
    });
    return { declarer, fatal };
  }

  it('a file that the chain refuses for good is set aside and stays in the outbox; it goes when it is deleted', async () => {
    network.chain.stalled = true;
    const refused = await put('refused');
    const good = await put('accepted');
    const declared: string[] = [];
    await close();
    const index = new ObjectIndex(kv);
    const orderOf = async (fileId: Uint8Array) => toHex((await index.getFile(fileId))!.orderId);
    const refusedOrder = await orderOf(refused);
    const { declarer, fatal } = declareWith(index, {
      declareBatch: async (files: readonly FileDeclaration[]) => {
        if (files.some(({ orderId }) => toHex(orderId) === refusedOrder))
          throw new CessError('CHAIN_DISPATCH_FAILED', 'Refused.', {});
        declared.push(...files.map(({ orderId }) => toHex(orderId)));
        return { refused: [], known: [] };
      },
      isDeclared: async () => false,
      deleteFiles: async () => {},
    });
    const goodOrder = await orderOf(good);
    await declarer.start();
    await eventually(() => declarer.setAside.size === 1, 'the refused file is set aside');
    assert.ok(declared.includes(goodOrder) && !declared.includes(refusedOrder));
    assert.ok((await index.listOutbox(10)).some(({ entry }) => toHex(entry.value) === toHex(refused)));
    await index.deleteObject({ bucket: Bucket, key: 'refused' });
    await eventually(async () => (await index.getFile(refused)) === undefined, 'file and outbox entries are gone');
    assert.deepEqual([declarer.setAside.size, fatal], [0, []]);
    await declarer.stop();
    await open();
  });

  it('the renewer renews the fragments of all files that are readable', async () => {
    network.chain.stalled = true;
    const bad = await put('unreadable, old');
    const good = await put('readable, old');
    const orderId = toHex((await network.gateway.index.getFile(good))!.orderId);
    await damage(fileKey(bad));
    const later = { ...systemTimers, nowMs: () => Date.now() + 1_000 * hourMs };
    const ports = { ...testPorts, timers: later };
    const renewed: string[] = [];
    const renew = async (_provider: unknown, orders: readonly Uint8Array[]) => {
      renewed.push(...orders.map(toHex));
      return 0;
    };
    const directory = { get: (index: number) => network.providers[index]?.info };
    const renewer = new Renewer({ ...ports, index: network.gateway.index, client: { renew }, directory });
    assert.ok((await renewer.renewDue()) > 0);
    assert.ok(renewed.includes(orderId));
    assert.equal(renewer.setAside.size, 1);
    network.chain.stalled = false;
    await eventually(() => isDeclared(good), 'the readable file is declared');
  });

  it('a broken invariant in the declarer reaches the fatal handler', async () => {
    network.chain.stalled = true;
    await put('waits');
    await close();
    const bug = new InvariantError('impossible');
    const { declarer, fatal } = declareWith(new ObjectIndex(kv), {
      declareBatch: () => Promise.reject(bug),
      isDeclared: async () => false,
      deleteFiles: async () => {},
    });
    await declarer.start();
    await eventually(() => fatal.length > 0, 'the handler is called');
    assert.deepEqual(fatal, [bug]);
    await declarer.stop();
    await open();
  });
});
