// Nodes find each other and their records over real sockets (CHAIN-2, CHAIN-3; docs/protocol/network.md §7).
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createEd25519Signer } from '@cess/crypto';
import { isCessError, systemTimers, toHex, utf8 } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { multiaddr } from '@multiformats/multiaddr';
import { announcementsAt } from './announcements.js';
import {
  type Capabilities,
  type CapabilityRecord,
  keyOfPeerId,
  type NetworkHost,
  type NetworkRole,
  signCapabilityRecord,
} from './index.js';
import type { NetworkNode } from './libp2p-node.js';
import { NetworkNames } from './network-names.js';
import { addressOf, genesis, seedOf, TestNetwork } from './test-support/hosts.js';

const nodeCount = 12;
const roles: readonly NetworkRole[] = ['validator', 'provider', 'gateway'];
const places = ['eu/de', 'eu/fr', 'us/east', 'eu/de/fra'];
const network = new TestNetwork();
const hosts: NetworkHost[] = [];

function capabilities(i: number): Capabilities {
  return {
    roles: [roles[i % roles.length] ?? 'node'],
    place: places[i % places.length] ?? 'eu',
    endpoints: [`https://192.0.2.${i}:9443`],
    capacity: { storageBytes: i * 2 ** 30, bytesPerSecond: 1_000_000, threads: 2 },
  };
}

function signed(
  seed: number,
  change: { readonly sequence?: bigint; readonly validUntilMs?: number; readonly genesis?: Uint8Array },
) {
  return signCapabilityRecord(createEd25519Signer(seedOf(seed)), {
    ...capabilities(0),
    genesis,
    sequence: 1n,
    validUntilMs: Date.now() + 3_600_000,
    ...change,
  });
}

/** Stores a value at all nodes that take it. Resolves with how many did. */
async function putAs(node: NetworkNode, key: string, value: Uint8Array): Promise<number> {
  let taken = 0;
  for await (const event of node.services.dht.put(utf8(key), value)) {
    if (event.name === 'PEER_RESPONSE' && event.messageName === 'PUT_VALUE') taken++;
  }
  return taken;
}

/** A connection is in the routing table of the DHT only some time after it was opened; the error says to try again. */
async function publish(host: NetworkHost, content: Capabilities): Promise<CapabilityRecord> {
  try {
    return await host.records.publish(content);
  } catch (error) {
    if (!isCessError(error, 'NETWORK_RECORD_NOT_STORED')) throw error;
    await systemTimers.sleep(100);
    return publish(host, content);
  }
}

