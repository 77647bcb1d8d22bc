// What a provider takes, gives and refuses to keep, over real sockets.
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import type { ClientRequest } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { createEd25519Signer, verifyEd25519 } from '@cess/crypto';
import { createFaultyFs } from '@cess/fragment-store/testing';
import { ProviderClient } from '@cess/node-api';
import { isCessError, toHex } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { fragmentRootOf } from '@cess/sealing';
import { receiptMessage } from '@cess/types';
import {
  day,
  gatewayAccount,
  placeOf,
  providerTest,
  rawRequest,
  readFrom,
  refusedWith,
  signedPut,
  startProvider,
  testBytes,
} from './test-support/provider-fixture.js';

providerTest(
  'STORE: a fragment is stored, its receipt verifies, and it is served whole and in ranges',
  async (fixture) => {
    for (const size of [1, 5000, 65_536, 3_000_000]) {
      const bytes = testBytes(size, size);
      const root = fragmentRootOf(bytes);
      const pieces = [bytes.subarray(0, size >> 1), bytes.subarray(size >> 1)];
      const receipt = await fixture.client.putFragment(fixture.address, placeOf(1, size % 65_536), root, pieces);
      assert.equal(verifyEd25519(receipt.signature, receiptMessage(receipt), fixture.nodeKey.publicKey), true);
      assert.equal(receipt.provider, 5);
      assert.equal(receipt.length, size);
      assert.deepEqual(receipt.root, root);
      assert.deepEqual(receipt.gateway, gatewayAccount);
      assert.equal(receipt.expirySeconds, fixture.clock.ms / 1000 + 7 * day);
      assert.ok(Buffer.from(await readFrom(fixture, root, size)).equals(bytes));
      const from = Math.floor(size / 3);
      assert.ok(Buffer.from(await readFrom(fixture, root, size - from, from)).equals(bytes.subarray(from)));
    }
    const status = await fixture.client.status(fixture.address);
    assert.equal(status.fragments, 4);
    assert.equal(status.miner, 5);
    assert.equal(status.nodeKey, toHex(fixture.nodeKey.publicKey));
  },
);

providerTest(
  'a wrong root, a truncated body, an oversized body and a missing length leave nothing behind',
  async (fixture) => {
    const { port } = fixture.provider;
    const bytes = testBytes(100_000);
    const wrong = signedPut(fixture, placeOf(1), bytes);
    const damaged = bytes.slice();
    damaged[99_999]! ^= 1;
    const mismatch = await rawRequest(port, { ...wrong, write: (outgoing) => void outgoing.end(damaged) });
    assert.deepEqual([mismatch.status, mismatch.json.code], [422, 'FRAGMENT_ROOT_MISMATCH']);
    const truncated = signedPut(fixture, placeOf(1), bytes);
    const broken = rawRequest(port, {
      ...truncated,
      write: (outgoing) => outgoing.write(bytes.subarray(0, 50_000), () => outgoing.destroy(new Error('gone'))),
    });
    await assert.rejects(broken, /gone/);
    const huge = signedPut(fixture, placeOf(1), bytes);
    huge.headers['content-length'] = String(33 * 1_048_576);
    const oversize = await rawRequest(port, { ...huge, write: (outgoing) => outgoing.flushHeaders() });
    assert.deepEqual([oversize.status, oversize.json.code], [413, 'BODY_TOO_LARGE']);
    const chunked = signedPut(fixture, placeOf(1), bytes);
    delete (chunked.headers as Record<string, string>)['content-length'];
    const inChunks = { ...chunked, write: (outgoing: ClientRequest) => outgoing.write(bytes, () => outgoing.end()) };
    assert.equal((await rawRequest(port, inChunks)).status, 411);
    const empty = signedPut(fixture, placeOf(1), new Uint8Array(0));
    assert.deepEqual((await rawRequest(port, empty)).json.code, 'FRAGMENT_INVALID');
    await fixture.restart();
    assert.deepEqual({ ...fixture.provider.usage() }, { fragments: 0, usedBytes: 0, logBytes: 0, reservedBytes: 0 });
  },
);

providerTest(
  'a stalled upload is cut off and leaves nothing behind',
  async (fixture) => {
    const bytes = testBytes(100_000);
    const stalled = signedPut(fixture, placeOf(1), bytes);
    const answer = rawRequest(fixture.provider.port, {
      ...stalled,
      write: (outgoing) => outgoing.write(bytes.subarray(0, 1000)),
    });
    await assert.rejects(answer);
    assert.equal(fixture.provider.usage().fragments, 0);
    await fixture.client.putFragment(fixture.address, placeOf(1), fragmentRootOf(bytes), [bytes]);
  },
  { stallTimeoutMs: 200 },
);

providerTest(
  'a full provider answers 507 and stores nothing more',
  async (fixture) => {
    // Several gateways: one alone may fill half of the provider.
    const clients = [1, 2, 3].map((seed) => {
      const signer = createEd25519Signer(new Uint8Array(32).fill(seed));
      const account = new Uint8Array(32).fill(0x70 + seed);
      fixture.chain.gateways.push({ account, nodeKey: signer.publicKey, hasQuota: true });
      return new ProviderClient({ signer, account, nowMs: () => fixture.clock.ms });
    });
    const put = (i: number) => {
      const bytes = testBytes(50_000, i);
      return clients[i]!.putFragment(fixture.address, placeOf(i), fragmentRootOf(bytes), [bytes]);
    };
    await put(0);
    await put(1);
    await assert.rejects(put(2), refusedWith(507, 'FRAGMENT_STORE_FULL'));
    const first = testBytes(50_000, 0);
    assert.deepEqual(await readFrom(fixture, fragmentRootOf(first), 50_000), first);
    for (const client of clients) client.close();
  },
  { declaredBytes: 120_000 },
);

