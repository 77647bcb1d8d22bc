// Reads ranges of objects: extents -> files -> segments -> stripes, a few stripes ahead of the consumer, in order.

import { locateCiphertext, segmentLayout } from '@cess/erasure';
import { type Extent, type FileRecord, isSameBucket, type SegmentRecord } from '@cess/object-index';
import { aborted, elementAt, handledElsewhere, present, toHex } from '@cess/primitives';
import { framePlaintextSizeBytes, frameRange, frameSizeBytes } from '@cess/sealing';
import { segmentSizeBytes } from '@cess/types';
import type { Arena } from './arena.js';
import { dataPathError } from './errors.js';
import { HeldStripe, pieceSizeBytes } from './held-stripe.js';
import { LinkedAbort } from './linked-abort.js';
import type { PackedRead, PackedReader } from './packed-reader.js';
import type { FileCatalog, StreamKeys } from './ports.js';
import type { SpillFolder } from './spill-folder.js';
import type { StripeReader } from './stripe-reader.js';
import type { StripeWorkers } from './stripe-tasks.js';
import type { ReadRequest, SealedReadRequest } from './transfer.js';

export interface ObjectReaderInit {
  readonly catalog: FileCatalog;
  readonly keys: StreamKeys;
  readonly stripes: StripeReader;
  /** Memory of `stripes`. */
  readonly arena: Arena;
  /** Reader and memory for reads that feed a store. */
  readonly feedStripes: StripeReader;
  readonly feedArena: Arena;
  /** Of files within packs. */
  readonly packed: PackedReader;
  readonly feedPacked: PackedReader;
  readonly spills: SpillFolder;
  readonly workers: StripeWorkers;
}

/** Stripes that one reader has in memory: the one being sent and those being fetched. Only one while others wait for memory. */
const readAhead = 3;
/** One for all: without a reason an abort makes an error, with its stack, at the end of every read. */
const readEnded = aborted();
/** For stripes of which no frame is opened. */
const noKey = new Uint8Array(0);
/** How often a file may move to another pack while a reader looks for it. */
const maxMoves = 3;
/** How long a stripe waits for its consumer in memory while others wait for it. */
const patienceMs = 250;

/** The bytes of one stripe that a request needs. */
interface StripeRead {
  readonly file: FileRecord;
  /** Undefined: the ciphertext is wanted. */
  readonly streamKey: Uint8Array | undefined;
  readonly segmentIndex: number;
  readonly segment: SegmentRecord;
  readonly stripe: number;
  /** Frames of the stripe that are wanted. */
  readonly openFrom: number;
  readonly openCount: number;
  /** The requested part of these frames: of their plaintext, or of their ciphertext. */
  readonly skip: number;
  readonly take: number;
}

/** What a request reads, and for whom. */
interface Reading {
  readonly plan: AsyncGenerator<StripeRead | PackedRead>;
  readonly fileIds: readonly Uint8Array[];
  readonly client: string;
  readonly signal: AbortSignal;
  readonly feedsStore: boolean;
  readonly bufferBytes: number;
}

export class ObjectReader {
  /** Files with the number of readers that have them open. */
  readonly #open = new Map<string, number>();

  constructor(private readonly init: ObjectReaderInit) {}

  /** Whether a reader that began before still needs the file, though no object refers to it any more. */
  isReading(fileId: Uint8Array): boolean {
    return this.#open.has(toHex(fileId));
  }

