// Stores of a newer version or another network are refused; older ones upgraded or refused.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ErrorCode, isCessError, utf8 } from '@cess/primitives';
import { createMemoryKv, openVersioned, readFormatStamp } from './index.js';

const stamp = { format: 'test', version: 2, networkId: new Uint8Array([1, 2]) };
const code = (name: ErrorCode) => (thrown: unknown) => isCessError(thrown, name);

describe('format stamp', () => {
  it('an empty store is stamped and opens again', async () => {
    const kv = createMemoryKv();
    await openVersioned(kv, stamp);
    await openVersioned(kv, stamp);
    assert.deepEqual(readFormatStamp(kv), stamp);
  });

  it('another network, another format, a newer version and unstamped data are refused', async () => {
    const kv = createMemoryKv();
    await openVersioned(kv, stamp);
    await assert.rejects(openVersioned(kv, { ...stamp, networkId: new Uint8Array([9]) }), code('KV_NETWORK_MISMATCH'));
    await assert.rejects(openVersioned(kv, { ...stamp, format: 'other' }), code('KV_FORMAT_UNKNOWN'));
    await assert.rejects(openVersioned(kv, { ...stamp, version: 1 }), code('KV_FORMAT_NEWER'));
    const foreign = createMemoryKv();
    await foreign.write([{ type: 'put', key: utf8('x'), value: utf8('y') }]);
    await assert.rejects(openVersioned(foreign, stamp), code('KV_FORMAT_UNKNOWN'));
    const broken = createMemoryKv();
    await broken.write([{ type: 'put', key: utf8('\0cess-format'), value: utf8('{') }]);
    await assert.rejects(openVersioned(broken, stamp), code('KV_CORRUPT'));
  });

  it('an older store is upgraded once when there is an upgrade, else refused', async () => {
    const kv = createMemoryKv();
    await openVersioned(kv, { ...stamp, version: 1 });
    await assert.rejects(openVersioned(kv, stamp), code('KV_FORMAT_OLDER'));
    const from: number[] = [];
    const upgrade = async (_: unknown, version: number) => void from.push(version);
    await openVersioned(kv, { ...stamp, upgrade });
    await openVersioned(kv, { ...stamp, upgrade });
    assert.deepEqual(from, [1]);
  });
});
