// Loads what a component shows, again when `key` changes. Answers that come after a newer request are dropped.
import { useCallback, useEffect, useRef, useState } from 'react';

export type Loaded<T> = (
  | { readonly status: 'loading' }
  | { readonly status: 'failed'; readonly error: unknown }
  | { readonly status: 'ready'; readonly value: T }
) & { readonly reload: () => void };

type State<T> =
  | { readonly key: string; readonly status: 'loading' }
  | { readonly key: string; readonly status: 'failed'; readonly error: unknown }
  | { readonly key: string; readonly status: 'ready'; readonly value: T };

export function useLoad<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<State<T>>({ key, status: 'loading' });
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round loads again
  useEffect(() => {
    let isCurrent = true;
    latest.current().then(
      (value) => isCurrent && setState({ key, status: 'ready', value }),
      (error: unknown) => isCurrent && setState({ key, status: 'failed', error }),
    );
    return () => {
      isCurrent = false;
    };
  }, [key, round]);
  const reload = useCallback(() => setRound((count) => count + 1), []);
  const { key: ofKey, ...shown } = state;
  // What was loaded for another key is not shown for this one.
  return ofKey === key ? { ...shown, reload } : { status: 'loading', reload };
}
