// Stores a body: plaintext -> sealed stream -> segments -> fragments on providers, as a pipeline in bounded memory.
// Segment i + 1 is filled and sealed while the fragments of segment i travel; both wait for free memory in the arena.
import { systemRng } from '@cess/crypto';
import type { ProviderClient } from '@cess/node-api';
import type { NewFile, SegmentRecord } from '@cess/object-index';
import { CessError, handledElsewhere, isAbort, isCessError, present } from '@cess/primitives';
import { ciphertextLength, frameSizeBytes, frameTagSizeBytes } from '@cess/sealing';
import { fileId, orderId, segmentRoot } from '@cess/types';
import type { Arena, ArenaRegion } from './arena.js';
import type { BatchWriter } from './batch-writer.js';
import type { ProviderDirectory } from './placement/provider-directory.js';
import type { SegmentPlacer } from './placement/segment-placer.js';
import type { SpaceReservations, StreamKeys } from './ports.js';
import { type ByteSource, fillFrames, PlaintextSource } from './segment-filler.js';
import { SegmentIntake } from './segment-intake.js';
import { discardSegment, placeSegment, shardOffsets } from './segment-placement.js';
import type { SpillFolder } from './spill-folder.js';
import { defaultRedundancy, type StreamSegment, storedBytesOf, streamSegments } from './stream-layout.js';
import type { StripeWorkers } from './stripe-tasks.js';
import type { StoredBody, StoreRequest } from './transfer.js';

export interface ObjectWriterInit {
  readonly genesis: Uint8Array;
  /** Account of this gateway. */
  readonly gateway: Uint8Array;
  readonly arena: Arena;
  readonly workers: StripeWorkers;
  readonly placer: SegmentPlacer;
  readonly directory: ProviderDirectory;
  readonly client: ProviderClient;
  readonly space: SpaceReservations;
  readonly keys: StreamKeys;
  readonly spills: SpillFolder;
  /** Stores bodies of at most `batchBelowBytes`. */
  readonly batches: BatchWriter;
  /** 0: every body is a file of its own. */
  readonly batchBelowBytes: number;
  readonly nowMs: () => number;
}

/** A body that would complete its segment within this time takes memory, and completes it there. */
const quickMs = 2_000;
/** Share of the memory that such bodies may take together: bodies that stop there leave the rest to others. */
const quickShare = 0.5;
/** How long a body that was quick may take after that while others wait for its memory. */
const fillPatienceMs = 5_000;

/** One upload attempt: its fresh keys and ids (docs/protocol/data-path.md §1, §5). */
interface Upload {
  readonly request: StoreRequest;
  readonly orderId: Uint8Array;
  readonly streamId: Uint8Array;
  /** Undefined: the chunks are ciphertext already. */
  readonly streamKey: Uint8Array | undefined;
  /** Aborted with the request or when any segment fails. */
  readonly signal: AbortSignal;
  /** Fails the upload. */
  readonly fail: (reason: CessError) => void;
}

export class ObjectWriter {
  /** Memory of segments whose body is still arriving. */
  #quickBytes = 0;

  constructor(private readonly init: ObjectWriterInit) {}

