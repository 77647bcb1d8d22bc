// Stores small bodies: each is sealed under a key of its own, and all that arrive while others are on their way are stored together
// as one batch (ADR 72). A body is durable when its batch is. What happens to batches later is no matter of the data path.
import { systemRng } from '@cess/crypto';
import type { NewFile, NewPack, TerritoryName } from '@cess/object-index';
import { aborted, CessError, elementAt, isCessError, isRetryable, MiB, toHex } from '@cess/primitives';
import { ciphertextLength, frameCountOf, framePlaintextSizeBytes, sealFrame } from '@cess/sealing';
import type { Arena } from './arena.js';
import { type PackStore, packedBytesOf } from './pack-store.js';
import type { StreamKeys } from './ports.js';
import type { SealedCache } from './sealed-cache.js';
import { PlaintextSource } from './segment-filler.js';
import { defaultRedundancy, type RedundancyClass } from './stream-layout.js';
import type { StoredBody, StoreRequest } from './transfer.js';

export interface BatchWriterInit {
  readonly arena: Arena;
  readonly packs: PackStore;
  readonly cache: SealedCache;
  readonly keys: StreamKeys;
  readonly nowMs: () => number;
  /** Called once all bodies of a batch are entered or discarded, and at least one is entered. */
  readonly onSettled: (packId: Uint8Array) => void;
}

/** Batches of one territory and class that are stored at a time. */
const maxInFlight = 4;
/**
 * Bodies wait for the batch before theirs until it takes this much longer than batches usually do: the longer they wait, the more
 * share a batch. So a busy machine makes larger batches, and a slow provider delays no later one.
 */
const patience = 2;
const leastPatienceMs = 25;
/**
 * Clients that send one body after another come back together when a batch ends. The next one waits for as many as there were, while
 * they arrive with gaps below this, and never longer than a batch takes.
 */
const lingerGapMs = 4;
/** Share of the newest batch in what is usual. */
const newestShare = 0.2;
/** Ciphertext of a batch, for each data fragment: one stripe. */
const maxBatchBytesPerShard = MiB;
/** To whom the memory of batches is given: they are of many clients. */
const client = 'batches';

interface Member {
  readonly request: StoreRequest;
  readonly plaintext: Uint8Array;
  readonly sealedLength: number;
  readonly resolve: (body: StoredBody) => void;
  readonly reject: (error: unknown) => void;
}

/** Bodies of one territory and class that are stored together. */
interface Lane extends TerritoryName {
  readonly redundancy: RedundancyClass;
  readonly waiting: Member[];
  inFlight: number;
  isScheduled: boolean;
  /** When the newest batch began. */
  startedAtMs: number;
  /** How long batches usually take. */
  usualMs: number;
  /** Set while bodies wait: for the newest batch, or for others. */
  timer: NodeJS.Timeout | undefined;
  /** Bodies that were stored or waited when the last batch ended. */
  expected: number;
  /** When the first and the newest of the bodies arrived that wait for others. */
  readonly linger: { sinceMs: number; newestMs: number };
}

/** A stored batch whose bodies are being entered into the index. */
interface Unsettled {
  readonly pack: NewPack;
  pending: number;
  isEntered: boolean;
}

export class BatchWriter {
  readonly #lanes = new Map<string, Lane>();
  readonly #unsettled = new Map<NewFile, Unsettled>();

  constructor(private readonly init: BatchWriterInit) {}

  /**
   * Resolves when the body is durable. It is entered into the index next, or discarded; `settle` says which. Throws `BODY_TOO_SHORT`,
   * `BODY_TOO_LONG`, and what `PackStore.store` throws.
   */
  async store(request: StoreRequest): Promise<StoredBody> {
    const source = new PlaintextSource(request.chunks, request.signal);
    const plaintext = Buffer.allocUnsafeSlow(request.length);
    try {
      if ((await source.readInto(plaintext)) < request.length)
        throw new CessError('BODY_TOO_SHORT', 'The body ended early.');
      if (!(await source.isAtEnd())) throw new CessError('BODY_TOO_LONG', 'The body is longer than was declared.');
    } catch (error) {
      // The caller gets the first error; closing the failed source may only repeat it.
      await Promise.allSettled([source.close()]);
      throw error;
    }
    return new Promise((resolve, reject) => {
      const lane = this.#laneOf(request);
      lane.waiting.push({ request, plaintext, sealedLength: ciphertextLength(request.length), resolve, reject });
      this.#schedule(lane);
    });
  }

