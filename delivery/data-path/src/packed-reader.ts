// Reads a range of a file within a pack: only the bytes of its frames, from the holders of the data shards in which they lie. The
// authentication tag of each frame verifies them, so the rest of the shard is not fetched. When that fails, the stripes are read
// as those of every file: verified against the shard hashes, and decoded from other holders. Whole streams are cached.
import { locateCiphertext, type SegmentLayout, segmentLayout } from '@cess/erasure';
import type { ProviderClient } from '@cess/node-api';
import type { FileRecord, SegmentRecord } from '@cess/object-index';
import { aborted, elementAt, isCessError } from '@cess/primitives';
import {
  type FrameRange,
  frameCountOf,
  framePlaintextSizeBytes,
  frameRange,
  frameSizeBytes,
  openFrame,
} from '@cess/sealing';
import type { Arena, ArenaRegion } from './arena.js';
import { dataPathError } from './errors.js';
import { LinkedAbort } from './linked-abort.js';
import type { ProviderDirectory } from './placement/provider-directory.js';
import type { SealedCache } from './sealed-cache.js';
import type { StripeReader } from './stripe-reader.js';
import type { StripeWorkers } from './stripe-tasks.js';

export interface PackedReaderInit {
  readonly arena: Arena;
  readonly stripes: StripeReader;
  readonly workers: StripeWorkers;
  readonly client: Pick<ProviderClient, 'readFragment'>;
  readonly directory: ProviderDirectory;
  readonly cache: SealedCache;
  readonly nowMs: () => number;
}

/** Bytes of a file within a pack that a request needs. */
export interface PackedRead {
  readonly file: FileRecord;
  /** Undefined: the ciphertext of the whole file is wanted. */
  readonly streamKey: Uint8Array | undefined;
  readonly packId: Uint8Array;
  /** Where the sealed stream begins in the pack. */
  readonly offset: number;
  /** The only segment of the pack. */
  readonly segment: SegmentRecord;
  readonly from: number;
  readonly length: number;
}

export interface OpenedRange {
  readonly region: ArenaRegion;
  /** The wanted bytes within the region. */
  readonly bytes: { readonly offset: number; readonly length: number };
}

/** How long the holders may take before others are asked. */
const directTimeoutMs = 150;
/** One for all: without a reason an abort makes an error, with its stack. */
const tooSlow = aborted();

export class PackedReader {
  constructor(private readonly init: PackedReaderInit) {}

  /** The wanted bytes if the cache has the stream, in memory of their own. Undefined: `read` fetches them. */
  tryCached({ file, streamKey, from, length }: PackedRead): Uint8Array | undefined {
    if (streamKey === undefined) return undefined;
    const stream = this.#cachedStream(file);
    if (stream === undefined) return undefined;
    const frames = frameRange(file.plaintextLength, from, length);
    const sealed = stream.subarray(frames.ciphertextOffset, frames.ciphertextOffset + frames.ciphertextLength);
    const opened = Buffer.allocUnsafeSlow(frames.ciphertextLength);
    if (!tryOpen(file, streamKey, frames, { sealed, opened })) return undefined;
    return opened.subarray(frames.skip, frames.skip + length);
  }

  /** The region goes to the caller, who releases it. Throws `GATEWAY_UNREADABLE`. */
  async read(wanted: PackedRead, client: string, signal: AbortSignal): Promise<OpenedRange> {
    const { file, segment } = wanted;
    const frames = frameRange(file.plaintextLength, wanted.from, wanted.length);
    const start = wanted.offset + frames.ciphertextOffset;
    const layout = segmentLayout(segment.ciphertextLength, segment.k, segment.fragments.length);
    const region = await this.init.arena.acquire(frames.ciphertextLength, signal, client);
    const opened = { region, bytes: { offset: frames.skip, length: wanted.length } };
    try {
      const sealed = region.bytes.subarray(0, frames.ciphertextLength);
      const { streamKey } = wanted;
      if (streamKey === undefined) {
        // Without the key only the shard hashes verify it.
        await this.#fetchVerified(segment, layout, { start, sealed, client }, signal);
        return { region, bytes: { offset: 0, length: sealed.length } };
      }
      // Frames are opened in place.
      const open = () => tryOpen(file, streamKey, frames, { sealed, opened: region.bytes });
      const openFetched = () => this.#openFetched(file, frames, sealed, open);
      const isOpen = (await this.#fetchDirectly(segment, layout, start, sealed, signal)) && openFetched();
      if (!isOpen) {
        signal.throwIfAborted();
        await this.#fetchVerified(segment, layout, { start, sealed, client }, signal);
        if (!openFetched()) throw dataPathError('GATEWAY_UNREADABLE');
      }
      return opened;
    } catch (error) {
      region.release();
      throw error;
    }
  }

  #cachedStream(file: FileRecord): Uint8Array | undefined {
    const stream = this.init.cache.get(file.streamId);
    return stream?.length === file.ciphertextLength ? stream : undefined;
  }

