// Which endpoint of a record a role takes for the RPC of the chain node; and networks on one machine.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { CapabilityRecord } from '@cess/network';
import { noMetrics, silentLogger, throwFatal, toHex } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { chainRpcOf, openPeerNetwork } from './peer-network.js';

const key = new Uint8Array(32).fill(7);
const record = (...endpoints: string[]): CapabilityRecord => ({ key, endpoints }) as unknown as CapabilityRecord;
const pinned = `wss://${toHex(key)}@10.0.0.1:9944`;
const other = `wss://${'11'.repeat(32)}@10.0.0.1:9944`;

describe('the chain RPC of a record', () => {
  it('is one that is pinned to the key of the record', () => {
    assert.equal(chainRpcOf(record('https://10.0.0.1', other, pinned), false), pinned);
    assert.equal(chainRpcOf(record(other, 'ws://10.0.0.1:9944'), true), undefined);
  });

  it('is on loopback only where the node is on this machine: else it would be a port of this one', () => {
    const local = 'ws://127.0.0.1:9944';
    assert.equal(chainRpcOf(record(local), true), local);
    assert.equal(chainRpcOf(record(local), false), undefined);
  });
});

describe('a network on one machine', () => {
  it('NW-14: has more nodes than the limit of a range where private addresses are used', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cess-peers-'));
    const p2p = { listen: ['/ip4/127.0.0.1/tcp/0'], announce: [], isRelay: false, privateAddresses: true, place: null };
    const open = (number: number, bootstrap: readonly string[]) =>
      openPeerNetwork(
        { ...p2p, bootstrap: [...bootstrap] },
        {
          ...{ seed: new Uint8Array(32).fill(number), dataDir: folder, genesis: new Uint8Array(32) },
          ...{ logger: silentLogger, metrics: noMetrics, onFatal: throwFatal },
        },
      );
    const hosts = [await open(1, [])];
    try {
      const [first] = hosts;
      for (let number = 2; number <= 13; number++) hosts.push(await open(number, first?.addresses() ?? []));
      await eventually(() => first?.peers().length === 12, 'all others at the first');
    } finally {
      await Promise.all(hosts.map((host) => host.stop()));
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