  /** Resolves when every segment is durable. If it fails, it releases the reserved space and deletes the fragments. */
  async store(request: StoreRequest): Promise<StoredBody> {
    if (request.length === 0) {
      const source = new PlaintextSource(request.chunks, request.signal);
      await requireEnd(source);
      return { extents: [], files: [] };
    }
    const isSmall = request.length <= this.init.batchBelowBytes && request.sealed === undefined;
    if (isSmall) return this.init.batches.store(request);
    const redundancy = request.redundancy ?? defaultRedundancy;
    const storedBytes = storedBytesOf(request.length, redundancy);
    const { owner, territory } = request.bucket;
    await this.init.space.reserve({ owner, territory }, storedBytes);
    const failed = new AbortController();
    const upload: Upload = {
      request,
      orderId: orderId({ genesis: this.init.genesis, owner, territory, randomness: systemRng.bytes(32) }),
      streamId: request.sealed?.streamId ?? systemRng.bytes(32),
      streamKey: request.sealed === undefined ? systemRng.bytes(32) : undefined,
      signal: AbortSignal.any([request.signal, failed.signal]),
      fail: (reason) => failed.abort(reason),
    };
    const source = new PlaintextSource(request.chunks, upload.signal);
    const segments: Promise<SegmentRecord>[] = [];
    try {
      for (const segment of streamSegments(request.length, redundancy)) {
        const { placed } = await this.#beginSegment(upload, segment, source);
        placed.catch((error: unknown) => failed.abort(error));
        segments.push(placed);
      }
      await requireEnd(source);
      const records = await Promise.all(segments);
      return this.#assemble(upload, records, storedBytes);
    } catch (error) {
      failed.abort(error);
      // The caller gets the first error; closing the failed source may only repeat it.
      await Promise.allSettled([source.close()]);
      const settled = await Promise.allSettled(segments);
      this.init.space.release({ owner, territory }, storedBytes);
      settled.forEach((outcome, index) => {
        if (outcome.status === 'fulfilled') discardSegment(this.init.placer, upload.orderId, index, outcome.value);
      });
      const { reason } = failed.signal;
      if (isAbort(error) && isCessError(reason, 'BODY_TOO_SLOW')) throw reason;
      const cause = settled.find((outcome) => outcome.status === 'rejected' && !isAbort(outcome.reason));
      throw isAbort(error) && cause?.status === 'rejected' ? cause.reason : error;
    }
  }

  /** Gives back what was stored but not entered. */
  discard(body: StoredBody): void {
    this.init.batches.settle(body, 'discarded');
    for (const { file, segments, within } of body.files) {
      if (within !== undefined) continue;
      this.init.space.release(file, file.storedBytes);
      for (const [index, segment] of segments.entries()) discardSegment(this.init.placer, file.orderId, index, segment);
    }
  }

  /** Says that the index has what was stored, or may have it. */
  entered(body: StoredBody): void {
    this.init.batches.settle(body, 'entered');
    for (const { file, within } of body.files)
      if (within === undefined) this.init.space.entered?.(file, file.storedBytes);
  }

