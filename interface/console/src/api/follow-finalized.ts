// Reads something anew with each finalized block.
import type { ChainClient } from '@cess/client';

/**
 * Calls `read` now and with each finalized block, one call after another, until the result is called; calls back with what it gives,
 * unless that is undefined: then nothing has changed.
 */
export function followFinalized<T>(
  client: ChainClient,
  read: () => Promise<T | undefined>,
  onValue: (value: T) => void,
  onError: (error: unknown) => void,
): () => void {
  let isCurrent = true;
  let running: Promise<void> = Promise.resolve();
  const update = async () => {
    const value = isCurrent ? await read() : undefined;
    if (isCurrent && value !== undefined) onValue(value);
  };
  const next = () => {
    running = running.then(update).catch((error: unknown) => {
      if (isCurrent) onError(error);
    });
  };
  next();
  const unsubscribe = client.subscribe('chain_subscribeFinalizedHeads', [], next);
  return () => {
    isCurrent = false;
    unsubscribe();
  };
}
