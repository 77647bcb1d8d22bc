// A table of the account store: records by names. The key is the letter of the table and the names, joined by zero bytes, which no
// name holds. Entities of IAM are told apart without case.
import type { Codec } from '@cess/codec';
import type { IndexView, Portions, ReadView } from '@cess/object-index';
import { concatBytes, fromUtf8, prefixEnd, utf8 } from '@cess/primitives';
import type { KvOperation } from '@cess/store';

export interface Row<T> {
  /** The last of the names, as the key has it. */
  readonly name: string;
  readonly value: T;
}

export interface RowPage {
  /** Continues behind this name. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export class Table<T> {
  readonly #prefix: Uint8Array;

  constructor(
    letter: string,
    private readonly codec: Codec<T>,
    private readonly foldsCase = true,
  ) {
    this.#prefix = utf8(`${letter}/`);
  }

  *get(view: ReadView, ...names: readonly string[]): Portions<T | undefined> {
    const value = yield* view.get(this.#key(names));
    return value === undefined ? undefined : this.codec.decode(value);
  }

  put(view: IndexView, value: T, ...names: readonly string[]): void {
    view.put(this.#key(names), this.codec.encode(value));
  }

  /** The same as a write outside of a transaction. */
  operation(value: T, ...names: readonly string[]): KvOperation {
    return { type: 'put', key: this.#key(names), value: this.codec.encode(value) };
  }

  delete(view: IndexView, ...names: readonly string[]): void {
    view.delete(this.#key(names));
  }

  /** Rows whose names begin with those of `scope`, in the order of the last name. */
  *page(view: ReadView, scope: readonly string[], { after, limit }: RowPage): Portions<readonly Row<T>[]> {
    const base = scope.length === 0 ? this.#prefix : concatBytes(this.#key(scope), zero);
    const end = prefixEnd(base);
    const gte = after === undefined ? base : concatBytes(base, utf8(this.#fold(after)), zero);
    const entries = yield* view.page({ gte, ...(end === undefined ? {} : { lt: end }), limit });
    return entries.map(([key, value]) => ({
      name: fromUtf8(key.subarray(base.length)),
      value: this.codec.decode(value),
    }));
  }

  #key(names: readonly string[]): Uint8Array {
    return concatBytes(this.#prefix, utf8(this.#fold(names.join('\0'))));
  }

  #fold(text: string): string {
    return this.foldsCase ? text.toLowerCase() : text;
  }
}

const zero = new Uint8Array(1);
