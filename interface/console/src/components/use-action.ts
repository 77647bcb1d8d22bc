// Something that a reader starts, and that takes time or fails.
import { useState } from 'react';
import { ApiError } from '../api/http.js';
import { useTexts } from './context.js';
import { reasonOf } from './states.js';

export interface Action {
  readonly state: {
    readonly isBusy: boolean;
    readonly failure: string | undefined;
    /** Of a failure that the gateway answered. */
    readonly code?: string | undefined;
  };
  /** Keeps the reason of a failure for the reader. */
  readonly run: (work: () => Promise<void>) => void;
}

export function useAction(): Action {
  const texts = useTexts();
  const [state, setState] = useState<Action['state']>({ isBusy: false, failure: undefined });
  const run = (work: () => Promise<void>) => {
    setState({ isBusy: true, failure: undefined });
    work().then(
      () => setState({ isBusy: false, failure: undefined }),
      (error: unknown) => {
        const code = error instanceof ApiError ? error.code : undefined;
        setState({ isBusy: false, failure: reasonOf(error, texts), code });
      },
    );
  };
  return { state, run };
}