  /** Opens what was fetched, and caches it if it is the whole stream. */
  #openFetched(file: FileRecord, frames: FrameRange, sealed: Uint8Array, open: () => boolean): boolean {
    const isWhole = frames.ciphertextOffset === 0 && sealed.length === file.ciphertextLength;
    // Frames are opened in place.
    const stream = isWhole ? sealed.slice() : undefined;
    if (!open()) return false;
    if (stream !== undefined) this.init.cache.put(file.streamId, stream);
    return true;
  }

  /** False if a holder is missing, fails or is slow. Nothing writes into `sealed` afterwards. */
  async #fetchDirectly(
    segment: SegmentRecord,
    layout: SegmentLayout,
    start: number,
    sealed: Uint8Array,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { client, directory, nowMs } = this.init;
    const limited = new LinkedAbort(signal);
    const limit = limited.signal;
    const timer = setTimeout(() => limited.end(tooSlow), directTimeoutMs);
    let at = 0;
    const fetches = locateCiphertext(layout, start, sealed.length).map(async (span) => {
      const target = sealed.subarray(at, at + span.length);
      at += span.length;
      const { root, holder = -1 } = elementAt(segment.fragments, span.shard);
      const provider = directory.get(holder);
      if (provider === undefined || directory.isSuspect(holder)) return false;
      const startedAtMs = nowMs();
      const { shardOffset } = elementAt(layout.stripes, span.stripe);
      try {
        await client.readFragment(provider, root, shardOffset + span.offset, target, limit);
        directory.reportSuccess(holder, nowMs() - startedAtMs);
        return true;
      } catch (error) {
        if (!limit.aborted) directory.reportFailure(holder, error);
        return false;
      }
    });
    const areRead = await Promise.all(fetches);
    clearTimeout(timer);
    limited.end(tooSlow);
    return areRead.every((isRead) => isRead);
  }

  async #fetchVerified(
    segment: SegmentRecord,
    layout: SegmentLayout,
    { start, sealed, client }: { readonly start: number; readonly sealed: Uint8Array; readonly client: string },
    signal: AbortSignal,
  ): Promise<void> {
    const spans = locateCiphertext(layout, start, sealed.length);
    const wantedOf = (stripe: number) => [
      ...new Set(spans.filter((span) => span.stripe === stripe).map(({ shard }) => shard)),
    ];
    const content = new SealedContent(this.init, segment, { wantedOf, client, signal });
    try {
      await content.read(start, sealed);
    } finally {
      content.close();
    }
  }

  /** The whole content of a pack, for reading from its start to its end. */
  contentOf(segment: SegmentRecord, client: string, signal: AbortSignal): PackContentReader {
    const all = Array.from({ length: segment.k }, (_, shard) => shard);
    return new SealedContent(this.init, segment, { wantedOf: () => all, client, signal });
  }
}

interface ContentUse {
  /** Data shards of a stripe that are needed. */
  readonly wantedOf: (stripe: number) => readonly number[];
  readonly client: string;
  readonly signal: AbortSignal;
}

export interface PackContentReader {
  /** Fills `target` with the bytes from `start` on. Throws `GATEWAY_UNREADABLE`. */
  read(start: number, target: Uint8Array): Promise<void>;
  /** Gives back its memory. Idempotent. */
  close(): void;
}

/** Ciphertext of a pack, verified against its shard hashes. Keeps one stripe in memory. */
class SealedContent implements PackContentReader {
  readonly #layout: SegmentLayout;
  #stripe: { readonly index: number; readonly region: ArenaRegion } | undefined;

  constructor(
    private readonly init: Pick<PackedReaderInit, 'stripes' | 'workers'>,
    private readonly segment: SegmentRecord,
    private readonly use: ContentUse,
  ) {
    this.#layout = segmentLayout(segment.ciphertextLength, segment.k, segment.fragments.length);
  }

  async read(start: number, target: Uint8Array): Promise<void> {
    let at = 0;
    for (const { stripe, shard, offset, length } of locateCiphertext(this.#layout, start, target.length)) {
      const { shardLength } = elementAt(this.#layout.stripes, stripe);
      const from = shard * shardLength + offset;
      target.set((await this.#load(stripe)).bytes.subarray(from, from + length), at);
      at += length;
    }
  }

  close(): void {
    this.#stripe?.region.release();
    this.#stripe = undefined;
  }

  async #load(index: number): Promise<ArenaRegion> {
    if (this.#stripe?.index === index) return this.#stripe.region;
    this.close();
    const { k, fragments } = this.segment;
    const { client, signal } = this.use;
    const { dataLength, shardLength, shardOffset } = elementAt(this.#layout.stripes, index);
    const wanted = this.use.wantedOf(index);
    const region = await this.init.stripes.read(
      { k, shardLength, shardOffset, stripe: index, fragments, wanted, client },
      async (shards, { offset: dataOffset }) => {
        const result = await this.init.workers.open({
          kind: 'open',
          ...noFrames,
          dataOffset,
          dataLength,
          k,
          n: fragments.length,
          shardLength,
          shards,
          wanted,
        });
        return result.type === 'bad' ? result.indices : undefined;
      },
      signal,
    );
    this.#stripe = { index, region };
    return region;
  }
}

/** For a task that verifies and decodes a stripe, and opens nothing. */
const noFrames = {
  key: new Uint8Array(32),
  streamId: new Uint8Array(32),
  firstFrame: 0,
  endsStream: false,
  openFrom: 0,
  openCount: 0,
};

/** Opens the frames one behind the other. False if one of them is not what was sealed. */
function tryOpen(
  file: FileRecord,
  streamKey: Uint8Array,
  frames: FrameRange,
  { sealed, opened }: { readonly sealed: Uint8Array; readonly opened: Uint8Array },
): boolean {
  const last = frameCountOf(file.plaintextLength) - 1;
  try {
    for (let frame = 0, at = 0; at < frames.ciphertextLength; frame++, at += frameSizeBytes) {
      const from = sealed.subarray(at, Math.min(at + frameSizeBytes, frames.ciphertextLength));
      const index = frames.firstFrame + frame;
      const address = { streamId: file.streamId, index, isLast: index === last };
      openFrame(streamKey, address, from, opened, frame * framePlaintextSizeBytes);
    }
    return true;
  } catch (error) {
    if (isCessError(error, 'SEALED_FRAME_INVALID')) return false;
    throw error;
  }
}
