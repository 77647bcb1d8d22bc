// Issues receipts of objects: states what the index knows of an object, and has @cess/object-receipt prove the rest.
import { dataPathError, type LockFor } from '@cess/data-path';
import type { NodeSigner } from '@cess/node-api';
import {
  type BucketRecord,
  distinctFiles,
  type FileRecord,
  type ObjectIndex,
  type ObjectRecord,
} from '@cess/object-index';
import {
  ciphertextRanges,
  issueReceipt,
  maxReceiptSegments,
  type ReceiptExtent,
  type ReceiptFile,
  type ReceiptShards,
  type ReceiptStream,
  touchedSegments,
} from '@cess/object-receipt';
import { CessError, FairPlaces, present, toHex, toHex0x } from '@cess/primitives';
import { segmentSizeBytes, shardSizeBytes } from '@cess/types';
import type { GatewayChain } from '../chain-port.js';
import type { BucketKeys } from '../keys/bucket-keys.js';

export interface ReceiptIssuerInit {
  readonly index: ObjectIndex;
  readonly chain: GatewayChain;
  readonly keys: BucketKeys;
  /** Account of the gateway. */
  readonly account: Uint8Array;
  readonly signer: NodeSigner;
  readonly nowMs: () => number;
}

export interface ReceiptRequest {
  readonly bucketName: string;
  readonly key: string;
  readonly versionId: string | undefined;
  readonly bucket: BucketRecord;
  readonly object: ObjectRecord;
  /** The receipt shows the keys of the streams that the object has whole. */
  readonly withStreamKeys: boolean;
  readonly lockFor: LockFor | undefined;
  /** Address and access key, by which places are shared out. */
  readonly client: string;
}

/** Receipts in progress, all clients together: each asks the chain node for hundreds of entries. */
const maxInProgress = 8;

export class ReceiptIssuer {
  readonly #places = new FairPlaces(maxInProgress);

  constructor(private readonly init: ReceiptIssuerInit) {}

  /**
   * The bytes of a receipt. Throws `OBJECT_RECEIPT_…`, `GATEWAY_RECEIPTS_BUSY`, `GATEWAY_UNREADABLE`, `GATEWAY_KEY_MISSING` and errors
   * of the chain.
   */
  async issue(request: ReceiptRequest, signal: AbortSignal): Promise<Uint8Array> {
    const leave = this.#places.tryEnter(request.client);
    if (leave === undefined)
      throw new CessError('GATEWAY_RECEIPTS_BUSY', 'The gateway issues as many receipts as it can. Try again later.');
    try {
      return await this.#issue(request, signal);
    } finally {
      leave();
    }
  }

  async #issue(request: ReceiptRequest, signal: AbortSignal): Promise<Uint8Array> {
    const { chain, account, signer, nowMs } = this.init;
    const carriers = await this.#carriersOf(request.object, signal);
    const segments = carriers.reduce((sum, { segmentCount }) => sum + segmentCount, 0);
    if (segments > maxReceiptSegments)
      throw new CessError('OBJECT_RECEIPT_TOO_LARGE', `The object has more than ${maxReceiptSegments} segments.`);
    const placed = new Map(
      carriers.flatMap((carrier) => carrier.streams.map((one) => [one.fileId, { carrier, ...one }])),
    );
    const extents = request.object.extents.map(({ fileId, offset, length }) => {
      const { carrier, at } = present(placed.get(toHex(fileId)), 'the file of an extent');
      return { file: toHex0x(carrier.id), offset: at + offset, length };
    });
    const files: ReceiptFile[] = [];
    for (const carrier of carriers) {
      signal.throwIfAborted();
      files.push(await this.#describeFile(request, carrier, extents));
    }
    return issueReceipt(
      { genesis: chain.genesis, gateway: account, sign: (message) => signer.sign(message), nowMs },
      await chain.finalizedState(),
      {
        object: describeObject(request),
        extents,
        files,
      },
      signal,
    );
  }

