// A node that nobody can dial serves requests through a relay (CHAIN-3; docs/protocol/network.md §8).
import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { eventually } from '@cess/primitives/testing';
import type { RequestProtocol } from './index.js';
import { addressOf, TestNetwork } from './test-support/hosts.js';

const echo: RequestProtocol = {
  name: 'echo',
  version: 1,
  maxRequestBytes: 20_000,
  maxResponseBytes: 20_000,
  timeoutMs: 30_000,
  maxConcurrentPerPeer: 4,
};
const network = new TestNetwork();

describe('relay', () => {
  afterEach(() => network.stop());

  it('CHAIN-3, NW-30: a node that listens nowhere serves requests through a relay', async () => {
    const relay = await network.host(1, { isRelay: true });
    const hidden = await network.host(2, { listen: [`${addressOf(relay)}/p2p-circuit`] });
    await hidden.handle(echo, async (request) => request);
    const address = await eventually(
      () => hidden.addresses().find((text) => text.includes('/p2p-circuit/')),
      'the relayed address',
    );
    // If the client could be dialled, the connection would become a direct one.
    const client = await network.host(3, { listen: [] });
    assert.equal(await client.connect(address), hidden.peerId);
    const request = new Uint8Array(20_000).fill(5);
    assert.deepEqual(await client.request(hidden.peerId, echo, request), request);
    const [entry] = client.peers().filter(({ peer }) => peer === hidden.peerId);
    assert.equal(entry?.isRelayed, true);
  });

  it('CHAIN-3, NW-30: a relayed connection to a node that can be dialled becomes a direct one', async () => {
    const relay = await network.host(1, { isRelay: true });
    const hidden = await network.host(2, { listen: [`${addressOf(relay)}/p2p-circuit`] });
    const address = await eventually(
      () => hidden.addresses().find((text) => text.includes('/p2p-circuit/')),
      'the relayed address',
    );
    const client = await network.host(3);
    await client.connect(address);
    await eventually(
      () => client.peers().some(({ peer, isRelayed }) => peer === hidden.peerId && !isRelayed),
      'the direct connection',
    );
  });

  it('NW-30: a host that is no relay gives no reservation', async () => {
    const other = await network.host(1);
    await assert.rejects(network.host(2, { listen: [`${addressOf(other)}/p2p-circuit`] }), { code: 'NETWORK_LISTEN' });
  });
});