test('a failing disk answers 503 or 507, never a receipt', async () => {
  const fs = createFaultyFs({
    seed: 1,
    fail: new Map([30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40].map((n) => [n, 'ENOSPC'])),
  });
  const fixture = await startProvider({}, { fs });
  const stored: Uint8Array[] = [];
  for (let i = 0; i < 30; i++) {
    const bytes = testBytes(70_000, i);
    try {
      await fixture.client.putFragment(fixture.address, placeOf(i), fragmentRootOf(bytes), [bytes]);
      stored.push(bytes);
    } catch (error) {
      assert.ok(isCessError(error, 'PROVIDER_REFUSED'), String(error));
      assert.ok([503, 507].includes(error.data.status ?? 0), String(error));
    }
  }
  assert.ok(fs.operationCount() > 40 && stored.length < 30 && stored.length > 0);
  for (const bytes of stored) assert.deepEqual(await readFrom(fixture, fragmentRootOf(bytes), bytes.length), bytes);
  await fixture.stop();
});

providerTest(
  'two writers of one fragment both get receipts; another gateway cannot take it over or drop it',
  async (fixture) => {
    const bytes = testBytes(200_000);
    const root = fragmentRootOf(bytes);
    await Promise.all([1, 2, 3].map(() => fixture.client.putFragment(fixture.address, placeOf(1), root, [bytes])));
    assert.equal(fixture.provider.usage().fragments, 1);
    const otherKey = createEd25519Signer(new Uint8Array(32).fill(4));
    const account = new Uint8Array(32).fill(0x62);
    fixture.chain.gateways.push({ account, nodeKey: otherKey.publicKey, hasQuota: true });
    const other = new ProviderClient({ signer: otherKey, account, nowMs: () => fixture.clock.ms });
    await assert.rejects(
      other.putFragment(fixture.address, placeOf(1), root, [bytes]),
      refusedWith(409, 'FRAGMENT_OWNED'),
    );
    await other.deleteFragment(fixture.address, placeOf(1));
    const nothing = { deleted: 0, kept: 0, declared: 0 };
    assert.deepEqual(await other.discardFragments(fixture.address, [placeOf(1)]), nothing);
    assert.deepEqual(await readFrom(fixture, root, 200_000), bytes);
    await fixture.client.deleteFragment(fixture.address, placeOf(1));
    await assert.rejects(readFrom(fixture, root, 1), refusedWith(404, 'FRAGMENT_NOT_FOUND'));
    other.close();
  },
);

for (const [how, spoil] of [
  ['removed', async (store: string) => rm(store, { recursive: true })],
  [
    'replaced by the store of another run',
    async (store: string) => {
      await rm(store, { recursive: true });
      await mkdir(store);
      await writeFile(join(store, 'format.json'), '{"format":"cess-fragment-store","storeId":"00"}');
    },
  ],
] as const) {
  providerTest(
    `a provider whose store is ${how} while it runs answers 503 and acknowledges nothing`,
    async (fixture) => {
      const { client, address } = fixture;
      const [small, large] = [testBytes(5000, 1), testBytes(100_000, 2)];
      const [smallRoot, largeRoot] = [fragmentRootOf(small), fragmentRootOf(large)];
      await client.putFragment(address, placeOf(1), smallRoot, [small]);
      await client.putFragment(address, placeOf(2), largeRoot, [large]);
      await spoil(join(fixture.dir, 'store'));
      const isGone = refusedWith(503, 'FRAGMENT_STORE_GONE');
      await assert.rejects(client.putFragment(address, placeOf(3), smallRoot, [small]), isGone);
      await assert.rejects(client.putFragment(address, placeOf(4), largeRoot, [large]), isGone);
      await assert.rejects(readFrom(fixture, largeRoot, large.length), isGone);
      await assert.rejects(readFrom(fixture, smallRoot, small.length), isGone);
      await assert.rejects(client.status(address), isGone);
    },
  );
}

providerTest('a fragment whose file alone is missing is not found, and the provider keeps serving', async (fixture) => {
  const { client, address } = fixture;
  const [lost, kept] = [testBytes(100_000, 1), testBytes(100_000, 2)];
  const [lostRoot, keptRoot] = [fragmentRootOf(lost), fragmentRootOf(kept)];
  await client.putFragment(address, placeOf(1), lostRoot, [lost]);
  await client.putFragment(address, placeOf(2), keptRoot, [kept]);
  const name = toHex(lostRoot);
  await rm(join(fixture.dir, 'store', 'fragments', name.slice(0, 2), name));
  await assert.rejects(readFrom(fixture, lostRoot, lost.length), refusedWith(404, 'FRAGMENT_NOT_FOUND'));
  assert.ok(Buffer.from(await readFrom(fixture, keptRoot, kept.length)).equals(kept));
});

providerTest('a provider notices without a request that its store is gone', async (fixture) => {
  await rm(join(fixture.dir, 'store'), { recursive: true });
  await eventually(
    async () => (await rawRequest(fixture.provider.port, { method: 'GET', path: '/v1/status' })).status === 503,
    'the provider answers 503',
  );
});
