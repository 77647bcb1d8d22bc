// What libp2p keeps: known peers, and in the DHT capability records and announcements of others. Everything is in memory and has
// a bound; the oldest entry goes first. A capability record never replaces one with a higher sequence number, whatever way it
// comes, so a replayed record has no effect (docs/protocol/network.md §7).
import { NotFoundError } from '@libp2p/interface';
import { Record as DhtRecord } from '@libp2p/kad-dht';
import { BaseDatastore } from 'datastore-core';
import { Key, type Pair, type Query } from 'interface-datastore';
import { base32 } from 'multiformats/bases/base32';

export interface BoundedDatastoreOptions {
  /** Most capability records, and most entries of other kinds. */
  readonly maxEntries: number;
  /** Most announcements in all, and for one key of the DHT. */
  readonly maxAnnouncements: number;
  readonly maxAnnouncementsPerKey: number;
  /** Sequence number of a capability record; undefined if it is malformed. */
  readonly sequenceOf: (record: Uint8Array) => bigint | undefined;
}

/** Prefixes of kad-dht: `/dht/record/<key>` and `/dht/provider/<key>/<peer>`. */
const recordPrefix = '/dht/record/';
const announcementPrefix = '/dht/provider/';

/** Entries in the order of their last write. */
type Entries = Map<string, Uint8Array>;

export class BoundedDatastore extends BaseDatastore {
  readonly #records: Entries = new Map();
  readonly #others: Entries = new Map();
  /** By their key of the DHT, ordered like the entries. */
  readonly #announcements = new Map<string, Entries>();
  #announcementCount = 0;

  constructor(private readonly options: BoundedDatastoreOptions) {
    super();
  }

  get recordCount(): number {
    return this.#records.size;
  }

  /** The value of a record that is stored here. */
  recordAt(key: Uint8Array): Uint8Array | undefined {
    const entry = this.#records.get(`${recordPrefix}${base32.baseEncode(key)}`);
    return entry === undefined ? undefined : DhtRecord.deserialize(entry).value;
  }

  override put(key: Key, value: Uint8Array): Key {
    const name = key.toString();
    if (name.startsWith(announcementPrefix)) this.#putAnnouncement(name, value);
    else if (!name.startsWith(recordPrefix)) putLast(this.#others, name, value, this.options.maxEntries);
    else if (this.#mayReplace(this.#records.get(name), value)) {
      putLast(this.#records, name, value, this.options.maxEntries);
    }
    return key;
  }

  override get(key: Key): Uint8Array {
    const name = key.toString();
    const value = this.#entriesOf(name)?.get(name);
    if (value === undefined) throw new NotFoundError(`the store has no ${name}`);
    return value;
  }

  override has(key: Key): boolean {
    const name = key.toString();
    return this.#entriesOf(name)?.has(name) === true;
  }

  override delete(key: Key): void {
    const name = key.toString();
    const isDeleted = this.#entriesOf(name)?.delete(name) === true;
    if (isDeleted && name.startsWith(announcementPrefix)) this.#announcementLeft(groupOf(name));
  }

  override *_all({ prefix = '/' }: Query): Generator<Pair> {
    for (const [name, value] of this.#matching(prefix)) yield { key: new Key(name), value };
  }

  override *_allKeys({ prefix = '/' }: { readonly prefix?: string }): Generator<Key> {
    for (const [name] of this.#matching(prefix)) yield new Key(name);
  }

  /** A copy, so that entries may change while a reader pauses. */
  #matching(prefix: string): (readonly [string, Uint8Array])[] {
    const group = this.#announcements.get(prefix);
    if (group !== undefined) return [...group];
    const tables = prefix.startsWith(announcementPrefix) ? [] : [this.#records, this.#others];
    const found = [...tables, ...this.#announcements.values()].flatMap((entries) => [...entries]);
    return found.filter(([name]) => name.startsWith(prefix));
  }

  #entriesOf(name: string): Entries | undefined {
    if (name.startsWith(recordPrefix)) return this.#records;
    return name.startsWith(announcementPrefix) ? this.#announcements.get(groupOf(name)) : this.#others;
  }

  #mayReplace(existing: Uint8Array | undefined, value: Uint8Array): boolean {
    if (existing === undefined) return true;
    const { sequenceOf } = this.options;
    const before = sequenceOf(DhtRecord.deserialize(existing).value) ?? -1n;
    const after = sequenceOf(DhtRecord.deserialize(value).value) ?? -1n;
    return after >= before;
  }

  #putAnnouncement(name: string, value: Uint8Array): void {
    const group = groupOf(name);
    const entries: Entries = this.#announcements.get(group) ?? new Map();
    this.#announcements.delete(group);
    this.#announcements.set(group, entries);
    const before = entries.size;
    putLast(entries, name, value, this.options.maxAnnouncementsPerKey);
    this.#announcementCount += entries.size - before;
    if (this.#announcementCount > this.options.maxAnnouncements) this.#dropOldestAnnouncement();
  }

  #dropOldestAnnouncement(): void {
    const [oldest] = this.#announcements;
    if (oldest === undefined) return;
    const [group, entries] = oldest;
    evictFirst(entries);
    this.#announcementLeft(group);
  }

  #announcementLeft(group: string): void {
    this.#announcementCount--;
    if (this.#announcements.get(group)?.size === 0) this.#announcements.delete(group);
  }
}

function groupOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/'));
}

function putLast(entries: Entries, name: string, value: Uint8Array, capacity: number): void {
  entries.delete(name);
  entries.set(name, value);
  if (entries.size > capacity) evictFirst(entries);
}

function evictFirst(entries: Entries): void {
  const first = entries.keys().next();
  if (!first.done) entries.delete(first.value);
}
