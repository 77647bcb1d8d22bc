// Which endpoint of a record a role takes for the RPC of the chain node.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CapabilityRecord } from '@cess/network';
import { toHex } from '@cess/primitives';
import { chainRpcOf } from './peer-network.js';

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