  /** Says what became of a stored body. Only the first call for a body counts. */
  settle({ files }: StoredBody, outcome: 'entered' | 'discarded'): void {
    for (const file of files) {
      const batch = this.#unsettled.get(file);
      if (batch === undefined) continue;
      this.#unsettled.delete(file);
      batch.pending--;
      batch.isEntered ||= outcome === 'entered';
      if (batch.pending > 0) continue;
      if (batch.isEntered) this.init.onSettled(batch.pack.packId);
      else this.init.packs.discard(batch.pack);
    }
  }

  #laneOf({ bucket: { owner, territory }, redundancy = defaultRedundancy }: StoreRequest): Lane {
    const name = `${toHex(owner)}/${redundancy.k}/${redundancy.n}/${territory}`;
    const known = this.#lanes.get(name);
    if (known !== undefined) return known;
    const lane: Lane = {
      owner,
      territory,
      redundancy,
      waiting: [],
      inFlight: 0,
      isScheduled: false,
      startedAtMs: 0,
      usualMs: 0,
      timer: undefined,
      expected: 1,
      linger: { sinceMs: 0, newestMs: 0 },
    };
    this.#lanes.set(name, lane);
    return lane;
  }

  /**
   * Stores what waits: when no batch is on its way and those who are expected have come, or when the newest takes long. Bodies that
   * arrive in one turn share a batch.
   */
  #schedule(lane: Lane): void {
    const nowMs = performance.now();
    lane.linger.newestMs = nowMs;
    if (lane.isScheduled || lane.inFlight >= maxInFlight || lane.waiting.length === 0) return;
    if (lane.inFlight === 0 && lane.waiting.length >= lane.expected) return this.#startSoon(lane);
    if (lane.timer !== undefined) return;
    lane.linger.sinceMs = nowMs;
    if (lane.inFlight === 0) return this.#lingerOn(lane);
    const waitMs = lane.startedAtMs + Math.max(leastPatienceMs, patience * lane.usualMs) - nowMs;
    if (waitMs <= 0) this.#startSoon(lane);
    else lane.timer = setTimeout(() => this.#startSoon(lane), waitMs);
  }

  #lingerOn(lane: Lane): void {
    const { linger, usualMs } = lane;
    const look = () => {
      const nowMs = performance.now();
      if (nowMs - linger.newestMs >= lingerGapMs || nowMs - linger.sinceMs >= usualMs) this.#startSoon(lane);
      else this.#lingerOn(lane);
    };
    // What arrived while the event loop was busy is taken before anything is decided.
    const timer = setTimeout(() => setImmediate(() => lane.timer === timer && look()), lingerGapMs);
    lane.timer = timer;
  }

  #startSoon(lane: Lane): void {
    clearTimeout(lane.timer);
    lane.timer = undefined;
    lane.isScheduled = true;
    setImmediate(() => {
      lane.isScheduled = false;
      this.#start(lane);
    });
  }

  #start(lane: Lane): void {
    const members = takeBatch(lane);
    if (members.length === 0) return;
    lane.inFlight++;
    const startedAtMs = performance.now();
    lane.startedAtMs = startedAtMs;
    void this.#storeBatch(lane, members).finally(() => {
      lane.inFlight--;
      lane.usualMs += newestShare * (performance.now() - startedAtMs - lane.usualMs);
      if (lane.inFlight === 0) {
        lane.expected = members.length + lane.waiting.length;
        clearTimeout(lane.timer);
        lane.timer = undefined;
      }
      this.#schedule(lane);
    });
    this.#schedule(lane);
  }

  /** Never rejects. */
  async #storeBatch(lane: Lane, members: readonly Member[]): Promise<void> {
    const { arena, packs } = this.init;
    const { owner, territory, redundancy } = lane;
    const length = members.reduce((sum, { sealedLength }) => sum + sealedLength, 0);
    // A batch ends with its own placement: it is not aborted for one of its clients.
    const { signal } = new AbortController();
    try {
      const region = await arena.acquire(packedBytesOf(length, redundancy), signal, client);
      try {
        const keys = sealAll(members, region.bytes);
        const pack = await packs.store({ owner, territory, redundancy, region, length, signal });
        this.#remember(region.bytes, members, keys);
        this.#handOut(pack, members, keys);
      } finally {
        region.release();
      }
    } catch (error) {
      if (members.length > 1 && isCessError(error) && !isRetryable(error)) return this.#storeHalves(lane, members);
      for (const { reject } of members) reject(error);
    }
  }

  /** Without room for all there may be room for some. Never rejects. */
  async #storeHalves(lane: Lane, members: readonly Member[]): Promise<void> {
    const middle = members.length >> 1;
    await this.#storeBatch(lane, members.slice(0, middle));
    await this.#storeBatch(lane, members.slice(middle));
  }

  /** What was just stored is read soon, by clients and by whoever packs it. */
  #remember(bytes: Uint8Array, members: readonly Member[], keys: readonly StreamSecret[]): void {
    let offset = 0;
    for (const [index, { sealedLength }] of members.entries()) {
      const { streamId } = elementAt(keys, index);
      this.init.cache.put(streamId, bytes.subarray(offset, offset + sealedLength));
      offset += sealedLength;
    }
  }

  #handOut(pack: NewPack, members: readonly Member[], keys: readonly StreamSecret[]): void {
    const batch: Unsettled = { pack, pending: members.length, isEntered: false };
    let offset = 0;
    members.forEach((member, index) => {
      const file = this.#fileOf(member, elementAt(keys, index), { pack, offset });
      offset += member.sealedLength;
      this.#unsettled.set(file, batch);
      member.resolve({ extents: [{ fileId: file.fileId, offset: 0, length: member.request.length }], files: [file] });
    });
  }

  #fileOf(
    { request, sealedLength }: Member,
    { streamId, streamKey }: StreamSecret,
    within: { readonly pack: NewPack; readonly offset: number },
  ): NewFile {
    const { bucket, length, lock } = request;
    return {
      fileId: streamId,
      file: {
        owner: bucket.owner,
        territory: bucket.territory,
        orderId: new Uint8Array(32),
        streamId,
        plaintextLength: length,
        ciphertextLength: sealedLength,
        storedBytes: 0,
        segmentCount: 0,
        createdAtMs: this.init.nowMs(),
      },
      wrapKey: (current) => this.init.keys.wrapStream(current, streamId, streamKey, lock),
      segments: [],
      within,
    };
  }
}

