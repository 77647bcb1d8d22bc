// What a screen shows of the chain. Its code is loaded with the first screen that needs it.
import { type Loaded, useLoad } from '../components/use-load.js';

type Chain = typeof import('../api/chain.js');
type Client = Awaited<ReturnType<Chain['connectChain']>>;

export interface OnChain {
  readonly chain: Chain;
  readonly client: Client;
}

export async function onChain(): Promise<OnChain> {
  const chain = await import('../api/chain.js');
  return { chain, client: await chain.connectChain() };
}

/** What `read` gives, again when `key` changes. */
export function useChain<T>(key: string, read: (on: OnChain) => Promise<T>): Loaded<T> {
  return useLoad(key, async () => read(await onChain()));
}
