// Who may ask a provider what, over real sockets, and how it answers everybody else.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test } from 'node:test';
import { createEd25519Signer } from '@cess/crypto';
import { type FragmentFs, nodeFs } from '@cess/fragment-store';
import {
  audienceHeader,
  fragmentRootPath,
  gatewayHeader,
  ProviderClient,
  signRequest,
  statusPath,
} from '@cess/node-api';
import { delay, toHex } from '@cess/primitives';
import { fragmentRootOf } from '@cess/sealing';
import {
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

test('STORE-15: one gateway fills at most half of a provider with fragments that it does not declare', async () => {
  const fixture = await startProvider({ declaredBytes: 300_000 });
  try {
    const fragments = [0, 1, 2, 3].map((i) => testBytes(70_000, i));
    const put = (i: number) =>
      fixture.client.putFragment(fixture.address, placeOf(1, i), fragmentRootOf(fragments[i]!), [fragments[i]!]);
    await put(0);
    await put(1);
    await assert.rejects(put(2), refusedWith(507, 'UNDECLARED_LIMIT'));
    const fileId = new Uint8Array(32).fill(0xf1);
    const root = fragmentRootOf(fragments[0]!);
    const { orderId } = placeOf(1);
    const place = { fileId: toHex(fileId), orderId: toHex(orderId), segment: 0, fragment: 0 };
    await fixture.client.attestHoldings(fixture.address, [{ ...place, root: toHex(root), length: 70_000 }]);
    await fixture.chain.finalize({ type: 'declared', fileIds: [fileId] });
    fixture.clock.ms += 60_000;
    await put(2);
    await assert.rejects(put(3), refusedWith(507, 'UNDECLARED_LIMIT'));
  } finally {
    await fixture.stop();
  }
});

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
    // Once it is registered as a provider the stranger may read, at once; there are so many questions in a second.
    fixture.chain.providerKeys.set(toHex(stranger.publicKey), 8);
    await client.readFragment(fixture.address, root, 0, target);
    assert.deepEqual(target, bytes);
    await assert.rejects(client.attestHoldings(fixture.address, []), refusedWith(403, 'GATEWAY_UNKNOWN'));
    client.close();
  },
);

providerTest('strangers make the chain be asked a bounded number of times in a second', async (fixture) => {
  const bytes = testBytes(100);
  await fixture.client.putFragment(fixture.address, placeOf(1), fragmentRootOf(bytes), [bytes]);
  const nowMs = () => fixture.clock.ms;
  const asked = fixture.chain.calls.length;
  for (let i = 0; i < 200; i++) {
    const seed = new Uint8Array(32).fill(200);
    seed[0] = i;
    const client = new ProviderClient({ signer: createEd25519Signer(seed), account: gatewayAccount, nowMs });
    const read = client.readFragment(fixture.address, fragmentRootOf(bytes), 0, new Uint8Array(100));
    await assert.rejects(read, refusedWith(403, 'NODE_UNKNOWN'));
    client.close();
  }
  const questions = fixture.chain.calls.length - asked;
  assert.ok(questions <= 70, `${questions} questions`);
});

providerTest('while the chain is down known gateways go on storing and reading', async (fixture) => {
  const [a, b] = [testBytes(100, 1), testBytes(100, 2)];
  await fixture.client.putFragment(fixture.address, placeOf(1), fragmentRootOf(a), [a]);
  fixture.chain.isDown = true;
  fixture.clock.ms += 120_000;
  await fixture.client.putFragment(fixture.address, placeOf(2), fragmentRootOf(b), [b]);
  fixture.clock.ms += 120_000;
  assert.deepEqual(await readFrom(fixture, fragmentRootOf(b), 100), b);
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

providerTest('a gateway lists its own undeclared fragments with their age, behind an order', async (fixture) => {
  const { client, address, clock } = fixture;
  const bytes = testBytes(5000);
  const root = fragmentRootOf(bytes);
  for (const order of [3, 1, 2]) await client.putFragment(address, placeOf(order, order), root, [bytes]);
  clock.ms += 90_000;
  const { fragments, isComplete } = await client.listUndeclared(address, undefined);
  assert.equal(isComplete, true);
  assert.deepEqual(
    fragments,
    [1, 2, 3].map((order) => ({ ...placeOf(order, order), ageSeconds: 90, length: bytes.length })),
  );
  const rest = await client.listUndeclared(address, placeOf(2).orderId);
  assert.deepEqual(rest.fragments, fragments.slice(2));
  await client.deleteFragment(address, placeOf(1, 1));
  assert.equal((await client.listUndeclared(address, undefined)).fragments.length, 2);
});
