// What libp2p 3 uses of newer JavaScript and Node 20 lacks: `Promise.withResolvers` and `Set.prototype.difference`. Imported
// before libp2p and for its effect only. Our own code does not use them. To be removed with the support of Node 20.
import { createDeferred } from '@cess/primitives';

function define(target: object, name: string, value: unknown): void {
  if (!(name in target)) Object.defineProperty(target, name, { value, configurable: true, writable: true });
}

define(Promise, 'withResolvers', () => createDeferred<unknown>());

define(Set.prototype, 'difference', function difference(this: Set<unknown>, other: ReadonlySet<unknown>) {
  return new Set([...this].filter((item) => !other.has(item)));
});
