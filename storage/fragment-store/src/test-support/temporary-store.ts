// Stores in new directories of the operating system's temporary folder.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRng } from '@cess/crypto';
import type { StoreFactory } from '../compliance.js';
import { type FragmentStore, type FragmentStoreOptions, nodeFs, openFragmentStore } from '../index.js';

export const testGenesis = new Uint8Array(32).fill(0xaa);

export function diskStoreFactory(): StoreFactory {
  const options = new Map<FragmentStore, FragmentStoreOptions>();
  const open = async (init: FragmentStoreOptions) => {
    const store = await openFragmentStore(init);
    options.set(store, init);
    return store;
  };
  return {
    create: async (extra = {}) => {
      const dir = await mkdtemp(join(tmpdir(), 'cess-fragments-'));
      return open({ dir, genesis: testGenesis, fs: nodeFs, rng: systemRng, nowSeconds: 0, ...extra });
    },
    reopen: async (store) => {
      await store.close();
      return open(options.get(store)!);
    },
    cleanUp: async () => {
      for (const { dir } of options.values()) await rm(dir, { recursive: true, force: true });
      options.clear();
    },
  };
}
