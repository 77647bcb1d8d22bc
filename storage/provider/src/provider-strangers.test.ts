// STORE-15: what strangers and slow peers cost a provider. Registering as a gateway costs a stranger only a deposit.
import assert from 'node:assert/strict';
import type { ClientRequest } from 'node:http';
import { createEd25519Signer, type Ed25519Signer } from '@cess/crypto';
import { ProviderClient } from '@cess/node-api';
import { eventually } from '@cess/primitives/testing';
import { fragmentRootOf } from '@cess/sealing';
import {
  day,
  type Fixture,
  gatewayAccount,
  placeOf,
  providerTest,
  rawRequest,
  refusedWith,
  signedPut,
  testBytes,
} from './test-support/provider-fixture.js';

const strangerAccount = new Uint8Array(32).fill(0x99);
const strangerKey = createEd25519Signer(new Uint8Array(32).fill(9));

/** Registers a gateway on the chain of the fixture, and gives its client. */
function register(fixture: Fixture, account: Uint8Array, signer: Ed25519Signer, hasQuota: boolean): ProviderClient {
  fixture.chain.gateways.push({ account, nodeKey: signer.publicKey, hasQuota });
  return new ProviderClient({ signer, account, nowMs: () => fixture.clock.ms });
}

/** Replaces what the chain says about the gateway of the fixture. */
function setQuota({ chain, gatewayKey }: Fixture, hasQuota: boolean): void {
  chain.gateways[0] = { account: gatewayAccount, nodeKey: gatewayKey.publicKey, hasQuota };
}

const put = (client: ProviderClient, fixture: Fixture, order: number, bytes = testBytes(100, order)) =>
  client.putFragment(fixture.address, placeOf(order), fragmentRootOf(bytes), [bytes]);

providerTest('a registered gateway stores and attests only once an owner has locked space for it', async (fixture) => {
  const client = register(fixture, strangerAccount, strangerKey, false);
  fixture.clock.ms += 2_000;
  await assert.rejects(put(client, fixture, 1), refusedWith(403, 'GATEWAY_NOT_AUTHORISED'));
  const entry = { fileId: '01'.repeat(32), orderId: '02'.repeat(32), segment: 0, fragment: 0, root: '03'.repeat(32) };
  await assert.rejects(
    client.attestHoldings(fixture.address, [{ ...entry, length: 100 }]),
    refusedWith(403, 'GATEWAY_NOT_AUTHORISED'),
  );
  assert.equal(fixture.provider.usage().fragments, 0);
  fixture.chain.gateways[1] = { account: strangerAccount, nodeKey: strangerKey.publicKey, hasQuota: true };
  fixture.clock.ms += 2_000;
  await put(client, fixture, 1);
  client.close();
});

providerTest(
  'a gateway stays authorised while the chain is away, and for a week without locked space',
  async (fixture) => {
    await put(fixture.client, fixture, 1);
    fixture.chain.isDown = true;
    fixture.clock.ms += 30 * day * 1000;
    await put(fixture.client, fixture, 2);
    fixture.chain.isDown = false;
    fixture.clock.ms += 60_000;
    await put(fixture.client, fixture, 3);
    await eventually(
      () => fixture.chain.calls.at(-1) === 'listGateways',
      () => 'the list is loaded again',
    );
    setQuota(fixture, false);
    fixture.clock.ms += 6 * day * 1000;
    await put(fixture.client, fixture, 4);
    fixture.clock.ms += 2 * day * 1000;
    // The first request makes the list be loaded in the background.
    await eventually(
      () => put(fixture.client, fixture, 5).then(() => false, refusedWith(403, 'GATEWAY_NOT_AUTHORISED')),
      () => 'the gateway is refused',
    );
  },
);

providerTest(
  'a gateway without locked space renews at most a twentieth of the provider',
  async (fixture) => {
    for (const order of [1, 2, 3]) await put(fixture.client, fixture, order, testBytes(1_000_000, order));
    const renew = (...orders: number[]) =>
      fixture.client.renew(
        fixture.address,
        orders.map((order) => placeOf(order).orderId),
      );
    await renew(1, 2, 3);
    setQuota(fixture, false);
    fixture.clock.ms += 8 * day * 1000;
    await eventually(
      () => put(fixture.client, fixture, 4).then(() => false, refusedWith(403, 'GATEWAY_NOT_AUTHORISED')),
      () => 'the gateway is refused',
    );
    await renew(1, 2);
    await assert.rejects(renew(3), refusedWith(507, 'RENEWAL_LIMIT'));
    await renew(2);
  },
  { declaredBytes: 50_000_000 },
);

/** Begins a PUT whose body does not end, and resolves when the provider stores it. */
async function slowPut(
  fixture: Fixture,
  order: number,
): Promise<{ readonly end: () => void; readonly answer: Promise<number> }> {
  const bytes = testBytes(1_000, order);
  const { write: _, ...rest } = signedPut(fixture, placeOf(order), bytes);
  let outgoing: ClientRequest | undefined;
  const answer = rawRequest(fixture.provider.port, {
    ...rest,
    write: (request) => {
      outgoing = request;
      request.write(bytes.subarray(0, 10));
    },
  });
  return { end: () => void outgoing?.end(bytes.subarray(10)), answer: answer.then(({ status }) => status) };
}

providerTest(
  'one gateway takes at most half of the upload places; another still stores',
  async (fixture) => {
    const other = register(fixture, strangerAccount, strangerKey, true);
    fixture.clock.ms += 2_000;
    const slow = [await slowPut(fixture, 1), await slowPut(fixture, 2)];
    await eventually(
      () => put(fixture.client, fixture, 3).then(() => false, refusedWith(503, 'PROVIDER_BUSY')),
      () => 'the gateway holds its share',
    );
    await put(other, fixture, 4);
    for (const { end } of slow) end();
    assert.deepEqual(await Promise.all(slow.map(({ answer }) => answer)), [201, 201]);
    await put(fixture.client, fixture, 5);
    other.close();
  },
  { maxUploads: 4 },
);

providerTest(
  'a body that arrives too slowly is answered 408, and its place is free again',
  async (fixture) => {
    const slow = await slowPut(fixture, 1);
    assert.equal(await slow.answer, 408);
    assert.equal(fixture.provider.usage().fragments, 0);
    await put(fixture.client, fixture, 2);
  },
  { maxUploads: 1, bodyPace: { minBytes: 1_000_000, windowMs: 50 } },
);
