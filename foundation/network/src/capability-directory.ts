// Publishes the capability record of this node and finds those of others (CHAIN-2, CHAIN-3; docs/protocol/network.md §7). A record
// lies in the DHT under the key of its node. An announcement (provider record of the DHT) under role, place and shard says
// whose record to look at; every answer is checked against the signed record, so a false announcement finds nothing.
import type { Ed25519Signer } from '@cess/crypto';
import {
  BackgroundLoop,
  type BackgroundPorts,
  CessError,
  equalBytes,
  isAbort,
  isCessError,
  KeyedMutex,
  messageOf,
  type Rng,
  toHex,
  utf8,
} from '@cess/primitives';
import type { QueryEvent } from '@libp2p/kad-dht';
import type { CID } from 'multiformats/cid';
import { announcementsAt, announcementsOf } from './announcements.js';
import type { BoundedDatastore } from './bounded-datastore.js';
import {
  type Capabilities,
  type CapabilityRecord,
  invalidRecord,
  isPlace,
  isWithin,
  type NetworkRole,
  signCapabilityRecord,
  verifyCapabilityRecord,
} from './capability-record.js';
import { withDeadline } from './deadline.js';
import type { NetworkNode } from './libp2p-node.js';
import type { NetworkNames } from './network-names.js';
import { ed25519KeyOf } from './peer-id.js';

export interface CapabilityQuery {
  readonly role: NetworkRole;
  /** A place, or one of the wider places around it: `eu` finds `eu/de`. Default: everywhere. */
  readonly place?: string;
  /** Most records that are returned. Default 20. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/** Records are what their nodes say about themselves. */
export interface CapabilityDirectory {
  /**
   * Publishes the record of this node, and again before it expires, until the host stops or `withdraw` is called. Resolves when
   * another node has stored it. Rejects with `NETWORK_RECORD_INVALID`, or with `NETWORK_RECORD_NOT_STORED`, after which
   * the host tries again by itself.
   */
  publish(capabilities: Capabilities): Promise<CapabilityRecord>;
  /** Publishes no more. The last record stays in force until it expires. */
  withdraw(): Promise<void>;
  /** The newest record of a node key that the network has; undefined if there is none in force. */
  find(key: Uint8Array, signal?: AbortSignal): Promise<CapabilityRecord | undefined>;
  /** Records of nodes with a role, in random order. Nodes of this list may have a newer record. */
  list(query: CapabilityQuery): Promise<readonly CapabilityRecord[]>;
}

export interface CapabilityDirectoryOptions extends BackgroundPorts {
  readonly node: NetworkNode;
  readonly names: NetworkNames;
  readonly signer: Ed25519Signer;
  readonly datastore: BoundedDatastore;
  readonly recordLifetimeMs: number;
}

const lookupTimeoutMs = 30_000;
/** A node that has just started knows few others, so its record is published again soon. */
const secondPublicationMs = 300_000;
const defaultLimit = 20;
const maxCandidates = 512;
const parallelLookups = 8;

export class DhtCapabilityDirectory implements CapabilityDirectory {
  readonly #refresh: BackgroundLoop;
  readonly #publishing = new KeyedMutex();
  #wanted: Capabilities | undefined;
  #published: CapabilityRecord | undefined;
  #publications = 0;

