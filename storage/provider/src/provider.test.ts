// The provider over real sockets: what it takes, gives, refuses and remembers.
import assert from 'node:assert/strict';
import { type ClientRequest, request } from 'node:http';
import { test } from 'node:test';
import { createEd25519Signer, fragmentRootOf, verifyEd25519 } from '@cess/crypto';
import { createFaultyFs, type FragmentFs, nodeFs } from '@cess/fragment-store';
import {
  audienceHeader,
  fragmentRootPath,
  gatewayHeader,
  ProviderClient,
  signRequest,
  statusPath,
} from '@cess/node-api';
import { type CessError, delay, isCessError, toHex } from '@cess/primitives';
import { holdingDigest, receiptMessage } from '@cess/types';
import { createProvider } from './index.js';
import {
  day,
  type Fixture,
  gatewayAccount,
  placeOf,
  rawRequest,
  signedPut,
  startProvider,
  testBytes,
} from './test-support/provider-fixture.js';

function providerTest(
  name: string,
  body: (fixture: Fixture) => Promise<void>,
  ...init: Parameters<typeof startProvider>
) {
  test(name, async () => {
    const fixture = await startProvider(...init);
    try {
      await body(fixture);
    } finally {
      await fixture.stop();
    }
  });
}

async function read(fixture: Fixture, root: Uint8Array, length: number, offset = 0): Promise<Uint8Array> {
  const target = new Uint8Array(length);
  await fixture.client.readFragment(fixture.address, root, offset, target);
  return target;
}

const refusedWith = (status: number, code: string) => (error: unknown) => {
  assert.ok(isCessError(error, 'PROVIDER_REFUSED'), String(error));
  assert.deepEqual([error.data['status'], error.data['providerCode']], [status, code]);
  return true;
};

providerTest(
  'STORE: a fragment is stored, its receipt verifies, and it is served whole and in ranges',
  async (fixture) => {
    for (const size of [1, 5000, 65_536, 3_000_000]) {
      const bytes = testBytes(size, size);
      const root = fragmentRootOf(bytes);
      const pieces = [bytes.subarray(0, size >> 1), bytes.subarray(size >> 1)];
      const receipt = await fixture.client.putFragment(fixture.address, placeOf(1, size % 65_536), root, pieces);
      assert.equal(verifyEd25519(receipt.signature, receiptMessage(receipt), fixture.nodeKey.publicKey), true);
      assert.equal(receipt.miner, 5);
      assert.equal(receipt.length, size);
      assert.deepEqual(receipt.root, root);
      assert.deepEqual(receipt.gateway, gatewayAccount);
      assert.equal(receipt.expirySeconds, fixture.clock.ms / 1000 + 7 * day);
      assert.ok(Buffer.from(await read(fixture, root, size)).equals(bytes));
      const from = Math.floor(size / 3);
      assert.ok(Buffer.from(await read(fixture, root, size - from, from)).equals(bytes.subarray(from)));
    }
    const status = await fixture.client.status(fixture.address);
    assert.equal(status.fragments, 4);
    assert.equal(status.miner, 5);
    assert.equal(status.nodeKey, toHex(fixture.nodeKey.publicKey));
  },
);

providerTest(
  'a bad signature, another audience, a stale or future date and a replayed nonce are refused with 401',
  async (fixture) => {
    const bytes = testBytes(100);
    const { port } = fixture.provider;
    const put = () => signedPut(fixture, placeOf(1), bytes);
    const refused = async (request: ReturnType<typeof put>, code: string) => {
      const answer = await rawRequest(port, request);
      assert.deepEqual([answer.status, answer.json.code], [401, code]);
    };
    const spoiled = put();
    await refused({ ...spoiled, path: spoiled.path.replace(/0$/, '1') }, 'SIGNATURE_INVALID');
    const otherRoot = put();
    otherRoot.headers['cess-fragment-root'] = toHex(fragmentRootOf(testBytes(100, 5)));
    await refused(otherRoot, 'SIGNATURE_INVALID');
    const unsigned = put();
    delete unsigned.headers['signature-input'];
    await refused(unsigned, 'SIGNATURE_MISSING');
    const elsewhere = put();
    elsewhere.headers[audienceHeader] = '00'.repeat(32);
    await refused(elsewhere, 'SIGNATURE_AUDIENCE');
    await refused(signedPut(fixture, placeOf(1), bytes, fixture.clock.ms - 301_000), 'SIGNATURE_EXPIRED');
    await refused(signedPut(fixture, placeOf(1), bytes, fixture.clock.ms + 301_000), 'SIGNATURE_EXPIRED');
    assert.equal(fixture.provider.usage().fragments, 0);
    const good = put();
    assert.equal((await rawRequest(port, good)).status, 201);
    await refused(good, 'SIGNATURE_REPLAYED');
  },
);

