// CHAIN-9: a data folder outlives the program that wrote it. A later version computes another genesis state, and still opens
// the chain; another network's specification is refused.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isCessError, toHex0x, utf8 } from '@cess/primitives';
import type { Externalities, Runtime } from '@cess/runtime';
import { StateReader } from '@cess/state';
import { createMemoryKv, type Kv, prefixed } from '@cess/store';
import { devSpec } from '../test-support/dev-node.js';
import { extend, finalizeBest, ManualClock, openEngine, rich, runtime, spec } from '../test-support/engine-chain.js';
import { blockPrefix, statePrefix } from './database.js';
import { RuntimeReader } from './runtime-reader.js';
import { RuntimeRegistry } from './runtime-registry.js';

const codeKey = utf8(':code');
const addedKey = utf8('added pallet');
const layoutKey = utf8('layout');

/** A runtime whose genesis differs as a change of the program makes it differ. */
const withGenesis = (change: (ext: Externalities) => void, version = runtime.version): Runtime => ({
  ...runtime,
  version,
  genesis: (ext, config) => {
    runtime.genesis(ext, config);
    change(ext);
  },
});

const bumped = { ...runtime.version, specVersion: runtime.version.specVersion + 1 };
const laterVersions: readonly (readonly [name: string, runtime: Runtime])[] = [
  [
    'another text in the documentation of a call',
    withGenesis((ext) => ext.put(codeKey, utf8('{"metadata":"changed"}'))),
  ],
  ['a higher version', withGenesis((ext) => ext.put(codeKey, utf8('{"specVersion":"changed"}')), bumped)],
  ['another pallet with a genesis state', withGenesis((ext) => ext.put(addedKey, utf8('of the added pallet')))],
];

/** A chain of three blocks, as this version writes it. */
async function writtenChain(): Promise<{ kv: Kv; clock: ManualClock; genesisHash: Uint8Array }> {
  const kv = createMemoryKv();
  const clock = new ManualClock();
  const engine = await openEngine(kv, clock);
  for (let i = 0; i < 3; i++) {
    await extend(engine, clock);
    await finalizeBest(engine);
  }
  return { kv, clock, genesisHash: engine.genesisHash };
}

const isMismatch = (thrown: unknown) => isCessError(thrown, 'KV_NETWORK_MISMATCH');
const otherBalances = devSpec({ balances: [[toHex0x(rich.publicKey), '1000000000000000000']] });

describe('a data folder under a later version of the program', () => {
  for (const [name, later] of laterVersions) {
    it(`${name}: the chain opens with its own genesis and continues`, async () => {
      const { kv, clock, genesisHash } = await writtenChain();
      const code = new StateReader(prefixed(kv, statePrefix));
      const engine = await openEngine(kv, clock, { eras: [{ fromBlock: 0, runtime: later }] });
      assert.deepEqual(engine.genesisHash, genesisHash);
      assert.equal(engine.heads().best.number, 3);
      const { imported } = await extend(engine, clock);
      await finalizeBest(engine);
      const before = code.get(code.requireRoot(genesisHash), codeKey);
      assert.deepEqual(code.get(code.requireRoot(imported.pointer.hash), codeKey), before, ':code stays as it is');
    });
  }

  it('the specification of another network is refused', async () => {
    const { kv, clock } = await writtenChain();
    await assert.rejects(openEngine(kv, clock, { spec: otherBalances }), isMismatch);
  });

  it('a chain of version 0.1, without a digest of the specification, opens and gets the digest', async () => {
    const { kv, clock, genesisHash } = await writtenChain();
    await kv.write([{ type: 'delete', key: utf8('cS') }], { durable: true });
    const engine = await openEngine(kv, clock);
    assert.deepEqual(engine.genesisHash, genesisHash);
    await assert.rejects(openEngine(kv, clock, { spec: otherBalances }), isMismatch);
  });

  it('a chain of version 0.1 is refused under another beacon and under other authorities', async () => {
    const { kv, clock } = await writtenChain();
    await kv.write([{ type: 'delete', key: utf8('cS') }], { durable: true });
    const otherKey = new Uint8Array(32).fill(1);
    const authorities = [{ key: otherKey, account: otherKey }];
    await assert.rejects(openEngine(kv, clock, { spec: { ...spec, beacon: new Uint8Array(64) } }), isMismatch);
    await assert.rejects(openEngine(kv, clock, { spec: { ...spec, authorities } }), isMismatch);
    assert.equal(prefixed(kv, blockPrefix).get(utf8('S')), undefined, 'a refused folder is left alone');
  });

  it('a first start that broke off before the genesis block is completed by a later version', async () => {
    const { kv, clock } = await writtenChain();
    const stamp = [...kv.entries({ limit: 1 })];
    const broken = createMemoryKv();
    await broken.write(
      stamp.map(([key, value]) => ({ type: 'put' as const, key, value })),
      { durable: true },
    );
    const [, later] = laterVersions[2] ?? [];
    assert.ok(later);
    const engine = await openEngine(broken, clock, { eras: [{ fromBlock: 0, runtime: later }] });
    await extend(engine, clock);
    assert.equal((await openEngine(broken, clock)).heads().best.number, 1);
  });
});

describe('a runtime upgrade at a height', () => {
  const next: Runtime = {
    ...runtime,
    version: bumped,
    metadata: () => utf8('metadata of the next runtime'),
    call: () => utf8('answer of the next runtime'),
  };
  const eras = [
    { fromBlock: 0, runtime },
    { fromBlock: 3, runtime: next, migrate: (ext: Externalities) => ext.put(layoutKey, utf8('migrated')) },
  ];

  it('migrates the state once, and metadata, version and calls are those of the block asked', async () => {
    const kv = createMemoryKv();
    const clock = new ManualClock();
    const engine = await openEngine(kv, clock, { eras });
    const states = new StateReader(prefixed(kv, statePrefix));
    const layouts: (string | undefined)[] = [];
    const hashes: Uint8Array[] = [engine.genesisHash];
    for (let number = 1; number <= 4; number++) {
      const { imported } = await extend(engine, clock);
      hashes.push(imported.pointer.hash);
      const layout = states.get(states.requireRoot(imported.pointer.hash), layoutKey);
      layouts.push(layout && Buffer.from(layout).toString());
    }
    assert.deepEqual(layouts, [undefined, undefined, 'migrated', 'migrated']);
    const reader = new RuntimeReader(kv, new RuntimeRegistry(eras));
    assert.deepEqual(reader.metadata(14, 2), runtime.metadata(14));
    assert.deepEqual(reader.metadata(14, 3), next.metadata(14));
    assert.deepEqual(
      engine.versions().map(({ fromBlock, version }) => [fromBlock, version.specVersion]),
      [
        [0, runtime.version.specVersion],
        [3, bumped.specVersion],
      ],
    );
    const answers = [2, 3].map((number) => reader.call(hashes[number] ?? new Uint8Array(), 'Core_version', utf8('')));
    assert.notDeepEqual(answers[0], answers[1]);
  });

  it('another node with the same eras executes the blocks of both to the same states', async () => {
    const clock = new ManualClock();
    const author = await openEngine(createMemoryKv(), clock, { eras });
    const follower = await openEngine(createMemoryKv(), clock, { eras });
    for (let number = 1; number <= 4; number++) {
      const { header, extrinsics } = await extend(author, clock);
      await follower.importBlock(header, extrinsics);
    }
    assert.deepEqual(follower.heads().best, author.heads().best);
  });
});