interface StreamSecret {
  readonly streamId: Uint8Array;
  readonly streamKey: Uint8Array;
}

/** Members whose clients are still there, as many as fit into one stripe; the others are rejected or stay. */
function takeBatch(lane: Lane): Member[] {
  const room = lane.redundancy.k * maxBatchBytesPerShard;
  const taken: Member[] = [];
  let length = 0;
  for (let next = lane.waiting[0]; next !== undefined; next = lane.waiting[0]) {
    if (next.request.signal.aborted) next.reject(aborted(next.request.signal.reason));
    else if (length + next.sealedLength > room) break;
    else {
      taken.push(next);
      length += next.sealedLength;
    }
    lane.waiting.shift();
  }
  return taken;
}

/** Writes the sealed streams one after another. */
function sealAll(members: readonly Member[], out: Uint8Array): StreamSecret[] {
  let at = 0;
  return members.map(({ plaintext }) => {
    const [streamId, streamKey] = [systemRng.bytes(32), systemRng.bytes(32)];
    const frames = frameCountOf(plaintext.length);
    for (let index = 0; index < frames; index++) {
      const piece = plaintext.subarray(index * framePlaintextSizeBytes, (index + 1) * framePlaintextSizeBytes);
      at += sealFrame(streamKey, { streamId, index, isLast: index === frames - 1 }, piece, out, at);
    }
    return { streamId, streamKey };
  });
}
