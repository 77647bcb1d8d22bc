// What ends a placement before it begins. How it goes on among failing providers is tested through the gateway (data-path.test.ts).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ProviderClient } from '@cess/node-api';
import { silentLogger } from '@cess/primitives';
import type { ProviderDirectory } from './provider-directory.js';
import { SegmentPlacer } from './segment-placer.js';

describe('placement of a segment', () => {
  it('that is aborted while too few providers take data fails once, and no error is left over', async () => {
    const placer = new SegmentPlacer({
      directory: { draw: () => [], get: () => undefined } as unknown as ProviderDirectory,
      client: {} as ProviderClient,
      logger: silentLogger,
      nowMs: () => 0,
    });
    const id = new Uint8Array(32);
    const fragment = { root: id, length: 1, pieces: [new Uint8Array(1)], shardHashes: id };
    const fragments = Array.from({ length: 12 }, () => fragment);
    const order = { genesis: id, gateway: id, orderId: id, segment: 0, k: 4, fragments };
    await assert.rejects(placer.place({ ...order, signal: AbortSignal.abort() }), {
      code: 'GATEWAY_TOO_FEW_PROVIDERS',
    });
    // The test runner fails a test for a rejection that nobody handles.
    await new Promise((resolve) => setImmediate(resolve));
  });
});
