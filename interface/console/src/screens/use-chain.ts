// What a screen shows of the chain. Screens that use it are loaded when they are first opened (`lazyScreen`).
import type { ChainClient } from '@cess/client';
import { connectChain } from '../api/chain.js';
import { type Loaded, useLoad } from '../components/use-load.js';

/** What `read` gives, again when `key` changes. */
export function useChain<T>(key: string, read: (client: ChainClient) => Promise<T>): Loaded<T> {
  return useLoad(key, async () => read(await connectChain()));
}
