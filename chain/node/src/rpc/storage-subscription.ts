// state_subscribeStorage: the values at the best block, then in each new best block those that changed. Values are read in
// turns of the event loop; when blocks come faster than they are read, blocks in between are skipped.
import { toHex, toHex0x } from '@cess/primitives';
import { sameValue, valueJson } from './json-shapes.js';
import {
  collector,
  hexListParam,
  inTurns,
  listen,
  maxKeysPerQuery,
  type Push,
  type RpcContext,
  type Subscription,
} from './method.js';

class StorageWatch {
  readonly #context: RpcContext;
  readonly #keys: readonly Uint8Array[];
  readonly #push: Push;
  readonly #last: (Uint8Array | undefined)[] = [];
  #isFirst = true;
  #next: Uint8Array | undefined;
  #running = false;

  constructor(context: RpcContext, keys: readonly Uint8Array[], push: Push) {
    this.#context = context;
    this.#keys = keys;
    this.#push = push;
  }

  /** Reports the changes up to this block, after those that are being read. */
  async report(hash: Uint8Array): Promise<void> {
    this.#next = hash;
    if (this.#running) return;
    this.#running = true;
    try {
      for (let block = this.#take(); block !== undefined; block = this.#take()) {
        const changes = await this.#changesAt(block);
        if (changes.length > 0 || this.#isFirst) this.#push.send({ block: toHex0x(block), changes });
        this.#isFirst = false;
      }
    } finally {
      this.#running = false;
    }
  }

  #take(): Uint8Array | undefined {
    const next = this.#push.isEnded ? undefined : this.#next;
    this.#next = undefined;
    return next;
  }

  async #changesAt(hash: Uint8Array): Promise<[string, string | null][]> {
    const { view, turn } = this.#context;
    await turn();
    const root = view.stateRoot(hash);
    const changes = collector<[string, string | null]>(this.#context);
    let index = 0;
    for await (const key of inTurns(this.#keys, turn)) {
      const value = view.reader.state.get(root, key);
      const isSame = !this.#isFirst && sameValue(value, this.#last[index]);
      if (!isSame) changes.add([toHex0x(key), valueJson(value)], key.length + (value?.length ?? 0));
      this.#last[index++] = value;
    }
    return changes.items;
  }
}

export const storageSubscription: Subscription = {
  notification: 'state_storage',
  unsubscribe: ['state_unsubscribeStorage'],
  start: async (params, context, push) => {
    const asked = hexListParam(params, 0, 'keys', maxKeysPerQuery);
    const keys = [...new Map(asked.map((key) => [toHex(key), key])).values()];
    push.reserveKeys(keys.length);
    const watch = new StorageWatch(context, keys, push);
    const stop = listen(context.view, 'best', push, (_header, hash) => watch.report(hash));
    try {
      await watch.report(context.view.best.hash);
    } catch (thrown) {
      stop();
      throw thrown;
    }
    return stop;
  },
};