  /** The files with segments in which the object lies: packs, and files of its own. In the order of their first extents. */
  async #carriersOf({ extents }: ObjectRecord, signal: AbortSignal): Promise<readonly Carrier[]> {
    const { index } = this.init;
    const carriers = new Map<string, Carrier>();
    for (const fileId of distinctFiles(extents)) {
      signal.throwIfAborted();
      const file = await index.getFile(fileId);
      const carrier = await index.packs.carrierOf(fileId);
      // The object was replaced and its file deleted while the request waited.
      if (file === undefined || carrier === undefined) throw dataPathError('GATEWAY_UNREADABLE');
      const { ciphertextLength, segmentCount } = carrier.file;
      const name = toHex(carrier.fileId);
      const known = carriers.get(name) ?? { id: carrier.fileId, ciphertextLength, segmentCount, streams: [] };
      known.streams.push({ fileId: toHex(fileId), file, at: file.within?.offset ?? 0 });
      carriers.set(name, known);
    }
    return [...carriers.values()];
  }

  async #describeFile(
    request: ReceiptRequest,
    { id, ciphertextLength, segmentCount, streams }: Carrier,
    extents: readonly ReceiptExtent[],
  ): Promise<ReceiptFile> {
    const own = extents.filter(({ file }) => file === toHex0x(id));
    const described: ReceiptStream[] = [];
    for (const { file, at } of streams) {
      const isWhole = own.some(({ offset, length }) => offset === at && length === file.plaintextLength);
      described.push({
        id: toHex0x(file.streamId),
        plaintextOffset: at,
        ciphertextOffset: at,
        ciphertextLength: file.ciphertextLength,
        key: request.withStreamKeys && isWhole ? toHex0x(await this.#streamKey(request, file)) : null,
      });
    }
    const stated = { id: toHex0x(id), streams: described, shards: [] };
    const lengths = Array.from({ length: segmentCount }, (_, index) =>
      Math.min(segmentSizeBytes, ciphertextLength - index * segmentSizeBytes),
    );
    const touched = touchedSegments(lengths, ciphertextRanges(stated, own));
    return { ...stated, shards: await this.#shardsOf(id, touched) };
  }

  async #streamKey({ bucketName, bucket, lockFor }: ReceiptRequest, file: FileRecord): Promise<Uint8Array> {
    const wrap = file.keyWraps.find((candidate) => candidate.bucket === bucketName);
    if (wrap === undefined) throw dataPathError('GATEWAY_KEY_MISSING');
    // The key of the bucket may have been rotated since the request began.
    const current = (await this.init.index.getBucket(bucketName)) ?? bucket;
    return this.init.keys.unwrapStream(current, file.streamId, wrap.wrap, lockFor);
  }

  async #shardsOf(id: Uint8Array, segments: ReadonlySet<number>): Promise<readonly ReceiptShards[]> {
    const all: ReceiptShards[] = [];
    for (const segment of segments) {
      const record = await this.init.index.getSegment(id, segment);
      if (record === undefined) throw dataPathError('GATEWAY_UNREADABLE');
      const hashes = record.fragments.slice(0, record.k).map(({ shardHashes }) => toHex0x(shardHashes));
      all.push({ segment, shardLength: shardSizeBytes, hashes });
    }
    return all;
  }
}

/** A file with segments, and the streams of the object that are in it. */
interface Carrier {
  readonly id: Uint8Array;
  readonly ciphertextLength: number;
  readonly segmentCount: number;
  /** `at`: where the stream begins. A pack has no plaintext of its own: its offsets are those of the ciphertext. */
  readonly streams: { readonly fileId: string; readonly file: FileRecord; readonly at: number }[];
}

function describeObject({ bucketName, key, versionId, object }: ReceiptRequest) {
  const { size, etag, lastModifiedMs, storageClass, checksumType, checksums, parts } = object;
  return {
    bucket: bucketName,
    key,
    versionId: versionId ?? null,
    size,
    etag,
    lastModifiedMs,
    storageClass,
    checksumType,
    checksums: checksums.map(([algorithm, value]) => ({ algorithm, value })),
    partSizes: parts.map((part) => part.size),
  };
}
