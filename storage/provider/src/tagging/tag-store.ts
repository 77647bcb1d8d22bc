// The database `tags` in the provider's directory: tags of held fragments, the SRS of their keys and the claims of restoral
// orders, for one network. Records and tags have separate keys, so a scan of all records reads no tags.
//   "c" place -> claim   "m" place -> record   "s" key id -> SRS   "t" place -> tags
//   place = file id ‖ u32 segment ‖ u16 fragment, big-endian
import type { FragmentPlace } from '@cess/client';
import { bool, fixedBytes, struct, versionedRecord } from '@cess/codec';
import { concatBytes, prefixEnd, utf8 } from '@cess/primitives';
import { addRecordVersions, type Kv, type KvOperation, openVersioned } from '@cess/store';

const format = 'cess-provider-tags';
/** 1 records without versions, 2 every record starts with its version; tags and SRS are bytes that PoDR² defines. */
const version = 2;
const [claimPrefix, recordPrefix, srsPrefix, tagsPrefix] = [utf8('c'), utf8('m'), utf8('s'), utf8('t')];

export interface TagRecord {
  readonly keyId: Uint8Array;
  /** xi. */
  readonly signature: Uint8Array;
  /** SHA-256 of the tags. */
  readonly tagsHash: Uint8Array;
  /** Whether the chain has recorded the tags. */
  readonly isReported: boolean;
}

const recordCodec = versionedRecord({
  name: 'tag',
  version: 1,
  codec: struct({
    keyId: fixedBytes(32),
    signature: fixedBytes(64),
    tagsHash: fixedBytes(32),
    isReported: bool,
  }),
});

const maxClaims = 10_000;

export class TagStore {
  #tagged = 0;
  #reported = 0;

  private constructor(private readonly kv: Kv) {
    for (const [, record] of this.all()) this.#count(record, 1);
  }

  /** Fragments with stored tags, and those whose tags are on chain. */
  get counts(): { readonly tagged: number; readonly reported: number } {
    return { tagged: this.#tagged, reported: this.#reported };
  }

  /** Takes ownership of the store. Throws what `openVersioned` throws. */
  static async open(kv: Kv, genesis: Uint8Array): Promise<TagStore> {
    const upgrade = (store: Kv): Promise<void> => addRecordVersions(store, { tables: [recordPrefix] });
    return new TagStore(await openVersioned(kv, { format, version, networkId: genesis, upgrade }));
  }

  get(place: FragmentPlace): TagRecord | undefined {
    const value = this.kv.get(keyOf(recordPrefix, place));
    return value === undefined ? undefined : recordCodec.decode(value);
  }

  /** 48 bytes for each block. Not verified. */
  tags(place: FragmentPlace): Uint8Array | undefined {
    return this.kv.get(keyOf(tagsPrefix, place));
  }

  /** All records; a snapshot. */
  *all(): IterableIterator<readonly [FragmentPlace, TagRecord]> {
    for (const [key, value] of this.kv.entries(rangeOf(recordPrefix))) yield [placeOf(key), recordCodec.decode(value)];
  }

  /** Places with tags, in key order, after `after`. */
  page(after: FragmentPlace | undefined, limit: number): FragmentPlace[] {
    const { gte, ...end } = rangeOf(recordPrefix);
    // The smallest key that is greater than `after`.
    const from = after === undefined ? gte : concatBytes(keyOf(recordPrefix, after), Uint8Array.of(0));
    return [...this.kv.entries({ ...end, gte: from, limit })].map(([key]) => placeOf(key));
  }

  /** Stores verified tags, record and tags in one write. Durable when it resolves. */
  async put(place: FragmentPlace, record: TagRecord, tags: Uint8Array): Promise<void> {
    const operations: KvOperation[] = [
      { type: 'put', key: keyOf(tagsPrefix, place), value: tags },
      { type: 'put', key: keyOf(recordPrefix, place), value: recordCodec.encode(record) },
    ];
    const before = this.get(place);
    await this.kv.write(operations, { durable: true });
    if (before !== undefined) this.#count(before, -1);
    this.#count(record, 1);
  }

  /** Not durable. After a crash, the comparison with the chain sets it again. */
  async setReported(places: readonly FragmentPlace[], isReported: boolean): Promise<void> {
    const operations = places.flatMap((place): KvOperation[] => {
      const record = this.get(place);
      if (record === undefined || record.isReported === isReported) return [];
      return [{ type: 'put', key: keyOf(recordPrefix, place), value: recordCodec.encode({ ...record, isReported }) }];
    });
    if (operations.length === 0) return;
    await this.kv.write(operations);
    this.#reported += isReported ? operations.length : -operations.length;
  }

  /** Does nothing if there are no tags. */
  async remove(place: FragmentPlace): Promise<void> {
    const record = this.get(place);
    if (record === undefined) return;
    await this.kv.write([
      { type: 'delete', key: keyOf(recordPrefix, place) },
      { type: 'delete', key: keyOf(tagsPrefix, place) },
    ]);
    this.#count(record, -1);
  }

  srs(keyId: Uint8Array): Uint8Array | undefined {
    return this.kv.get(concatBytes(srsPrefix, keyId));
  }

  /** Stores a verified SRS. */
  async putSrs(keyId: Uint8Array, srs: Uint8Array): Promise<void> {
    await this.kv.write([{ type: 'put', key: concatBytes(srsPrefix, keyId), value: srs }], { durable: true });
  }

  async removeSrs(keyId: Uint8Array): Promise<void> {
    await this.kv.write([{ type: 'delete', key: concatBytes(srsPrefix, keyId) }]);
  }

  /** Restoral orders that this provider claimed, or tried to claim, and has not finished. At most `maxClaims`. */
  claims(): FragmentPlace[] {
    return [...this.kv.entries({ ...rangeOf(claimPrefix), limit: maxClaims })].map(([key]) => placeOf(key));
  }

  /** Durable when it resolves. */
  async addClaims(places: readonly FragmentPlace[]): Promise<void> {
    await this.kv.write(
      places.map((place) => ({ type: 'put', key: keyOf(claimPrefix, place), value: Uint8Array.of(1) })),
      { durable: true },
    );
  }

  async removeClaim(place: FragmentPlace): Promise<void> {
    await this.kv.write([{ type: 'delete', key: keyOf(claimPrefix, place) }]);
  }

  close(): Promise<void> {
    return this.kv.close();
  }

  #count({ isReported }: TagRecord, sign: 1 | -1): void {
    this.#tagged += sign;
    if (isReported) this.#reported += sign;
  }
}

function keyOf(prefix: Uint8Array, { fileId, segment, fragment }: FragmentPlace): Uint8Array {
  const numbers = new Uint8Array(6);
  const view = new DataView(numbers.buffer);
  view.setUint32(0, segment);
  view.setUint16(4, fragment);
  return concatBytes(prefix, fileId, numbers);
}

function placeOf(key: Uint8Array): FragmentPlace {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  return { fileId: key.slice(1, 33), segment: view.getUint32(33), fragment: view.getUint16(37) };
}

function rangeOf(prefix: Uint8Array) {
  const end = prefixEnd(prefix);
  return end === undefined ? { gte: prefix } : { gte: prefix, lt: end };
}
