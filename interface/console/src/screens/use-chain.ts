// What a screen shows of the chain. Screens that use it are loaded when they are first opened (`lazyScreen`).
import type { ChainClient } from '@cess/client';
import { useEffect } from 'react';
import { connectChain } from '../api/chain.js';
import { type Loaded, useLoad } from '../components/use-load.js';

/** What `read` gives, again when `key` changes. */
export function useChain<T>(key: string, read: (client: ChainClient) => Promise<T>): Loaded<T> {
  return useLoad(key, async () => read(await connectChain()));
}

/** A look at many entries costs the node some work; blocks come faster. */
const refreshMs = 6_000;

/** What `read` gives, again every few seconds, or after `everyMs`. */
export function useLiveChain<T>(
  key: string,
  read: (client: ChainClient) => Promise<T>,
  everyMs: number = refreshMs,
): Loaded<T> {
  const state = useChain(key, read);
  const { reload } = state;
  useEffect(() => {
    const timer = setInterval(reload, everyMs);
    return () => clearInterval(timer);
  }, [reload, everyMs]);
  return state;
}
