// The reads of one run of a body. A body asks and pauses; whoever runs it fetches everything that was asked for together, and continues
// it. Answers are kept for the run: all reads of a run see one state.
import { present, toHex } from '@cess/primitives';
import type { KvEntry } from '@cess/store';
import { answered, type PageRange, type Read, type ReadView } from '../index-view.js';
import type { Statement } from './database.js';

/** What sends statements: a session, or the pool for a single one. */
export interface Reader {
  run<Row extends object>(statement: Statement, values: readonly unknown[]): Promise<readonly Row[]>;
}

interface Row {
  readonly k: Uint8Array;
  readonly v: Uint8Array;
}

interface PendingNumber {
  value: number | undefined;
}

interface PendingPage {
  readonly range: PageRange;
  entries: readonly KvEntry[] | undefined;
}

const oneKey = { name: 'one-key', text: 'SELECT k, v FROM cess_index WHERE k = $1' };
const someKeys = { name: 'some-keys', text: 'SELECT k, v FROM cess_index WHERE k = ANY($1::bytea[])' };
const nextCompletion = { name: 'completion', text: "SELECT nextval('cess_completions')::float8 AS n" };
const closedPage = {
  name: 'closed-page',
  text: 'SELECT k, v FROM cess_index WHERE k >= $1 AND k < $2 ORDER BY k LIMIT $3',
};
const openPage = { name: 'open-page', text: 'SELECT k, v FROM cess_index WHERE k >= $1 ORDER BY k LIMIT $2' };

export class PendingReads implements ReadView {
  readonly #answers = new Map<string, Uint8Array | undefined>();
  #keys = new Map<string, Uint8Array>();
  #pages: PendingPage[] = [];
  #completions: PendingNumber[] = [];

  /** Statements that `fetch` would send. */
  get statements(): number {
    return (this.#keys.size > 0 ? 1 : 0) + this.#pages.length + this.#completions.length;
  }

  get(key: Uint8Array): Read<Uint8Array | undefined> {
    const name = toHex(key);
    if (this.#answers.has(name)) return answered(this.#answers.get(name));
    this.#keys.set(name, key);
    return awaited(() => (this.#answers.has(name) ? { value: this.#answers.get(name) } : undefined));
  }

  page(range: PageRange): Read<readonly KvEntry[]> {
    if (range.limit <= 0) return answered([]);
    const page: PendingPage = { range, entries: undefined };
    this.#pages.push(page);
    return awaited(() => (page.entries === undefined ? undefined : { value: page.entries }));
  }

  /** The next number of a completed upload. */
  completion(): Read<number> {
    const completion: PendingNumber = { value: undefined };
    this.#completions.push(completion);
    return awaited(() => (completion.value === undefined ? undefined : { value: completion.value }));
  }

  async fetch(reader: Reader): Promise<void> {
    const keys = [...this.#keys];
    const pages = this.#pages;
    this.#keys = new Map();
    const completions = this.#completions;
    this.#pages = [];
    this.#completions = [];
    const work: Promise<void>[] = pages.map((page) => this.#fetchPage(page, reader));
    work.push(...completions.map((completion) => fetchCompletion(completion, reader)));
    if (keys.length > 0) work.push(this.#fetchKeys(keys, reader));
    await Promise.all(work);
  }

  async #fetchKeys(keys: readonly (readonly [string, Uint8Array])[], reader: Reader): Promise<void> {
    const [first] = keys;
    const rows =
      first !== undefined && keys.length === 1
        ? await reader.run<Row>(oneKey, [Buffer.from(first[1])])
        : await reader.run<Row>(someKeys, [keys.map(([, key]) => Buffer.from(key))]);
    for (const [name] of keys) this.#answers.set(name, undefined);
    for (const { k, v } of rows) this.#answers.set(toHex(k), plain(v));
  }

  async #fetchPage(page: PendingPage, reader: Reader): Promise<void> {
    const { gte = new Uint8Array(0), lt, limit } = page.range;
    const rows =
      lt === undefined
        ? await reader.run<Row>(openPage, [Buffer.from(gte), limit])
        : await reader.run<Row>(closedPage, [Buffer.from(gte), Buffer.from(lt), limit]);
    page.entries = rows.map(({ k, v }): KvEntry => [plain(k), plain(v)]);
  }
}

async function fetchCompletion(completion: PendingNumber, reader: Reader): Promise<void> {
  const [row] = await reader.run<{ n: number }>(nextCompletion, []);
  completion.value = present(row, 'the number of a completion').n;
}

/** A read that pauses its body until `answer` has one. */
function awaited<T>(answer: () => { readonly value: T } | undefined): Read<T> {
  const next = (): IteratorResult<undefined, T> => {
    const found = answer();
    return found === undefined ? { done: false, value: undefined } : { done: true, value: found.value };
  };
  return { [Symbol.iterator]: () => ({ next }) };
}

/** The driver's buffers are slices of what it received: decoders must not see the memory around them, nor keep it. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
