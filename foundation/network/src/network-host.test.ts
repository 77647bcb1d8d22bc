// Hosts: identity, networks that stay apart, limits, and the end of a host (docs/protocol/network.md).
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, it } from 'node:test';
import { createEd25519Signer } from '@cess/crypto';
import { eventually } from '@cess/primitives/testing';
import { multiaddr } from '@multiformats/multiaddr';
import { keyOfPeerId, peerIdOfKey, type RequestProtocol } from './index.js';
import { addressOf, seedOf, TestNetwork } from './test-support/hosts.js';

const echo: RequestProtocol = {
  name: 'echo',
  version: 1,
  maxRequestBytes: 100,
  maxResponseBytes: 100,
  timeoutMs: 30_000,
  maxConcurrentPerPeer: 4,
};
const network = new TestNetwork();

describe('network host', () => {
  afterEach(() => network.stop());

  it('NW-1: the peer id is the node key', async () => {
    const host = await network.host(1);
    assert.deepEqual(keyOfPeerId(host.peerId), createEd25519Signer(seedOf(1)).publicKey);
    assert.equal(peerIdOfKey(keyOfPeerId(host.peerId)), host.peerId);
    assert.ok(addressOf(host).endsWith(`/p2p/${host.peerId}`));
  });

  it('NW-2: an address with another peer id than that of the node who answers is not connected', async () => {
    const [host, other, client] = [await network.host(1), await network.host(2), await network.host(3)];
    const forged = addressOf(host).replace(host.peerId, other.peerId);
    await assert.rejects(client.connect(forged), { code: 'NETWORK_PEER_UNREACHABLE' });
  });

  it('NW-4: nodes of different networks close their connections and serve each other nothing', async () => {
    const host = await network.host(1);
    const foreign = await network.host(2, { genesis: new Uint8Array(32).fill(8) });
    await host.handle(echo, async (request) => request);
    await foreign.connect(addressOf(host));
    await assert.rejects(foreign.request(host.peerId, echo, new Uint8Array(1)), (error: { code?: string }) =>
      ['NETWORK_PROTOCOL_UNSUPPORTED', 'NETWORK_PEER_UNREACHABLE'].includes(error.code ?? ''),
    );
    await eventually(() => host.peers().length === 0 && foreign.peers().length === 0, 'the connection is closed');
  });

  it('NW-4: a peer that never says who it is loses its connection', async () => {
    const host = await network.host(1, { limits: { identifyTimeoutMs: 300 } });
    const silent = await network.hostile(2);
    await silent.unhandle('/ipfs/id/1.0.0');
    await silent.dial(multiaddr(addressOf(host)));
    await eventually(() => silent.getConnections().length === 0, 'the connection is closed');
    assert.deepEqual(host.peers(), []);
  });

  it('NW-14: more connections from one range of addresses than the limit are refused, unless they are exempt', async () => {
    const limits = {
      isPrivateExempt: false,
      maxConnectionsPerRange: 2,
      maxNewConnectionsPerSecond: 100,
      targetPeers: 0,
    };
    const host = await network.host(1, { limits });
    for (const number of [2, 3]) await (await network.host(number)).connect(addressOf(host));
    const third = await network.host(4);
    await assert.rejects(third.connect(addressOf(host)), { code: 'NETWORK_PEER_UNREACHABLE' });
    assert.equal(host.peers().length, 2);
  });

  it('NW-14: an attacker with one range of addresses gets its share of the places, and no more of them', async () => {
    const honest = await network.host(50, { listen: ['/ip4/127.0.1.1/tcp/0'], limits: { targetPeers: 0 } });
    const limits = {
      isPrivateExempt: false,
      maxConnections: 8,
      maxConnectionsPerRange: 3,
      maxNewConnectionsPerSecond: 100,
    };
    const host = await network.host(1, { limits });
    const attackers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => network.host(60 + i, { limits: { targetPeers: 0 } })),
    );
    await Promise.allSettled(attackers.map((attacker) => attacker.connect(addressOf(host))));
    assert.ok(host.peers().length <= 3, `${host.peers().length}`);
    await host.connect(addressOf(honest));
    // Those that were refused try again.
    await Promise.allSettled(attackers.map((attacker) => attacker.connect(addressOf(host))));
    const own = new Set(attackers.map(({ peerId }) => peerId));
    assert.ok(host.peers().filter(({ peer }) => own.has(peer)).length <= 3);
    assert.ok(host.peers().some(({ peer }) => peer === honest.peerId));
  });

  it('NW-14: a quarter of all places is kept for connections that a node opens itself', async () => {
    const host = await network.host(1, { limits: { maxConnections: 4, targetPeers: 0 } });
    const others = await Promise.all(
      [2, 3, 4, 5].map((number) => network.host(number, { limits: { targetPeers: 0 } })),
    );
    const results = await Promise.allSettled(others.map((other) => other.connect(addressOf(host))));
    const refused = others.filter((_, i) => results[i]?.status === 'rejected');
    assert.equal(refused.length, 1);
    assert.ok(refused[0]);
    await host.connect(addressOf(refused[0]));
    assert.equal(host.peers().length, 4);
  });

  it('NW-17: a peer whose offences sum up to a ban is disconnected and cannot come back', async () => {
    const [host, peer] = [await network.host(1), await network.host(2)];
    await peer.connect(addressOf(host));
    await eventually(() => host.peers().length === 1, 'the connection');
    host.report(peer.peerId, 'hostile');
    await eventually(() => host.peers().length === 0, 'the end of the connection');
    // The dialling side has its connection before the other side knows who dials.
    await Promise.allSettled([peer.connect(addressOf(host))]);
    await eventually(() => host.peers().length + peer.peers().length === 0, 'the end of the second connection');
    await assert.rejects(host.connect(addressOf(peer)), { code: 'NETWORK_PEER_UNREACHABLE' });
    await assert.rejects(host.request(peer.peerId, echo, new Uint8Array(1)), { code: 'NETWORK_PEER_BANNED' });
  });

  it('NW-16: a ban ends', async () => {
    const [host, peer] = [await network.host(1, { limits: { banMs: 200 } }), await network.host(2)];
    host.report(peer.peerId, 'hostile');
    await assert.rejects(host.request(peer.peerId, echo, new Uint8Array(1)), { code: 'NETWORK_PEER_BANNED' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(await peer.connect(addressOf(host)), host.peerId);
  });

  it('CHAIN-3: a node that lost all peers finds the network again by its bootstrap address', async () => {
    const first = await network.host(1);
    const address = addressOf(first);
    const port = /tcp\/(\d+)/.exec(address)?.[1];
    const other = await network.host(2, { bootstrap: [address] });
    await eventually(() => other.peers().length === 1, 'the connection');
    await first.stop();
    await eventually(() => other.peers().length === 0, 'the end of the connection');
    await network.host(1, { listen: [`/ip4/127.0.0.1/tcp/${port}`] });
    await eventually(() => other.peers().length === 1, 'the new connection');
  });

  it('CHAIN-3: a node with a peer still dials a bootstrap address that was away, and a peer that it lost', async () => {
    const away = await network.host(1);
    const address = addressOf(away);
    const listen = [address.replace(/\/p2p\/.*/, '')];
    await away.stop();
    const present = await network.host(2);
    let kept: readonly string[] = [];
    const save = (addresses: readonly string[]) => {
      kept = addresses;
    };
    const bootstrap = [address, addressOf(present)];
    const node = await network.host(3, { bootstrap, knownPeers: { load: () => [], save } });
    const has = (peer: string) => node.peers().some((each) => each.peer === peer);
    await eventually(() => has(present.peerId), 'the connection to the one that is there');
    const back = await network.host(1, { listen });
    await eventually(() => has(back.peerId), 'the connection to the one that came later');
    const met = await network.host(4);
    const place = addressOf(met);
    await node.connect(place);
    await eventually(() => kept.includes(place), 'it is remembered');
    await met.stop();
    await eventually(() => !has(met.peerId), 'the loss');
    await network.host(4, { listen: [place.replace(/\/p2p\/.*/, '')] });
    await eventually(() => has(met.peerId), 'the peer that was lost');
    assert.ok(has(present.peerId) && has(back.peerId));
  });

  it('NW-33: a node that was restarted finds the network again by a peer that it knew, without its bootstrap address', async () => {
    const [first, second] = [await network.host(1), await network.host(2)];
    let kept: readonly string[] = [];
    const save = (addresses: readonly string[]) => {
      kept = addresses;
    };
    const knownPeers = { load: () => kept, save };
    const bootstrap = [addressOf(first)];
    const before = await network.host(3, { bootstrap, knownPeers });
    await before.connect(addressOf(second));
    await eventually(() => kept.length === 2, 'both are kept');
    await before.stop();
    await first.stop();
    const after = await network.host(3, { bootstrap, knownPeers });
    await eventually(() => after.peers().some(({ peer }) => peer === second.peerId), 'the connection');
  });

  it('NW-33: what is no address of a peer among those that were kept is passed over', async () => {
    const first = await network.host(1);
    const load = () => ['rubbish', '/ip4/127.0.0.1/tcp/1', addressOf(first)];
    const host = await network.host(2, { knownPeers: { load, save: () => {} } });
    await eventually(() => host.peers().length === 1, 'the connection');
  });

  it('malformed addresses are refused before anything starts', async () => {
    for (const listen of ['127.0.0.1:30333', '/ip4/300.0.0.1/tcp/1', '/ip4/127.0.0.1/nonsense/1']) {
      await assert.rejects(network.host(1, { listen: [listen] }), { code: 'NETWORK_ADDRESS_MALFORMED' }, listen);
    }
    await assert.rejects(network.host(1, { bootstrap: ['/ip4/127.0.0.1/tcp/1'] }), {
      code: 'NETWORK_ADDRESS_MALFORMED',
    });
    await assert.rejects(network.host(1, { seed: new Uint8Array(31) }), { code: 'KEY_LENGTH' });
  });

  it('a port that is in use is a misconfiguration with its own code', async () => {
    const host = await network.host(1);
    const listen = [addressOf(host).replace(/\/p2p\/.*/, '')];
    await assert.rejects(network.host(2, { listen }), { code: 'NETWORK_LISTEN' });
  });

  it('a stopped host leaves nothing behind that keeps a process alive', async () => {
    const script = new URL('./test-support/open-and-stop.js', import.meta.url);
    const child = spawn(process.execPath, [script.pathname], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
  });
});
