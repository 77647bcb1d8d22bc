// The account store: records of accounts in the object index of the gateway, under a prefix and a format stamp of their own.
// Changes are durable transactions: whoever awaits one knows that it is durable. Readers hear of a change before its author gets the
// answer, so that a revoked key fails from then on. Gateways that share the index hear of the changes of others by `changed`.
import {
  type IndexBackend,
  type IndexView,
  type Portions,
  type ReadView,
  readKey,
  ScopedBackend,
} from '@cess/object-index';
import { utf8 } from '@cess/primitives';
import { type Kv, type KvOperation, openStamped } from '@cess/store';

export const accountsFormat = { format: 'cess-accounts', version: 1 };
/** Of the records of accounts in the store of a gateway. */
export const accountsPrefix = utf8('iam/');

export class AccountStore {
  readonly #records: ScopedBackend;
  readonly #listeners: (() => void)[] = [];

  constructor(
    store: Kv | IndexBackend,
    private readonly networkId: Uint8Array,
  ) {
    this.#records = new ScopedBackend(store, accountsPrefix);
  }

  /** Call before any other method. Throws what `openVersioned` throws. */
  async start(): Promise<void> {
    const records = this.#records;
    const isEmpty = (view: ReadView) => hasNoKey(view);
    const store = {
      get: (key: Uint8Array) => records.read((view) => readKey(view, key)),
      isEmpty: () => records.read(isEmpty),
      write: records.write.bind(records),
    };
    await openStamped(store, { ...accountsFormat, networkId: this.networkId });
  }

  /** Runs `body` over one state of the store. */
  read<T>(body: (view: ReadView) => Portions<T>): Promise<T> {
    return this.#records.read(body);
  }

  /** Runs `body` alone and resolves once its changes are durable. What it throws undoes it whole. */
  async change<T>(body: (view: IndexView) => Portions<T>): Promise<T> {
    try {
      return await this.#records.commit(body);
    } finally {
      // Also after a failure: its outcome may be unknown.
      this.changed();
    }
  }

  /** Writes what no decision depends on: neither waits for the disk nor tells the listeners. */
  writeLater(operations: readonly KvOperation[]): Promise<void> {
    return this.#records.write(operations);
  }

  /** Calls `listener` after every change. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Tells the listeners that records may have changed. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

function* hasNoKey(view: ReadView): Portions<boolean> {
  return (yield* view.page({ limit: 1 })).length === 0;
}