describe('discovery', () => {
  const names = new NetworkNames(genesis);
  let attacker: NetworkNode;

  before(async () => {
    const limits = { targetPeers: nodeCount - 1 };
    const first = await network.host(100, { limits });
    hosts.push(first);
    for (let i = 1; i < nodeCount; i++)
      hosts.push(await network.host(100 + i, { bootstrap: [addressOf(first)], limits }));
    await eventually(() => hosts.every((host) => host.peers().length === nodeCount - 1), 'everybody knows everybody');
    await Promise.all(hosts.map((host, i) => publish(host, capabilities(i))));
    attacker = await network.hostile(99);
    await attacker.dial(multiaddr(addressOf(first)));
    await eventually(
      () => attacker.services.dht.getMode() === 'server' && attacker.getPeers().length > 0,
      'the attacker is in the DHT',
    );
  });

  after(() => network.stop());

  it('CHAIN-3: nodes that know one bootstrap address connect to all others', () => {
    for (const host of hosts) {
      const known = new Set(host.peers().map(({ peer }) => peer));
      assert.equal(hosts.filter(({ peerId }) => known.has(peerId)).length, nodeCount - 1);
    }
  });

  it('NW-27: every record is found by its key, and every node finds one', async () => {
    for (const [i, other] of hosts.entries()) {
      const record = await hosts[(i + 5) % nodeCount]?.records.find(keyOfPeerId(other.peerId));
      assert.deepEqual(record?.endpoints, capabilities(i).endpoints);
      assert.deepEqual(record?.capacity, capabilities(i).capacity);
    }
  });

  it('CHAIN-2, NW-28: nodes are found by role and by role and place, wider places included', async () => {
    const searches: [NetworkRole, string | undefined][] = [
      ['provider', undefined],
      ['gateway', 'eu'],
      ['validator', 'eu/de'],
      ['provider', 'us/east'],
      ['provider', 'asia'],
      ['cache', undefined],
    ];
    for (const [i, [role, place]] of searches.entries()) {
      const expected = hosts.flatMap((host, number) => {
        const { roles: own, place: at } = capabilities(number);
        const isThere = place === undefined || at === place || at.startsWith(`${place}/`);
        return own.includes(role) && isThere ? [toHex(keyOfPeerId(host.peerId))] : [];
      });
      const found = await hosts[2 * i]?.records.list(place === undefined ? { role } : { role, place });
      assert.deepEqual(found?.map(({ key }) => toHex(key)).sort(), expected.sort(), `${role} at ${place}`);
    }
  });

  it('a list has at most as many records as were asked for', async () => {
    assert.equal((await hosts[3]?.records.list({ role: 'provider', limit: 2 }))?.length, 2);
  });

  it('NW-26: a new record replaces the former one everywhere', async () => {
    const host = hosts[5];
    assert.ok(host);
    const changed = { ...capabilities(5), endpoints: ['https://198.51.100.5:1'] };
    const { sequence } = await host.records.publish(changed);
    const record = await hosts[8]?.records.find(keyOfPeerId(host.peerId));
    assert.deepEqual([record?.endpoints, record?.sequence], [changed.endpoints, sequence]);
  });

  it('NW-26: an older record of the same key that is sent again has no effect', async () => {
    const key = names.record(createEd25519Signer(seedOf(50)).publicKey);
    const [older, newer] = [signed(50, { sequence: 1n }), signed(50, { sequence: 2n })];
    assert.ok((await putAs(attacker, key, newer)) > 0);
    await putAs(attacker, key, older);
    const record = await hosts[4]?.records.find(createEd25519Signer(seedOf(50)).publicKey);
    assert.equal(record?.sequence, 2n);
  });

  it('NW-25: forged, expired and foreign records, and records under the key of another, are stored by nobody', async () => {
    const { publicKey } = createEd25519Signer(seedOf(51));
    const sound = signed(51, {});
    const forged = sound.slice();
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    const attempts: [string, string, Uint8Array][] = [
      ['forged', names.record(publicKey), forged],
      ['expired', names.record(publicKey), signed(51, { validUntilMs: Date.now() - 1 })],
      ['foreign', names.record(publicKey), signed(51, { genesis: new Uint8Array(32) })],
      ['under another key', names.record(createEd25519Signer(seedOf(52)).publicKey), sound],
      ['under another spelling of the key', names.record(publicKey).toUpperCase(), sound],
      ['too large', names.record(publicKey), new Uint8Array(5000)],
      ['of another kind', '/other/1', sound],
    ];
    for (const [what, key, value] of attempts) assert.equal(await putAs(attacker, key, value), 0, what);
    assert.equal(await hosts[2]?.records.find(publicKey), undefined);
    assert.ok((await putAs(attacker, names.record(publicKey), sound)) > 0);
  });

  it('NW-28: a node that announces a role that its record does not have is not found', async () => {
    const { publicKey } = createEd25519Signer(seedOf(99));
    await putAs(attacker, names.record(publicKey), signed(99, {}));
    for (const key of announcementsAt(genesis, 'cache', undefined)) {
      for await (const _ of attacker.services.dht.provide(key));
    }
    assert.deepEqual(await hosts[6]?.records.list({ role: 'cache' }), []);
  });

  it('NW-24: a node whose clock was set back still publishes a record that counts', async () => {
    const host = hosts[9];
    assert.ok(host);
    const key = keyOfPeerId(host.peerId);
    const ahead = BigInt(Date.now() + 3_600_000);
    assert.ok((await putAs(attacker, names.record(key), signed(109, { sequence: ahead }))) > 0);
    const { sequence } = await host.records.publish(capabilities(9));
    assert.equal(sequence, ahead + 1n);
  });
});
