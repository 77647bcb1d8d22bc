import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BucketRecord } from '@cess/object-index';
import { CessError } from '@cess/primitives';
import type { Arena } from './arena.js';
import { ObjectWriter, type ObjectWriterInit } from './object-writer.js';

const length = 300_000;
const tooFew = new CessError('GATEWAY_TOO_FEW_PROVIDERS', 'There are too few providers.');

/** A writer for bodies that wait on disk, whose file takes long to close, with a placer that fails at once. */
function writerOverSlowDisk(): ObjectWriter {
  const file = {
    append: async () => {},
    readInto: async (target: Uint8Array) => target.length,
    close: () => new Promise((resolve) => setTimeout(resolve, 20)),
  };
  const region = { offset: 0, length: 1 << 22, bytes: new Uint8Array(1 << 22), release: () => {} };
  const arena = { isContended: true, capacityBytes: 1, acquire: async () => region } as unknown as Arena;
  return new ObjectWriter({
    genesis: new Uint8Array(32),
    gateway: new Uint8Array(32),
    arena,
    workers: { seal: async () => new Uint8Array(12 * 32) },
    placer: { place: () => Promise.reject(tooFew) },
    spills: { create: async () => file },
    space: { reserve: () => {}, release: () => {} },
    batchBelowBytes: 0,
  } as unknown as ObjectWriterInit);
}

describe('object writer', () => {
  it('a placement that fails before the body on disk is closed rejects the upload, and nothing else', async () => {
    const chunks = (async function* () {
      for (let at = 0; at < length; at += 50_000) yield new Uint8Array(50_000);
    })();
    const bucket = { owner: new Uint8Array(32), territory: 'default' } as BucketRecord;
    const { signal } = new AbortController();
    const request = { bucketName: 'box', bucket, client: 'one', length, chunks, signal };
    await assert.rejects(writerOverSlowDisk().store(request), { code: 'GATEWAY_TOO_FEW_PROVIDERS' });
  });
});
