// The account store: records of accounts in the key-value store of the gateway, under a prefix and a format stamp of their own.
// Changes are transactions with group commit: whoever awaits one knows that it is durable. Readers hear of a change before its
// author gets the answer, so that a revoked key fails from then on.
import { GroupCommit, type IndexView, type Portions, type ReadView, readFrom } from '@cess/object-index';
import { utf8 } from '@cess/primitives';
import { type Kv, type KvOperation, openVersioned, prefixed } from '@cess/store';

export const accountsFormat = { format: 'cess-accounts', version: 1 };

/** The records of accounts in the store of a gateway. */
export const accountKv = (kv: Kv): Kv => prefixed(kv, utf8('iam/'));

export class AccountStore {
  readonly #kv: Kv;
  readonly #commits: GroupCommit;
  readonly #listeners: (() => void)[] = [];

  constructor(
    kv: Kv,
    private readonly networkId: Uint8Array,
  ) {
    this.#kv = accountKv(kv);
    this.#commits = new GroupCommit(this.#kv);
  }

  /** Call before any other method. Throws what `openVersioned` throws. */
  async start(): Promise<void> {
    await openVersioned(this.#kv, { ...accountsFormat, networkId: this.networkId });
  }

  /** Runs `body` over one state of the store. */
  async read<T>(body: (view: ReadView) => Portions<T>): Promise<T> {
    return readFrom(this.#kv, body);
  }

  /** Runs `body` alone and resolves once its changes are durable. What it throws undoes it whole. */
  async change<T>(body: (view: IndexView) => Portions<T>): Promise<T> {
    try {
      return await this.#commits.commit(body);
    } finally {
      // Also after a failure: its outcome may be unknown.
      for (const listener of this.#listeners) listener();
    }
  }

  /** Writes what no decision depends on: neither waits for the disk nor tells the listeners. */
  writeLater(operations: readonly KvOperation[]): Promise<void> {
    return this.#kv.write(operations);
  }

  /** Calls `listener` after every change. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }
}
