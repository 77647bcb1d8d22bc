// Compares the bytes of an object with a verified receipt. Where the receipt has the key of a stream, the bytes are sealed again and
// the shards of the result are compared with those under the roots that the chain records: the bytes are then proven to be what the
// providers hold. Elsewhere only the size can be compared here.
import { CessError, equalBytes, present } from '@cess/primitives';
import type { FileFact } from './chain-facts.js';
import { splitHashes } from './consistency.js';
import { plaintextLength, streamOf } from './extents.js';
import { shardHash } from './fragment-tree.js';
import { ExactReader, sealedFrames } from './sealed-again.js';
import type { ReceiptExtent, ReceiptFile, ReceiptStream } from './statement.js';
import type { VerifiedReceipt } from './verify.js';

/** The outcome of a comparison of bytes with a receipt. */
export interface ObjectCheck {
  readonly size: number;
  /** Bytes of the object that are proven to be what the chain records. */
  readonly provenBytes: number;
}

/** Throws `OBJECT_RECEIPT_OBJECT_MISMATCH` if these are not the bytes of the object. */
export async function checkObjectBytes(
  { statement, chain }: VerifiedReceipt,
  chunks: AsyncIterable<Uint8Array>,
): Promise<ObjectCheck> {
  const files = new Map(statement.files.map((file, at) => [file.id, { file, fact: chain.files[at] }]));
  const reader = new ExactReader(chunks);
  const { size } = statement.object;
  let provenBytes = 0;
  for (const extent of statement.extents) {
    const found = present(files.get(extent.file), 'a file of the extents');
    const fact = present(found.fact, 'the record of a file');
    const stream = streamOf(extent, found.file);
    const shards = coveredShards(stream, found.file, fact);
    if (shards === undefined || !isWhole(extent, stream)) {
      if ((await reader.skip(extent.length)) < extent.length) throw mismatch(`they are fewer than ${size}`);
      continue;
    }
    await compare(shards, new ExactReader(sealedFrames(stream, reader, extent.length)));
    provenBytes += extent.length;
  }
  if ((await reader.skip(1)) > 0) throw mismatch(`they are more than ${size}`);
  return { size, provenBytes };
}

function isWhole({ offset, length }: ReceiptExtent, stream: ReceiptStream): boolean {
  return offset === stream.plaintextOffset && length === plaintextLength(stream);
}

interface DataShard {
  /** Place in the ciphertext of the file. */
  readonly start: number;
  /** Without the zeros that fill the last shard. */
  readonly length: number;
  readonly paddedLength: number;
  readonly hash: Uint8Array;
}

/** The shards that a stream with a known key consists of; undefined if it shares one of them. */
function coveredShards(stream: ReceiptStream, file: ReceiptFile, fact: FileFact): readonly DataShard[] | undefined {
  if (stream.key === null) return undefined;
  const end = stream.ciphertextOffset + stream.ciphertextLength;
  const inside = dataShards(file, fact).filter(
    ({ start, length }) => length > 0 && start < end && start + length > stream.ciphertextOffset,
  );
  const last = inside.at(-1);
  const isAligned =
    inside[0]?.start === stream.ciphertextOffset && last !== undefined && last.start + last.length === end;
  return isAligned ? inside : undefined;
}

/** All data shards of the segments whose hashes a receipt has, in the order of the ciphertext. */
function dataShards({ shards }: ReceiptFile, { segments }: FileFact): readonly DataShard[] {
  const all: DataShard[] = [];
  let segmentStart = 0;
  for (const [index, { k, ciphertextLength, fragmentLength }] of segments.entries()) {
    const known = shards.find(({ segment }) => segment === index);
    if (known !== undefined) {
      const hashes = known.hashes.map(splitHashes);
      for (let offset = 0, stripe = 0; offset < fragmentLength; offset += known.shardLength, stripe++) {
        const paddedLength = Math.min(known.shardLength, fragmentLength - offset);
        for (let fragment = 0; fragment < k; fragment++) {
          const start = offset * k + fragment * paddedLength;
          const length = Math.max(0, Math.min(paddedLength, ciphertextLength - start));
          const hash = present(hashes[fragment]?.[stripe], 'the hash of a shard');
          all.push({ start: segmentStart + start, length, paddedLength, hash });
        }
      }
    }
    segmentStart += ciphertextLength;
  }
  return all;
}

async function compare(shards: readonly DataShard[], sealed: ExactReader): Promise<void> {
  for (const { start, length, paddedLength, hash } of shards) {
    const shard = new Uint8Array(paddedLength);
    const filled = await sealed.read(shard.subarray(0, length));
    if (filled < length) throw mismatch('they are too few');
    if (!equalBytes(shardHash(shard), hash))
      throw mismatch(`sealed again, the ${length} bytes at ${start} differ from what the chain records`);
  }
}

function mismatch(reason: string): CessError {
  return new CessError('OBJECT_RECEIPT_OBJECT_MISMATCH', `These are not the bytes of the object: ${reason}.`);
}