providerTest(
  'only registered gateways store, under their own account, and only registered nodes read',
  async (fixture) => {
    const bytes = testBytes(100);
    const root = fragmentRootOf(bytes);
    const stranger = createEd25519Signer(new Uint8Array(32).fill(9));
    const nowMs = () => fixture.clock.ms;
    const client = new ProviderClient({ signer: stranger, account: gatewayAccount, nowMs });
    await assert.rejects(
      client.putFragment(fixture.address, placeOf(1), root, [bytes]),
      refusedWith(403, 'GATEWAY_UNKNOWN'),
    );
    await fixture.client.putFragment(fixture.address, placeOf(1), root, [bytes]);
    const target = new Uint8Array(100);
    await assert.rejects(client.readFragment(fixture.address, root, 0, target), refusedWith(403, 'NODE_UNKNOWN'));
    // Once it is registered as a provider the stranger may read; asked at most once a second.
    fixture.chain.minerKeys.set(toHex(stranger.publicKey), 8);
    const asked = fixture.chain.calls.length;
    await assert.rejects(client.readFragment(fixture.address, root, 0, target), refusedWith(403, 'NODE_UNKNOWN'));
    assert.equal(fixture.chain.calls.length, asked);
    fixture.clock.ms += 1_000;
    await client.readFragment(fixture.address, root, 0, target);
    assert.deepEqual(target, bytes);
    await assert.rejects(client.attestHoldings(fixture.address, []), refusedWith(403, 'GATEWAY_UNKNOWN'));
    client.close();
  },
);

providerTest('while the chain is down known gateways go on storing and reading', async (fixture) => {
  const [a, b] = [testBytes(100, 1), testBytes(100, 2)];
  await fixture.client.putFragment(fixture.address, placeOf(1), fragmentRootOf(a), [a]);
  fixture.chain.isDown = true;
  fixture.clock.ms += 120_000;
  await fixture.client.putFragment(fixture.address, placeOf(2), fragmentRootOf(b), [b]);
  fixture.clock.ms += 120_000;
  assert.deepEqual(await read(fixture, fragmentRootOf(b), 100), b);
});

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
    const [a, b] = [testBytes(80_000, 1), testBytes(80_000, 2)];
    await fixture.client.putFragment(fixture.address, placeOf(1), fragmentRootOf(a), [a]);
    const second = fixture.client.putFragment(fixture.address, placeOf(2), fragmentRootOf(b), [b]);
    await assert.rejects(second, refusedWith(507, 'FRAGMENT_STORE_FULL'));
    assert.deepEqual(await read(fixture, fragmentRootOf(a), 80_000), a);
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
      assert.ok([503, 507].includes((error as CessError).data['status'] as number), String(error));
    }
  }
  assert.ok(fs.operationCount() > 40 && stored.length < 30 && stored.length > 0);
  for (const bytes of stored) assert.deepEqual(await read(fixture, fragmentRootOf(bytes), bytes.length), bytes);
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
    fixture.chain.gateways.push({ account, nodeKey: otherKey.publicKey });
    const other = new ProviderClient({ signer: otherKey, account, nowMs: () => fixture.clock.ms });
    await assert.rejects(
      other.putFragment(fixture.address, placeOf(1), root, [bytes]),
      refusedWith(409, 'FRAGMENT_OWNED'),
    );
    await other.deleteFragment(fixture.address, placeOf(1));
    assert.deepEqual(await read(fixture, root, 200_000), bytes);
    await fixture.client.deleteFragment(fixture.address, placeOf(1));
    await assert.rejects(read(fixture, root, 1), refusedWith(404, 'FRAGMENT_NOT_FOUND'));
    other.close();
  },
);

