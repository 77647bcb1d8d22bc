// What a screen follows of the chain: the newest value that a follower gives, until the screen closes.
import type { ChainClient } from '@cess/client';
import { useCallback, useEffect, useState } from 'react';
import { connectChain } from '../api/chain.js';
import type { Loaded } from '../components/use-load.js';

/** Calls back with each new value or failure until its result is called. */
export type Follow<T> = (
  client: ChainClient,
  onValue: (value: T) => void,
  onError: (error: unknown) => void,
) => () => void;

/** `follow` is one function for the life of the component. */
export function useFollowed<T>(follow: Follow<T>): Loaded<T> {
  const [value, setValue] = useState<T>();
  const [failure, setFailure] = useState<{ readonly error: unknown }>();
  const [round, setRound] = useState(0);
  const reload = useCallback(() => setRound((count) => count + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round follows anew
  useEffect(() => {
    let stop = () => {};
    let isCurrent = true;
    const fail = (error: unknown) => isCurrent && setFailure({ error });
    const show = (shown: T) => {
      setFailure(undefined);
      setValue(() => shown);
    };
    connectChain().then((client) => {
      if (isCurrent) stop = follow(client, show, fail);
    }, fail);
    return () => {
      isCurrent = false;
      stop();
    };
  }, [follow, round]);
  if (failure !== undefined) return { status: 'failed', error: failure.error, reload };
  return value === undefined ? { status: 'loading', reload } : { status: 'ready', value, reload };
}
