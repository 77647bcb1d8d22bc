// What a provider remembers: restarts, registration, attestation, declaration and deletion.
import assert from 'node:assert/strict';
import { verifyEd25519 } from '@cess/crypto';
import { isCessError, silentLogger, throwFatal, toHex } from '@cess/primitives';
import { fragmentRootOf } from '@cess/sealing';
import { holdingDigest } from '@cess/types';
import { createProvider, createSharedWork } from './index.js';
import {
  day,
  gatewayAccount,
  placeOf,
  providerTest,
  readFrom,
  refusedWith,
  startProvider,
  testBytes,
} from './test-support/provider-fixture.js';

providerTest(
  'after a restart everything is there, the index is remembered, and receipts are signed with the chain down',
  async (fixture) => {
    const bytes = testBytes(100_000);
    const root = fragmentRootOf(bytes);
    await fixture.client.putFragment(fixture.address, placeOf(1), root, [bytes]);
    const { port } = fixture.provider;
    await fixture.restart({ port });
    assert.equal(fixture.provider.port, port);
    assert.equal(fixture.provider.index, 5);
    assert.equal(fixture.chain.calls.filter((call) => call === 'register').length, 1);
    assert.deepEqual(await readFrom(fixture, root, 100_000), bytes);
  },
);

providerTest(
  'registration follows a changed endpoint, and a directory of another provider is refused',
  async (fixture) => {
    await fixture.restart({ endpoint: 'https://provider.example:1234', isTlsOnLoopback: true });
    await fixture.provider.whenRegistered();
    assert.equal(fixture.chain.record!.endpoint, 'https://provider.example:1234');
    await fixture.provider.stop();
    const { chain, dir, nodeKey } = fixture;
    const components = {
      chain,
      nodeSigner: nodeKey,
      account: new Uint8Array(32).fill(0x71),
      clock: { nowMs: () => 0 },
      rng: { bytes: (length: number) => new Uint8Array(length) },
      duties: chain.duties,
      shared: createSharedWork({ logger: silentLogger }),
      logger: silentLogger,
      onFatal: throwFatal,
    };
    const thief = createProvider(components, { dir, host: '127.0.0.1', port: 0, declaredBytes: 1 });
    await assert.rejects(thief.start(), (error) => isCessError(error, 'PROVIDER_DIRECTORY'));
  },
);

providerTest('a taken port and a taken directory give clear errors', async (fixture) => {
  await assert.rejects(startProvider({ port: fixture.provider.port }), (error) =>
    isCessError(error, 'PROVIDER_PORT_IN_USE'),
  );
  await assert.rejects(startProvider({ dir: fixture.dir }), (error) => isCessError(error, 'KV_LOCKED'));
});

providerTest('holdings are attested when every fragment is there, and only then', async (fixture) => {
  const { client, address, chain } = fixture;
  const fileId = new Uint8Array(32).fill(0xf1);
  const all = [testBytes(300, 1), testBytes(90_000, 2)];
  for (const [i, bytes] of all.entries())
    await client.putFragment(address, placeOf(1, i), fragmentRootOf(bytes), [bytes]);
  const entries = all.map((bytes, i) => ({
    fileId,
    orderId: placeOf(1).orderId,
    segment: 0,
    fragment: i,
    root: fragmentRootOf(bytes),
    length: bytes.length,
  }));
  const json = entries.map((entry) => ({
    ...entry,
    fileId: toHex(entry.fileId),
    orderId: toHex(entry.orderId),
    root: toHex(entry.root),
  }));
  const { until, signature } = await client.attestHoldings(address, json);
  const digest = holdingDigest({ genesis: chain.genesis, provider: 5, gateway: gatewayAccount, until, entries });
  assert.equal(verifyEd25519(signature, digest, fixture.nodeKey.publicKey), true);
  const incomplete = refusedWith(409, 'HOLDINGS_INCOMPLETE');
  for (const change of [
    { fragment: 7 },
    { length: 301 },
    { root: '00'.repeat(32) },
    { orderId: '00'.repeat(32) },
    { segment: 1 },
  ]) {
    await assert.rejects(
      client.attestHoldings(address, [json[1]!, { ...json[0]!, ...change }]),
      incomplete,
      JSON.stringify(change),
    );
  }
  const malformed = refusedWith(400, 'JSON_MALFORMED');
  for (const change of [{ fragment: -1 }, { length: 0.5 }, { root: 'xx' }, { fileId: 'F'.repeat(64) }]) {
    await assert.rejects(
      client.attestHoldings(address, [{ ...json[0]!, ...change }]),
      malformed,
      JSON.stringify(change),
    );
  }
  await assert.rejects(client.attestHoldings(address, []), malformed);
});

