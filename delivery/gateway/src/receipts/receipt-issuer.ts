// Issues receipts of objects: states what the index knows of an object, and has @cess/object-receipt prove the rest.
import { dataPathError, type LockFor } from '@cess/data-path';
import type { NodeSigner } from '@cess/node-api';
import type { BucketRecord, Extent, FileRecord, ObjectIndex, ObjectRecord } from '@cess/object-index';
import {
  ciphertextRanges,
  issueReceipt,
  maxReceiptSegments,
  type ReceiptFile,
  type ReceiptShards,
  type ReceiptStream,
  touchedSegments,
} from '@cess/object-receipt';
import { CessError, FairPlaces, toHex, toHex0x } from '@cess/primitives';
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
    const files: ReceiptFile[] = [];
    let segments = 0;
    for (const { id, extents } of filesOf(request.object)) {
      signal.throwIfAborted();
      const file = await this.init.index.getFile(id);
      // The object was replaced and its file deleted while the request waited.
      if (file === undefined) throw dataPathError('GATEWAY_UNREADABLE');
      segments += file.segmentCount;
      if (segments > maxReceiptSegments)
        throw new CessError('OBJECT_RECEIPT_TOO_LARGE', `The object has more than ${maxReceiptSegments} segments.`);
      files.push(await this.#describeFile(request, { id, file, extents }));
    }
    return issueReceipt(
      { genesis: chain.genesis, gateway: account, sign: (message) => signer.sign(message), nowMs },
      await chain.finalizedState(),
      {
        object: describeObject(request),
        extents: request.object.extents.map(({ fileId, offset, length }) => ({
          file: toHex0x(fileId),
          offset,
          length,
        })),
        files,
      },
      signal,
    );
  }

  async #describeFile(request: ReceiptRequest, { id, file, extents }: ObjectFile): Promise<ReceiptFile> {
    const stream: ReceiptStream = {
      id: toHex0x(file.streamId),
      plaintextOffset: 0,
      ciphertextOffset: 0,
      ciphertextLength: file.ciphertextLength,
      key: null,
    };
    const isWhole = extents.some(({ offset, length }) => offset === 0 && length === file.plaintextLength);
    const key = request.withStreamKeys && isWhole ? toHex0x(await this.#streamKey(request, file)) : null;
    const described = { id: toHex0x(id), streams: [{ ...stream, key }], shards: [] };
    const named = extents.map(({ offset, length }) => ({ file: described.id, offset, length }));
    const lengths = Array.from({ length: file.segmentCount }, (_, index) =>
      Math.min(segmentSizeBytes, file.ciphertextLength - index * segmentSizeBytes),
    );
    const touched = touchedSegments(lengths, ciphertextRanges(described, named));
    return { ...described, shards: await this.#shardsOf(id, touched) };
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

interface ObjectFile {
  readonly id: Uint8Array;
  readonly file: FileRecord;
  readonly extents: readonly Extent[];
}

/** Every file of an object once, with the extents in it, in the order of the first. */
function filesOf({ extents }: ObjectRecord): Iterable<Omit<ObjectFile, 'file'>> {
  const files = new Map<string, { readonly id: Uint8Array; readonly extents: Extent[] }>();
  for (const extent of extents) {
    const name = toHex(extent.fileId);
    const known = files.get(name);
    if (known === undefined) files.set(name, { id: extent.fileId, extents: [extent] });
    else known.extents.push(extent);
  }
  return files.values();
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