  constructor(private readonly options: CapabilityDirectoryOptions) {
    this.#refresh = new BackgroundLoop({
      ...options,
      name: 'capability-record',
      task: (signal) => this.#publishWanted(signal),
      periodMs: () => this.#pauseMs,
      firstPauseMs: secondPublicationMs,
      backOff: { leastMs: 1000, mostMs: 60_000 },
    });
  }

  start(): void {
    this.#refresh.start();
  }

  stop(): Promise<void> {
    return this.#refresh.stop();
  }

  async publish(capabilities: Capabilities): Promise<CapabilityRecord> {
    this.#wanted = capabilities;
    try {
      const record = await this.#publishWanted();
      if (record === undefined) throw notStored();
      return record;
    } catch (error) {
      if (isCessError(error, 'NETWORK_RECORD_INVALID', 'SCALE_UNENCODABLE')) this.#wanted = undefined;
      if (isCessError(error, 'NETWORK_RECORD_NOT_STORED')) this.#refresh.trigger();
      throw error;
    }
  }

  async withdraw(): Promise<void> {
    this.#wanted = undefined;
    await this.#publishing.run('', () => this.#cancelAnnouncements());
  }

  async find(key: Uint8Array, signal?: AbortSignal): Promise<CapabilityRecord | undefined> {
    let best = this.#stored(key);
    const consider = (value: Uint8Array) => {
      const record = this.#verified(value, key);
      if (record !== undefined && (best === undefined || record.sequence > best.sequence)) best = record;
    };
    await this.#query(signal, async (until) => {
      for await (const event of this.#dht.get(utf8(this.options.names.record(key)), { signal: until })) {
        if (event.name === 'PEER_RESPONSE' && event.record !== undefined) consider(event.record.value);
        if (event.name === 'VALUE') consider(event.value);
      }
    });
    return best;
  }

  async list({ role, place, limit = defaultLimit, signal }: CapabilityQuery): Promise<readonly CapabilityRecord[]> {
    if (place !== undefined && !isPlace(place)) throw invalidRecord('malformed');
    const matches = (record: CapabilityRecord | undefined): record is CapabilityRecord =>
      record?.roles.includes(role) === true && (place === undefined || isWithin(record.place, place));
    const own = this.#stored(this.options.signer.publicKey);
    const found = matches(own) ? [own] : [];
    const candidates = await this.#candidates(announcementsAt(this.options.names.genesis, role, place), signal);
    const left = shuffled(candidates, this.options.rng);
    const work = async (): Promise<void> => {
      for (let key = left.pop(); key !== undefined && found.length < limit; key = left.pop()) {
        const record = this.#stored(key) ?? (await this.find(key, signal));
        if (matches(record) && found.length < limit) found.push(record);
      }
    };
    await Promise.all(Array.from({ length: parallelLookups }, work));
    return found;
  }

  get #dht() {
    return this.options.node.services.dht;
  }

  get #pauseMs(): number {
    return this.#publications < 2 ? secondPublicationMs : this.options.recordLifetimeMs / 3;
  }

  #publishWanted(signal?: AbortSignal): Promise<CapabilityRecord | undefined> {
    return this.#publishing.run('', async () => {
      if (this.#wanted === undefined) return undefined;
      const { names, signer, recordLifetimeMs, timers, logger } = this.options;
      // The clock may have been set back, or the same key used elsewhere: the new record must still count.
      const newest = await this.find(signer.publicKey, signal);
      const nowMs = timers.nowMs();
      const sequence = newest === undefined ? BigInt(nowMs) : maxOf(BigInt(nowMs), newest.sequence + 1n);
      const bytes = signCapabilityRecord(signer, {
        ...this.#wanted,
        genesis: names.genesis,
        sequence,
        validUntilMs: nowMs + recordLifetimeMs,
      });
      const record = this.#verified(bytes, signer.publicKey);
      if (record === undefined) throw invalidRecord('malformed');
      const copies = await this.#put(names.record(signer.publicKey), bytes, signal);
      await this.#announce(record, signal);
      this.#published = record;
      if (copies === 0) throw notStored();
      this.#publications++;
      logger.debug({ copies, sequence: String(sequence) }, 'capability record published');
      return record;
    });
  }

  /** The number of other nodes that stored it. */
  async #put(key: string, value: Uint8Array, signal?: AbortSignal): Promise<number> {
    let copies = 0;
    await this.#query(signal, async (until) => {
      for await (const event of this.#dht.put(utf8(key), value, { signal: until })) {
        if (event.name === 'PEER_RESPONSE' && event.messageName === 'PUT_VALUE') copies++;
      }
    });
    return copies;
  }

  async #announce(record: CapabilityRecord, signal?: AbortSignal): Promise<void> {
    const keys = announcementsOf(record);
    if (this.#published !== undefined && !sameKeys(keys, announcementsOf(this.#published))) {
      await this.#cancelAnnouncements();
    }
    for (const key of keys) {
      await this.#query(signal, (until) => drain(this.#dht.provide(key, { signal: until })));
    }
  }

  async #cancelAnnouncements(): Promise<void> {
    if (this.#published === undefined) return;
    for (const key of announcementsOf(this.#published)) await this.#dht.cancelReprovide(key);
    this.#published = undefined;
  }

  /** Keys of nodes that announced themselves under any of the keys. */
  async #candidates(keys: readonly CID[], signal?: AbortSignal): Promise<readonly Uint8Array[]> {
    const found = new Map<string, Uint8Array>();
    const lookUp = (cid: CID) =>
      this.#query(signal, async (until) => {
        for await (const event of this.#dht.findProviders(cid, { signal: until })) {
          if (event.name !== 'PROVIDER') continue;
          for (const { id } of event.providers) {
            const key = ed25519KeyOf(id);
            if (key !== undefined && found.size < maxCandidates) found.set(toHex(key), key);
          }
        }
      });
    await Promise.all(keys.map(lookUp));
    return [...found.values()].filter((key) => !equalBytes(key, this.options.signer.publicKey));
  }

  /** What this node stores itself, as a part of the DHT. */
  #stored(key: Uint8Array): CapabilityRecord | undefined {
    const value = this.options.datastore.recordAt(utf8(this.options.names.record(key)));
    return value === undefined ? undefined : this.#verified(value, key);
  }

  #verified(value: Uint8Array, key: Uint8Array): CapabilityRecord | undefined {
    const { names, timers } = this.options;
    const result = verifyCapabilityRecord(value, { genesis: names.genesis, nowMs: timers.nowMs(), key });
    return result.ok ? result.value : undefined;
  }

  /** A query that fails or takes too long has told all that it found. Rejects only when the caller aborts. */
  async #query(signal: AbortSignal | undefined, run: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const { timers, logger } = this.options;
    const onTimeout = () => new Error(`it took longer than ${lookupTimeoutMs} ms`);
    try {
      await withDeadline({ timers, ms: lookupTimeoutMs, signal, onTimeout }, run);
    } catch (error) {
      if (signal?.aborted === true || isAbort(error)) throw error;
      // Such as a peer that refuses the newer record that libp2p offers it.
      logger.debug({ cause: messageOf(error) }, 'query of the DHT ended early');
    }
  }
}

async function drain(events: AsyncIterable<QueryEvent>): Promise<void> {
  const iterator = events[Symbol.asyncIterator]();
  while ((await iterator.next()).done !== true);
}

function notStored(): CessError<'NETWORK_RECORD_NOT_STORED'> {
  const text = 'No other node stored the capability record of this node; it is published again soon.';
  return new CessError('NETWORK_RECORD_NOT_STORED', text);
}

function sameKeys(a: readonly CID[], b: readonly CID[]): boolean {
  return a.length === b.length && a.every((key, i) => b[i]?.equals(key) === true);
}

function maxOf(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** So that nodes that look for a role do not all choose the same ones. */
function shuffled<T>(items: readonly T[], rng: Rng): T[] {
  const ranks = new DataView(rng.bytes(4 * items.length).slice().buffer);
  return items
    .map((item, i) => ({ item, rank: ranks.getUint32(4 * i) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item);
}