providerTest('STORE-15: an attested fragment is still there after its gateway deletes it', async (fixture) => {
  const { client, address } = fixture;
  const bytes = testBytes(100_000);
  const root = fragmentRootOf(bytes);
  await client.putFragment(address, placeOf(1), root, [bytes]);
  const { orderId } = placeOf(1);
  const place = { fileId: 'f1'.repeat(32), orderId: toHex(orderId), segment: 0, fragment: 0 };
  await client.attestHoldings(address, [{ ...place, root: toHex(root), length: bytes.length }]);
  await client.deleteFragment(address, placeOf(1));
  assert.deepEqual(await readFrom(fixture, root, 100_000), bytes, 'the attestation may still be declared');
  await fixture.restart();
  await client.deleteFragment(fixture.address, placeOf(1));
  assert.deepEqual(await readFrom(fixture, root, 100_000), bytes);
});

providerTest('many fragments are discarded in one request; declared and attested ones stay', async (fixture) => {
  const { client, address, chain } = fixture;
  const rootOf = (order: number) => fragmentRootOf(testBytes(1_000, order));
  for (const order of [1, 2, 3, 4])
    await client.putFragment(address, placeOf(order), rootOf(order), [testBytes(1_000, order)]);
  const entryOf = (order: number) => ({
    fileId: toHex(new Uint8Array(32).fill(0xf0 + order)),
    orderId: toHex(placeOf(order).orderId),
    segment: 0,
    fragment: 0,
    root: toHex(rootOf(order)),
    length: 1_000,
  });
  await client.attestHoldings(address, [entryOf(3)]);
  chain.files.add(entryOf(3).fileId);
  await chain.finalize({ type: 'declared', fileIds: [new Uint8Array(32).fill(0xf3)] });
  await client.attestHoldings(address, [entryOf(4)]);
  const places = [1, 2, 3, 4, 5].map((order) => placeOf(order));
  assert.deepEqual(await client.discardFragments(address, places), { deleted: 2, kept: 1, declared: 1 });
  for (const order of [1, 2])
    await assert.rejects(readFrom(fixture, rootOf(order), 1), refusedWith(404, 'FRAGMENT_NOT_FOUND'));
  for (const order of [3, 4]) await readFrom(fixture, rootOf(order), 1_000);
  await assert.rejects(client.discardFragments(address, []), refusedWith(400, 'JSON_MALFORMED'));
  const [place] = places;
  const outside = { ...place!, fragment: 0x1_0000 };
  await assert.rejects(client.discardFragments(address, [outside]), refusedWith(400, 'JSON_MALFORMED'));
});

providerTest('deleted on chain: the bytes go with the finalized block; other files stay', async (fixture) => {
  const { client, address, chain } = fixture;
  const files = [0xf1, 0xf2].map((byte) => new Uint8Array(32).fill(byte));
  for (const [i, fileId] of files.entries()) {
    const bytes = testBytes(100_000, i);
    const root = fragmentRootOf(bytes);
    await client.putFragment(address, placeOf(i + 1), root, [bytes]);
    const entry = {
      fileId: toHex(fileId),
      orderId: toHex(placeOf(i + 1).orderId),
      segment: 0,
      fragment: 0,
      root: toHex(root),
      length: 100_000,
    };
    await client.attestHoldings(address, [entry]);
    chain.files.add(toHex(fileId));
  }
  await chain.finalize({ type: 'declared', fileIds: files });
  await assert.rejects(client.deleteFragment(address, placeOf(1)), refusedWith(409, 'FRAGMENT_DECLARED'));
  const before = fixture.provider.usage().usedBytes;
  await chain.finalize({ type: 'deleted', fileId: files[0]! });
  assert.ok(fixture.provider.usage().usedBytes < before - 90_000);
  await assert.rejects(
    readFrom(fixture, fragmentRootOf(testBytes(100_000, 0)), 1),
    refusedWith(404, 'FRAGMENT_NOT_FOUND'),
  );
  assert.deepEqual(await readFrom(fixture, fragmentRootOf(testBytes(100_000, 1)), 100_000), testBytes(100_000, 1));
  // Known again after a restart, so that the second deletion is found too.
  await fixture.restart();
  await chain.finalize({ type: 'deleted', fileId: files[1]! });
  assert.equal(fixture.provider.usage().fragments, 0);
});

providerTest('renewal moves the expiry of undeclared fragments of those orders', async (fixture) => {
  const { client, address } = fixture;
  const bytes = testBytes(100);
  await client.putFragment(address, placeOf(1), fragmentRootOf(bytes), [bytes]);
  fixture.clock.ms += 6 * day * 1000;
  const expiry = await client.renew(address, [placeOf(1).orderId]);
  assert.equal(expiry, fixture.clock.ms / 1000 + 7 * day);
  const { expirySeconds } = await client.putFragment(address, placeOf(1), fragmentRootOf(bytes), [bytes]);
  assert.equal(expirySeconds, expiry);
});
