import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { BucketRecord, NewPack } from '@cess/object-index';
import type { Arena } from './arena.js';
import { BatchWriter } from './batch-writer.js';
import type { PackStore } from './pack-store.js';
import { SealedCache } from './sealed-cache.js';
import type { StoreRequest } from './transfer.js';

const bodyBytes = 100;

/** A batch writer over a store that only notes the sizes of batches, in bodies. */
function batchSizes(): { readonly writer: BatchWriter; readonly sizes: number[] } {
  const sizes: number[] = [];
  const store = async ({ length }: { length: number }): Promise<NewPack> => {
    sizes.push(length / (bodyBytes + 16));
    await new Promise((resolve) => setTimeout(resolve, 20));
    return { packId: new Uint8Array(32) } as NewPack;
  };
  const writer = new BatchWriter({
    arena: {
      acquire: async (length: number) => ({ bytes: new Uint8Array(length), release: () => {} }),
    } as unknown as Arena,
    packs: { store, discard: () => {} } as unknown as PackStore,
    cache: new SealedCache(0),
    keys: { wrapStream: () => new Uint8Array(0) } as never,
    nowMs: () => 0,
    onSettled: () => {},
  });
  return { writer, sizes };
}

function request(): StoreRequest {
  const chunks = (async function* () {
    yield new Uint8Array(bodyBytes);
  })();
  const bucket = { owner: new Uint8Array(32), territory: 'default' } as BucketRecord;
  return { bucketName: 'box', bucket, client: 'one', length: bodyBytes, chunks, signal: new AbortController().signal };
}

async function storeOneAfterAnother(writer: BatchWriter, count: number): Promise<void> {
  for (let number = 0; number < count; number++) await writer.store(request());
}

describe('batch writer', () => {
  it('the bodies of clients that send one after another share every batch but the first', async () => {
    const { writer, sizes } = batchSizes();
    await Promise.all([1, 2, 3, 4].map(() => storeOneAfterAnother(writer, 5)));
    assert.equal(
      sizes.reduce((sum, size) => sum + size, 0),
      20,
    );
    const full = sizes.filter((size) => size === 4);
    assert.ok(full.length >= 4, `sizes: ${sizes}`);
  });

  it('a single client never waits for others', async () => {
    const { writer, sizes } = batchSizes();
    await storeOneAfterAnother(writer, 3);
    assert.deepEqual(sizes, [1, 1, 1]);
  });

  it('clients that stay away are not waited for without end', async () => {
    const { writer, sizes } = batchSizes();
    await Promise.all([1, 2, 3, 4].map(() => writer.store(request())));
    await writer.store(request());
    await writer.store(request());
    assert.deepEqual(sizes.slice(-2), [1, 1]);
  });
});
