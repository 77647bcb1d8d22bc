// A view of one key range of a backend as a store of its own. Keys inside do not carry the prefix.
import { concatBytes, prefixEnd } from '@cess/primitives';
import { type Kv, type KvEntry, type KvOperation, type KvWriteOptions, prefixedOperations } from '@cess/store';
import type { IndexBackend } from './index-backend.js';
import type { IndexView, PageRange, Portions, Read, ReadView } from './index-view.js';
import { LocalBackend } from './local-backend.js';

export class ScopedBackend {
  readonly #backend: IndexBackend;

  /** A store becomes the backend of one process. */
  constructor(
    store: Kv | IndexBackend,
    private readonly prefix: Uint8Array,
  ) {
    this.#backend = 'commit' in store ? store : new LocalBackend(store);
  }

  read<T>(body: (view: ReadView) => Portions<T>): Promise<T> {
    return this.#backend.read((view) => body(scopedReads(view, this.prefix)));
  }

  commit<T>(transaction: (view: IndexView) => T | Portions<T>): Promise<T> {
    const { prefix } = this;
    return this.#backend.commit((view) =>
      transaction({
        ...scopedReads(view, prefix),
        put: (key, value) => view.put(concatBytes(prefix, key), value),
        delete: (key) => view.delete(concatBytes(prefix, key)),
      }),
    );
  }

  write(operations: readonly KvOperation[], options?: KvWriteOptions): Promise<void> {
    return this.#backend.write(prefixedOperations(this.prefix, operations), options);
  }
}

function scopedReads(view: ReadView, prefix: Uint8Array): ReadView {
  const end = prefixEnd(prefix);
  return {
    get: (key) => view.get(concatBytes(prefix, key)),
    page: ({ gte, lt, limit }: PageRange): Read<readonly KvEntry[]> => {
      const upper = lt === undefined ? end : concatBytes(prefix, lt);
      const range = {
        gte: concatBytes(prefix, gte ?? new Uint8Array(0)),
        ...(upper === undefined ? {} : { lt: upper }),
      };
      return mapped(view.page({ ...range, limit }), (page) =>
        page.map(([key, value]): KvEntry => [key.subarray(prefix.length), value]),
      );
    },
  };
}

function* mapped<T, R>(read: Read<T>, change: (answer: T) => R): Generator<undefined, R, undefined> {
  return change(yield* read);
}
