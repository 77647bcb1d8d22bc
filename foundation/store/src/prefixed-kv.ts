// A view of one key range of a store as a store of its own. Batches over several views go through the parent:
// build them with `prefixedOperations`.
import { concatBytes, prefixEnd } from '@cess/primitives';
import type { Kv, KvEntry, KvOperation, KvRange, KvWriteOptions } from './kv.js';
import { assertKey } from './kv-checks.js';

/** View of the keys that start with `prefix`; keys inside the view do not carry it. Closing a view does nothing. */
export function prefixed(kv: Kv, prefix: Uint8Array): Kv {
  const end = prefixEnd(prefix);
  return {
    get: (key: Uint8Array) => kv.get(inner(prefix, key)),
    has: (key: Uint8Array) => kv.has(inner(prefix, key)),
    *entries(range: KvRange = {}): IterableIterator<KvEntry> {
      const { gte, lt, ...rest } = range;
      const upper = lt ? concatBytes(prefix, lt) : end;
      const inner = { ...rest, gte: concatBytes(prefix, gte ?? new Uint8Array(0)), ...(upper ? { lt: upper } : {}) };
      for (const [key, value] of kv.entries(inner)) yield [key.subarray(prefix.length), value];
    },
    write: async (operations: readonly KvOperation[], options?: KvWriteOptions) =>
      kv.write(prefixedOperations(prefix, operations), options),
    close: async () => {},
  };
}

/** The operations as the parent store sees them. */
export function prefixedOperations(prefix: Uint8Array, operations: readonly KvOperation[]): KvOperation[] {
  return operations.map((operation) => ({ ...operation, key: inner(prefix, operation.key) }));
}

function inner(prefix: Uint8Array, key: Uint8Array): Uint8Array {
  assertKey(key);
  return concatBytes(prefix, key);
}
