// The objects of a folder, page by page as the reader scrolls.
import { useCallback, useEffect, useRef, useState } from 'react';
import { listObjects, type ObjectEntry } from '../../api/s3.js';

export type Row =
  | { readonly kind: 'folder'; readonly key: string; readonly name: string }
  | { readonly kind: 'object'; readonly key: string; readonly name: string; readonly entry: ObjectEntry };

export interface Listing {
  readonly rows: readonly Row[];
  readonly isLoading: boolean;
  readonly hasMore: boolean;
  readonly error: unknown;
  readonly loadMore: () => void;
  readonly reload: () => void;
}

interface State {
  readonly rows: readonly Row[];
  readonly token: string | undefined;
  readonly status: 'loading' | 'ready' | 'failed';
  readonly error: unknown;
}

const empty: State = { rows: [], token: undefined, status: 'loading', error: undefined };

/** `begins` narrows to names that begin with it. */
export function useListing(bucket: string, prefix: string, begins: string): Listing {
  const [state, setState] = useState<State>(empty);
  const request = useRef<AbortController>(undefined);
  const load = useCallback(
    (token: string | undefined) => {
      request.current?.abort();
      const controller = new AbortController();
      request.current = controller;
      const { signal } = controller;
      if (token !== undefined) setState((before) => ({ ...before, status: 'loading' }));
      listObjects({ bucket, prefix: prefix + begins, delimiter: '/', token, signal }).then(
        ({ objects, prefixes, token: next }) => {
          if (signal.aborted) return;
          const added = rowsOf(objects, prefixes, prefix);
          setState((before) => ({
            rows: token === undefined ? added : [...before.rows, ...added],
            token: next,
            status: 'ready',
            error: undefined,
          }));
        },
        (error: unknown) => {
          if (!signal.aborted) setState((before) => ({ ...before, status: 'failed', error }));
        },
      );
    },
    [bucket, prefix, begins],
  );
  useEffect(() => {
    setState(empty);
    load(undefined);
    return () => request.current?.abort();
  }, [load]);
  const { token, status } = state;
  const loadMore = useCallback(() => {
    if (token !== undefined && status === 'ready') load(token);
  }, [load, token, status]);
  const reload = useCallback(() => load(undefined), [load]);
  const { rows, error } = state;
  return { rows, isLoading: status === 'loading', hasMore: token !== undefined, error, loadMore, reload };
}

/** Folders and objects of a page in the order of their names. The marker of the folder itself is none of its objects. */
function rowsOf(objects: readonly ObjectEntry[], prefixes: readonly string[], prefix: string): readonly Row[] {
  const folders = prefixes.map((key): Row => ({ kind: 'folder', key, name: key.slice(prefix.length, -1) }));
  const files = objects
    .filter(({ key }) => key !== prefix)
    .map((entry): Row => ({ kind: 'object', key: entry.key, name: entry.key.slice(prefix.length), entry }));
  return [...folders, ...files].sort((a, b) => (a.key < b.key ? -1 : 1));
}
