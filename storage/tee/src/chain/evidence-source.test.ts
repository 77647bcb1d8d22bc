// Evidence is fetched once for a block, and for many at once.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createDeferred, isCessError } from '@cess/primitives';
import { newChain } from '../test-support/enclave-fixture.js';
import { EvidenceSource } from './evidence-source.js';

const key = (number: number) => new Uint8Array(32).fill(number);

async function stubClient() {
  const { header, block } = await newChain().finalize(30);
  const client = {
    finalized: key(1),
    justification: block.justification as Uint8Array | undefined,
    blocks: 0,
    proofs: [] as number[],
    held: undefined as Promise<void> | undefined,
    fails: false,
    finalizedHash: async () => client.finalized,
    block: async (hash: Uint8Array) => {
      client.blocks++;
      return { hash, header, extrinsics: [], justification: client.justification };
    },
    setChanges: async () => Uint8Array.of(0),
    readProof: async (keys: readonly Uint8Array[]) => {
      client.proofs.push(keys.length);
      await client.held;
      if (client.fails) throw new Error('pruned');
      return [key(keys.length)];
    },
  };
  return { client, source: new EvidenceSource(client) };
}

describe('evidence from the chain node', () => {
  it('a finalized block is fetched once', async () => {
    const { client, source } = await stubClient();
    const [first, second] = [await source.finalizedHead(), await source.finalizedHead()];
    assert.equal(first, second);
    assert.equal(client.blocks, 1);
    client.finalized = key(2);
    assert.deepEqual((await source.finalizedHead()).hash, key(2));
    assert.equal(client.blocks, 2);
  });

  it('a node that proves no finality is of no use', async () => {
    const { client, source } = await stubClient();
    client.justification = undefined;
    await assert.rejects(source.finalizedHead(), (error) => isCessError(error, 'TEE_FINALITY_UNPROVEN'));
  });

  it('proofs that are asked for while one is under way share a request, and those of the block are kept', async () => {
    const { client, source } = await stubClient();
    const { hash } = await source.finalizedHead();
    const held = createDeferred<void>();
    client.held = held.promise;
    const first = source.prove(hash, [key(1)]);
    const others = [source.prove(hash, [key(2), key(3)]), source.prove(hash, [key(3), key(4)])];
    const elsewhere = source.prove(key(9), [key(5)]);
    held.resolve();
    await Promise.all([first, ...others, elsewhere]);
    assert.deepEqual(client.proofs, [1, 3, 1]);
    await source.prove(hash, [key(2), key(3)]);
    assert.equal(client.proofs.length, 3);
  });

  it('a request takes no more keys than a node gives proofs for', async () => {
    const { client, source } = await stubClient();
    const { hash } = await source.finalizedHead();
    const held = createDeferred<void>();
    client.held = held.promise;
    const some = (from: number) => Array.from({ length: 90 }, (_, i) => key(from + i));
    const all = [source.prove(hash, [key(0)]), source.prove(hash, some(1)), source.prove(hash, some(100))];
    held.resolve();
    await Promise.all(all);
    assert.deepEqual(client.proofs, [1, 90, 90]);
  });

  it('a failure reaches all that share the request, and is not kept', async () => {
    const { client, source } = await stubClient();
    const { hash } = await source.finalizedHead();
    client.fails = true;
    await assert.rejects(source.prove(hash, [key(1)]), /pruned/);
    client.fails = false;
    assert.equal((await source.prove(hash, [key(1)])).length, 1);
  });
});