  /** The bytes in order. A piece is valid until the next one is asked for. Ending the iteration early cancels all that is under way. */
  read(request: ReadRequest): AsyncGenerator<Uint8Array> {
    const { extents, client, signal, feedsStore = false, length } = request;
    return this.#pieces({
      plan: this.#plan(request),
      fileIds: extents.map(({ fileId }) => fileId),
      client,
      signal,
      feedsStore,
      bufferBytes: Math.min(pieceSizeBytes, length),
    });
  }

  /** The ciphertext of a file in order, for which no key is needed. As `read`. */
  readSealed({ fileId, client, signal }: SealedReadRequest): AsyncGenerator<Uint8Array> {
    const plan = this.#planSealed(fileId);
    return this.#pieces({ plan, fileIds: [fileId], client, signal, feedsStore: true, bufferBytes: pieceSizeBytes });
  }

  async *#pieces(reading: Reading): AsyncGenerator<Uint8Array> {
    const { plan, feedsStore, fileIds, bufferBytes } = reading;
    const memory = feedsStore ? this.init.feedArena : this.init.arena;
    let buffer: Buffer | undefined;
    const ahead: Promise<HeldStripe>[] = [];
    /** What follows those in `ahead`, if the cache had it. Nothing behind it is read meanwhile. */
    let cached: Uint8Array | undefined;
    const reads = new LinkedAbort(reading.signal);
    const files = [...new Set(fileIds.map((fileId) => toHex(fileId)))];
    const closeFiles = this.#opened(files);
    try {
      for (;;) {
        while (cached === undefined && ahead.length < (memory.isContended ? 1 : readAhead)) {
          const next = await plan.next();
          if (next.done === true) break;
          const { value } = next;
          if (!('stripe' in value)) cached = this.#packedFor(reading).tryCached(value);
          if (cached !== undefined) break;
          const held =
            'stripe' in value
              ? this.#readStripe(value, reading, reads.signal)
              : this.#readPacked(value, reading, reads.signal);
          handledElsewhere(held);
          ahead.push(held);
        }
        const first = ahead.shift();
        if (first !== undefined) {
          buffer ??= Buffer.allocUnsafeSlow(bufferBytes);
          yield* (await first).pieces(buffer);
        } else if (cached !== undefined) {
          yield cached;
          cached = undefined;
        } else return;
      }
    } finally {
      reads.end(readEnded);
      closeFiles();
      for (const outcome of await Promise.allSettled(ahead))
        if (outcome.status === 'fulfilled') await outcome.value.release();
    }
  }

  #packedFor({ feedsStore }: Pick<Reading, 'feedsStore'>): PackedReader {
    return feedsStore ? this.init.feedPacked : this.init.packed;
  }

  /** Counts a reader of files until the returned function is called. */
  #opened(files: readonly string[]): () => void {
    for (const file of files) this.#open.set(file, (this.#open.get(file) ?? 0) + 1);
    return () => {
      for (const file of files) {
        const readers = present(this.#open.get(file), 'the count of readers') - 1;
        if (readers === 0) this.#open.delete(file);
        else this.#open.set(file, readers);
      }
    };
  }

  async *#plan(request: ReadRequest): AsyncGenerator<StripeRead | PackedRead> {
    const { extents, offset, length } = request;
    let start = 0;
    for (const extent of extents) {
      const from = Math.max(offset, start);
      const to = Math.min(offset + length, start + extent.length);
      if (from < to) {
        const { file, streamKey } = await this.#openFile(extent.fileId, request);
        const range = { from: extent.offset + from - start, length: to - from };
        if (file.within === undefined) yield* this.#planExtent(extent, file, streamKey, range);
        else yield await this.#planPacked(extent.fileId, file, streamKey, range);
      }
      start += extent.length;
    }
  }

  async *#planSealed(fileId: Uint8Array): AsyncGenerator<StripeRead | PackedRead> {
    const file = await this.init.catalog.getFile(fileId);
    if (file === undefined) throw dataPathError('GATEWAY_UNREADABLE');
    if (file.within !== undefined) {
      yield await this.#planPacked(fileId, file, undefined, { from: 0, length: file.plaintextLength });
      return;
    }
    for (let segmentIndex = 0; segmentIndex < file.segmentCount; segmentIndex++) {
      const segment = await this.init.catalog.getSegment(fileId, segmentIndex);
      if (segment === undefined) throw dataPathError('GATEWAY_UNREADABLE');
      const { stripes } = segmentLayout(segment.ciphertextLength, segment.k, segment.fragments.length);
      for (const [stripe, { dataLength }] of stripes.entries()) {
        const openCount = Math.ceil(dataLength / frameSizeBytes);
        const whole = { openFrom: 0, openCount, skip: 0, take: dataLength };
        yield { file, streamKey: undefined, segmentIndex, segment, stripe, ...whole };
      }
    }
  }

  /** The record of a file, and its stream key. */
  async #openFile(
    fileId: Uint8Array,
    { bucketName, bucket, lockFor }: ReadRequest,
  ): Promise<{ readonly file: FileRecord; readonly streamKey: Uint8Array }> {
    // Both reads begin in one turn, so that they see one state of the index.
    const [file, now] = await Promise.all([this.init.catalog.getFile(fileId), this.init.catalog.getBucket(bucketName)]);
    const wrap = file?.keyWraps.find((candidate) => candidate.bucket === bucketName);
    // The object was replaced and its file deleted while the request waited; a retry sees the current version.
    if (file === undefined) throw dataPathError('GATEWAY_UNREADABLE');
    if (wrap === undefined) throw dataPathError('GATEWAY_KEY_MISSING');
    // The key of the bucket may have been rotated since the request began.
    const current = now !== undefined && isSameBucket(now, bucket) ? now : bucket;
    const streamKey = this.init.keys.unwrapStream(current, file.streamId, wrap.wrap, lockFor);
    return { file, streamKey };
  }

  /** A file can move to another pack between two reads of the index; the former pack may be gone then. */
  async #planPacked(
    fileId: Uint8Array,
    file: FileRecord,
    streamKey: Uint8Array | undefined,
    range: { readonly from: number; readonly length: number },
  ): Promise<PackedRead> {
    const { catalog } = this.init;
    for (let now: FileRecord | undefined = file, tries = 0; tries < maxMoves; tries++) {
      const { within } = now ?? {};
      const segment = within === undefined ? undefined : await catalog.getSegment(within.packId, 0);
      if (within !== undefined && segment !== undefined) {
        return { file, streamKey, packId: within.packId, offset: within.offset, segment, ...range };
      }
      now = await catalog.getFile(fileId);
    }
    throw dataPathError('GATEWAY_UNREADABLE');
  }

  async *#planExtent(
    { fileId }: Extent,
    file: FileRecord,
    streamKey: Uint8Array,
    range: { readonly from: number; readonly length: number },
  ): AsyncGenerator<StripeRead> {
    const frames = frameRange(file.plaintextLength, range.from, range.length);
    const end = frames.ciphertextOffset + frames.ciphertextLength;
    let { skip } = frames;
    let left = range.length;
    for (let at = frames.ciphertextOffset; at < end; ) {
      const segmentIndex = Math.floor(at / segmentSizeBytes);
      const segment = await this.init.catalog.getSegment(fileId, segmentIndex);
      if (segment === undefined) throw dataPathError('GATEWAY_UNREADABLE');
      const layout = segmentLayout(segment.ciphertextLength, segment.k, segment.fragments.length);
      const inSegment = at - segmentIndex * segmentSizeBytes;
      const stripe = layout.stripes.findIndex(({ dataOffset, dataLength }) => inSegment < dataOffset + dataLength);
      const { dataOffset, dataLength } = elementAt(layout.stripes, stripe);
      const stripeEnd = Math.min(segmentIndex * segmentSizeBytes + dataOffset + dataLength, end);
      const openFrom = (inSegment - dataOffset) / frameSizeBytes;
      const openCount = Math.ceil((stripeEnd - at) / frameSizeBytes);
      const take = Math.min(left, openCount * framePlaintextSizeBytes - skip);
      yield { file, streamKey, segmentIndex, segment, stripe, openFrom, openCount, skip, take };
      left -= take;
      skip = 0;
      at = stripeEnd;
    }
  }

  async #readPacked(read: PackedRead, reading: Reading, signal: AbortSignal): Promise<HeldStripe> {
    const { client, feedsStore } = reading;
    const closePack = this.#opened([toHex(read.packId)]);
    try {
      const { region, bytes } = await this.#packedFor(reading).read(read, client, signal);
      const arena = feedsStore ? this.init.feedArena : this.init.arena;
      return new HeldStripe({ region, plaintext: bytes, arena, spills: this.init.spills, client, patienceMs });
    } finally {
      closePack();
    }
  }

  async #readStripe(read: StripeRead, reading: Reading, signal: AbortSignal): Promise<HeldStripe> {
    const { client, feedsStore } = reading;
    const stripes = feedsStore ? this.init.feedStripes : this.init.stripes;
    const { file, segment, stripe, streamKey } = read;
    const n = segment.fragments.length;
    const layout = segmentLayout(segment.ciphertextLength, segment.k, n);
    const { dataOffset, dataLength, shardLength, shardOffset } = elementAt(layout.stripes, stripe);
    const openStart = dataOffset + read.openFrom * frameSizeBytes;
    const openLength = Math.min(read.openCount * frameSizeBytes, dataOffset + dataLength - openStart);
    const wanted = [...new Set(locateCiphertext(layout, openStart, openLength).map(({ shard }) => shard))];
    const isLastSegment = read.segmentIndex === file.segmentCount - 1;
    let plaintext = { offset: 0, length: 0 };
    const shards = { k: segment.k, shardLength, shardOffset, stripe, fragments: segment.fragments, wanted, client };
    const region = await stripes.read(
      shards,
      async (fetched, { offset }) => {
        const result = await this.init.workers.open({
          kind: 'open',
          key: streamKey ?? noKey,
          streamId: file.streamId,
          firstFrame: (read.segmentIndex * segmentSizeBytes + dataOffset) / frameSizeBytes,
          endsStream: isLastSegment && stripe === layout.stripes.length - 1,
          dataOffset: offset,
          dataLength,
          k: segment.k,
          n,
          shardLength,
          shards: fetched,
          wanted,
          openFrom: read.openFrom,
          openCount: streamKey === undefined ? 0 : read.openCount,
        });
        if (result.type === 'bad') return result.indices;
        if (result.type === 'sealBroken') throw dataPathError('GATEWAY_UNREADABLE');
        plaintext = { offset: result.offset - offset, length: result.length };
        return undefined;
      },
      signal,
    );
    return new HeldStripe({
      region,
      plaintext: { offset: plaintext.offset + read.skip, length: read.take },
      arena: feedsStore ? this.init.feedArena : this.init.arena,
      spills: this.init.spills,
      client,
      patienceMs,
    });
  }
}
