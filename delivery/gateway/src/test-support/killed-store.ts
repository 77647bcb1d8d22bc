// The store of a process that is killed while it works.
import { CessError } from '@cess/primitives';
import type { Kv } from '@cess/store';

/** The process is killed at its n-th write: nothing of that write is there, and no later one happens. */
export function killedAt(store: Kv, writes: number): Kv {
  let done = 0;
  return {
    ...store,
    get: (key) => store.get(key),
    has: (key) => store.has(key),
    entries: (range) => store.entries(range),
    write: async (operations, options) => {
      if (done++ >= writes) throw new CessError('KV_IO', 'The process was killed.');
      await store.write(operations, options);
    },
  };
}