  /** Resolves when a segment is filled; `placed` when its fragments are durable and its memory is released. */
  async #beginSegment(
    upload: Upload,
    segment: StreamSegment,
    source: PlaintextSource,
  ): Promise<{ readonly placed: Promise<SegmentRecord> }> {
    const { spills, arena } = this.init;
    const { client } = upload.request;
    const sizeBytes = segment.layout.n * segment.layout.fragmentLength;
    const { layout } = segment;
    const length = upload.streamKey === undefined ? layout.ciphertextLength : plaintextLengthOf(segment);
    let quickBytes = 0;
    const tryQuick = () => {
      if (arena.isContended || this.#quickBytes + sizeBytes > arena.capacityBytes * quickShare) return false;
      this.#quickBytes += sizeBytes;
      quickBytes = sizeBytes;
      return true;
    };
    const intake = new SegmentIntake({ source, length, spills, client, quickMs, tryQuick });
    try {
      await intake.receive();
      const region = await arena.acquire(sizeBytes, upload.signal, client);
      const placed = this.#placeSegment(upload, segment, region, await this.#fill(upload, segment, region, intake));
      // It may fail while the file of the intake is closed, before the caller waits for it.
      handledElsewhere(placed);
      return { placed };
    } finally {
      this.#quickBytes -= quickBytes;
      await intake.close();
    }
  }

  /** Fills the region and begins to seal each stripe as it is full. Releases the region when that fails. */
  async #fill(
    upload: Upload,
    segment: StreamSegment,
    region: ArenaRegion,
    source: ByteSource,
  ): Promise<readonly Promise<Uint8Array>[]> {
    const { layout } = segment;
    const { k } = layout;
    const sealing: Promise<Uint8Array>[] = [];
    const watch = setInterval(() => {
      if (this.init.arena.isContended)
        upload.fail(new CessError('BODY_TOO_SLOW', 'The body stalled, and others need its memory.'));
    }, fillPatienceMs);
    try {
      for (const stripe of layout.stripes) {
        const data = region.bytes.subarray(stripe.dataOffset, stripe.dataOffset + stripe.dataLength);
        const isFilled =
          upload.streamKey === undefined
            ? (await source.readInto(data)) === data.length
            : await fillFrames(source, data, stripe.dataLength);
        if (!isFilled) throw new CessError('BODY_TOO_SHORT', 'The body ended early.');
        const sealed = this.init.workers.seal({
          kind: 'seal',
          key: upload.streamKey,
          streamId: upload.streamId,
          firstFrame: segment.firstFrame + stripe.dataOffset / frameSizeBytes,
          endsStream: segment.isLast && stripe === layout.stripes.at(-1),
          dataOffset: region.offset + stripe.dataOffset,
          dataLength: stripe.dataLength,
          k,
          shardLength: stripe.shardLength,
          shardOffsets: shardOffsets(layout, stripe, region),
        });
        handledElsewhere(sealed);
        sealing.push(sealed);
      }
      return sealing;
    } catch (error) {
      // Workers may still write into the region: it is free only when they have ended.
      await Promise.allSettled(sealing);
      region.release();
      throw error;
    } finally {
      clearInterval(watch);
    }
  }

  async #placeSegment(
    upload: Upload,
    segment: StreamSegment,
    region: ArenaRegion,
    sealing: readonly Promise<Uint8Array>[],
  ): Promise<SegmentRecord> {
    const { genesis, gateway, placer } = this.init;
    const { orderId: order, signal } = upload;
    try {
      const hashes = await Promise.all(sealing);
      const { index, layout } = segment;
      return await placeSegment(
        placer,
        { index, layout, region, hashes },
        { genesis, gateway, orderId: order, signal },
      );
    } finally {
      await Promise.allSettled(sealing);
      region.release();
    }
  }

  #assemble(upload: Upload, segments: readonly SegmentRecord[], storedBytes: number): StoredBody {
    const { bucket, length } = upload.request;
    const { streamId } = upload;
    const id = fileId({
      genesis: this.init.genesis,
      owner: bucket.owner,
      orderId: upload.orderId,
      segmentRoots: segments.map(({ k, ciphertextLength: sealed, fragments }) =>
        segmentRoot({ k, ciphertextLength: sealed, fragmentRoots: fragments.map(({ root }) => root) }),
      ),
    });
    const file: NewFile = {
      fileId: id,
      file: {
        owner: bucket.owner,
        territory: bucket.territory,
        orderId: upload.orderId,
        streamId,
        plaintextLength: length,
        ciphertextLength: ciphertextLength(length),
        storedBytes,
        segmentCount: segments.length,
        createdAtMs: this.init.nowMs(),
      },
      ...this.#wrapOf(upload),
      segments,
    };
    return { extents: [{ fileId: id, offset: 0, length }], files: [file] };
  }

  #wrapOf({ streamId, streamKey, request: { lock, sealed } }: Upload): Pick<NewFile, 'wrapKey' | 'sameStreamAs'> {
    if (streamKey !== undefined)
      return { wrapKey: (current) => this.init.keys.wrapStream(current, streamId, streamKey, lock) };
    const { wrapKey, sameStreamAs } = present(sealed, 'the stored stream');
    return { wrapKey, sameStreamAs };
  }
}

/** Every frame of the ciphertext ends in its tag. */
function plaintextLengthOf({ layout: { ciphertextLength: sealed } }: StreamSegment): number {
  return sealed - Math.ceil(sealed / frameSizeBytes) * frameTagSizeBytes;
}

async function requireEnd(source: PlaintextSource): Promise<void> {
  if (!(await source.isAtEnd())) throw new CessError('BODY_TOO_LONG', 'The body is longer than was declared.');
}
