// Replays a stored chain from its genesis in a fresh engine in memory and compares every block's state root.
import assert from 'node:assert/strict';
import { createRuntimeCrypto, vrfProofToHash, vrfProve, vrfVerify } from '@cess/crypto';
import { systemClock, toHex } from '@cess/primitives';
import { createRuntime } from '@cess/runtime';
import { createMemoryKv } from '@cess/store';
import { ChainEngine } from '../engine/chain-engine.js';
import { openChainReader } from '../engine/database.js';
import { RuntimeRegistry } from '../engine/runtime-registry.js';
import type { ChainSpec } from '../index.js';

export async function createVerification(dataDir: string, spec: ChainSpec) {
  const reader = openChainReader(dataDir);
  const engine = await ChainEngine.open({
    kv: createMemoryKv(),
    spec,
    runtimes: new RuntimeRegistry([{ fromBlock: 0, runtime: createRuntime(await createRuntimeCrypto()) }]),
    vrf: {
      prove: (seed, alpha) => vrfProve(seed, alpha),
      verify: (key, alpha, proof) => vrfVerify(key, alpha, proof),
      proofToHash: (proof) => vrfProofToHash(proof),
    },
    clock: systemClock,
  });
  return {
    /** Imports every canonical block; gives the number of the best one. */
    check: async (): Promise<number> => {
      const best = reader.blocks.best()!;
      for (let number = 1; number <= best.number; number++) {
        const hash = reader.blocks.canonicalHash(number)!;
        const imported = await engine.importBlock(reader.blocks.requireBlock(hash).header, reader.blocks.body(hash)!);
        assert.equal(toHex(imported.pointer.hash), toHex(hash));
        const root = reader.state.rootOf(hash);
        if (root) assert.equal(toHex(root.hash), toHex(imported.header.state_root));
      }
      return best.number;
    },
    close: () => reader.close(),
  };
}
