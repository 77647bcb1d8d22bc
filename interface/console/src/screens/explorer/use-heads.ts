// The newest blocks, live.
import { useCallback, useEffect, useState } from 'react';
import { connectChain, followHeads, type Heads } from '../../api/chain.js';
import type { Loaded } from '../../components/use-load.js';

export function useHeads(): Loaded<Heads> {
  const [heads, setHeads] = useState<Heads>();
  const [failure, setFailure] = useState<{ readonly error: unknown }>();
  const [round, setRound] = useState(0);
  const reload = useCallback(() => setRound((count) => count + 1), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round follows anew
  useEffect(() => {
    let stop = () => {};
    let isCurrent = true;
    const fail = (error: unknown) => isCurrent && setFailure({ error });
    const show = (shown: Heads) => {
      setFailure(undefined);
      setHeads(shown);
    };
    connectChain().then((client) => {
      if (isCurrent) stop = followHeads(client, show, fail);
    }, fail);
    return () => {
      isCurrent = false;
      stop();
    };
  }, [round]);
  if (failure !== undefined) return { status: 'failed', error: failure.error, reload };
  return heads === undefined ? { status: 'loading', reload } : { status: 'ready', value: heads, reload };
}