providerTest(
  'after a restart everything is there, the index is remembered, and receipts are signed with the chain down',
  async (fixture) => {
    const bytes = testBytes(100_000);
    const root = fragmentRootOf(bytes);
    await fixture.client.putFragment(fixture.address, placeOf(1), root, [bytes]);
    const { port } = fixture.provider;
    await fixture.restart({ port });
    assert.equal(fixture.provider.port, port);
    assert.equal(fixture.provider.miner, 5);
    assert.equal(fixture.chain.calls.filter((call) => call === 'register').length, 1);
    assert.deepEqual(await read(fixture, root, 100_000), bytes);
  },
);

providerTest(
  'registration follows a changed endpoint, and a directory of another provider is refused',
  async (fixture) => {
    await fixture.restart({ endpoint: 'http://provider.example:1234' });
    await fixture.provider.whenRegistered();
    assert.equal(fixture.chain.record!.endpoint, 'http://provider.example:1234');
    await fixture.provider.stop();
    const { chain, dir, nodeKey } = fixture;
    const components = {
      chain,
      nodeSigner: nodeKey,
      account: new Uint8Array(32).fill(0x71),
      clock: { nowMs: () => 0 },
      rng: { bytes: (length: number) => new Uint8Array(length) },
      logger: (await import('@cess/primitives')).silentLogger,
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

providerTest(
  'more uploads than allowed are answered 503 with Retry-After',
  async (fixture) => {
    const bytes = testBytes(100_000);
    const { port } = fixture.provider;
    const slow = signedPut(fixture, placeOf(1), bytes);
    let finish: () => void = () => {};
    const first = rawRequest(port, {
      ...slow,
      write: (outgoing) => {
        outgoing.write(bytes.subarray(0, 1000));
        finish = () => outgoing.end(bytes.subarray(1000));
      },
    });
    const second = async () => rawRequest(port, signedPut(fixture, placeOf(2), bytes));
    // The first one holds its place once the provider has reserved room for it.
    while (fixture.provider.usage().reservedBytes === 0) await new Promise((resolve) => setImmediate(resolve));
    const refused = await second();
    assert.deepEqual([refused.status, refused.json.code, refused.headers['retry-after']], [503, 'PROVIDER_BUSY', '1']);
    finish();
    assert.equal((await first).status, 201);
    assert.equal((await second()).status, 201);
  },
  { maxUploads: 1 },
);

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
  const signature = await client.attestHoldings(address, json);
  const digest = holdingDigest({ genesis: chain.genesis, miner: 5, gateway: gatewayAccount, entries });
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
  await assert.rejects(read(fixture, fragmentRootOf(testBytes(100_000, 0)), 1), refusedWith(404, 'FRAGMENT_NOT_FOUND'));
  assert.deepEqual(await read(fixture, fragmentRootOf(testBytes(100_000, 1)), 100_000), testBytes(100_000, 1));
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

providerTest('ranges, unknown routes and methods are answered as HTTP says', async (fixture) => {
  const bytes = testBytes(1000);
  const root = fragmentRootOf(bytes);
  await fixture.client.putFragment(fixture.address, placeOf(1), root, [bytes]);
  const get = (range?: string) => {
    const path = fragmentRootPath(root);
    const headers: Record<string, string> = { [audienceHeader]: toHex(fixture.nodeKey.publicKey) };
    Object.assign(
      headers,
      signRequest({ method: 'GET', path, query: '', headers }, fixture.gatewayKey, fixture.clock.ms),
    );
    if (range !== undefined) headers['range'] = range;
    return rawRequest(fixture.provider.port, { method: 'GET', path, headers });
  };
  const whole = await get();
  assert.deepEqual([whole.status, whole.headers['content-length'], whole.body.equals(bytes)], [200, '1000', true]);
  for (const [range, from, to] of [
    ['bytes=0-0', 0, 0],
    ['bytes=990-', 990, 999],
    ['bytes=-5', 995, 999],
    ['bytes=900-5000', 900, 999],
  ] as const) {
    const part = await get(range);
    assert.equal(part.status, 206, range);
    assert.equal(part.headers['content-range'], `bytes ${from}-${to}/1000`);
    assert.equal(part.headers['content-length'], String(to - from + 1), 'readers refuse transfer codings');
    assert.ok(part.body.equals(bytes.subarray(from, to + 1)), range);
  }
  for (const range of ['bytes=1000-', 'bytes=-0']) {
    const answer = await get(range);
    assert.deepEqual([answer.status, answer.headers['content-range']], [416, 'bytes */1000'], range);
  }
  for (const range of ['bytes=5-2', 'lines=0-1', 'bytes=0-1,4-5', 'bytes=-'])
    assert.equal((await get(range)).status, 200, range);
  const plain = (method: string, path: string) => rawRequest(fixture.provider.port, { method, path });
  assert.equal((await plain('GET', '/')).status, 404);
  assert.equal((await plain('GET', '/v1/fragments/zz')).status, 404);
  assert.equal((await plain('PUT', `/v1/fragments/${'00'.repeat(32)}/4294967296/0`)).status, 404);
  assert.equal((await plain('POST', statusPath)).status, 405);
  assert.equal((await plain('GET', '/v1/holdings')).status, 405);
  assert.equal((await plain('POST', fragmentRootPath(root))).status, 405);
  assert.equal((await plain('GET', statusPath)).status, 200);
  const badHeader = signedPut(fixture, placeOf(2), bytes);
  badHeader.headers[gatewayHeader] = 'nothex';
  assert.deepEqual((await rawRequest(fixture.provider.port, badHeader)).json.code, 'HEADER_MALFORMED');
});

test('readers that go away leave no file open', async () => {
  const closings: Promise<void>[] = [];
  let goAway = async (): Promise<void> => {};
  const fs: FragmentFs = {
    ...nodeFs,
    open: async (path, mode) => {
      const file = await nodeFs.open(path, mode);
      if (!path.includes('/fragments/')) return file;
      const leave = goAway;
      let noteClosed: () => void = () => {};
      closings.push(new Promise((resolve) => (noteClosed = resolve)));
      return {
        write: (pieces, position) => file.write(pieces, position),
        read: async (target, position) => {
          await leave();
          return file.read(target, position);
        },
        datasync: () => file.datasync(),
        truncate: (length) => file.truncate(length),
        size: () => file.size(),
        close: () => file.close().finally(noteClosed),
      };
    },
  };
  const fixture = await startProvider({}, { fs });
  try {
    const bytes = testBytes(3_000_000, 5);
    const root = fragmentRootOf(bytes);
    await fixture.client.putFragment(fixture.address, placeOf(77), root, [bytes]);
    const path = fragmentRootPath(root);
    const headers = { [audienceHeader]: toHex(fixture.nodeKey.publicKey) };
    for (let i = 0; i < 10; i++) {
      const signed = signRequest({ method: 'GET', path, query: '', headers }, fixture.gatewayKey, fixture.clock.ms);
      const outgoing = request(fixture.address.endpoint + path, { headers: { ...headers, ...signed } });
      const closed = new Promise<void>((resolve) => outgoing.on('close', resolve));
      outgoing.on('error', () => {});
      goAway = async () => {
        outgoing.destroy();
        await closed;
        // When this is answered the provider has seen that the reader is gone.
        await fixture.client.status(fixture.address);
      };
      outgoing.end();
      await closed;
    }
    const tooLate = new AbortController();
    const limit = delay(5_000, tooLate.signal).then(() => assert.fail('a file is still open'));
    await Promise.race([Promise.all(closings), limit]).finally(() => {
      limit.catch(() => {});
      tooLate.abort();
    });
    assert.equal(closings.length, 10);
  } finally {
    await fixture.stop();
  }
});
