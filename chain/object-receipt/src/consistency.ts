// Whether a signed statement agrees with itself and with what the chain records.
import { fromHex, toHex0x } from '@cess/primitives';
import type { ChainFacts, FileFact, SegmentFact } from './chain-facts.js';
import { invalidStatement } from './extents.js';
import { fragmentRoot } from './fragment-tree.js';
import type { ReceiptFile, ReceiptShards, ReceiptStatement } from './statement.js';

const hashHexLength = 64;

/** Throws `OBJECT_RECEIPT_STATEMENT_INVALID`. */
export function checkStatement({ object, extents, files }: ReceiptStatement, chain: ChainFacts): void {
  const size = extents.reduce((sum, { length }) => sum + length, 0);
  if (size !== object.size) throw invalidStatement(`the extents have ${size} bytes, the object ${object.size}`);
  const parts = object.partSizes.reduce((sum, part) => sum + part, 0);
  if (object.partSizes.length > 0 && parts !== object.size)
    throw invalidStatement('the parts do not have the size of the object');
  const used = [...new Set(extents.map(({ file }) => file))];
  if (used.length !== files.length || used.some((id, at) => id !== files[at]?.id))
    throw invalidStatement('the files are not those of the extents');
  for (const [at, file] of files.entries()) {
    const fact = chain.files[at];
    if (fact === undefined) throw invalidStatement(`file ${file.id} has no record`);
    checkFile(file, fact);
  }
}

function checkFile(file: ReceiptFile, fact: FileFact): void {
  const ends = file.streams.map(({ ciphertextOffset, ciphertextLength }) => ciphertextOffset + ciphertextLength);
  if (ends.some((end) => end > fact.size)) throw invalidStatement(`a stream reaches beyond file ${file.id}`);
  const touched = [...fact.segments.entries()].filter(([, { fragments }]) => fragments.length > 0);
  if (touched.length !== file.shards.length) throw invalidStatement(`file ${file.id} has other segments`);
  for (const [at, [index, segment]] of touched.entries()) {
    const shards = file.shards[at];
    if (shards?.segment !== index) throw invalidStatement(`file ${file.id} has other segments`);
    checkShards(shards, segment);
  }
}

/** The hashes of the shards give the roots of the data fragments that the chain records. */
function checkShards(
  { segment, shardLength, hashes }: ReceiptShards,
  { k, fragmentLength, fragments }: SegmentFact,
): void {
  const count = Math.max(1, Math.ceil(fragmentLength / shardLength));
  const isRight = hashes.length === k && hashes.every((joined) => joined.length === 2 + count * hashHexLength);
  if (!isRight) throw invalidStatement(`segment ${segment} has other shards`);
  for (const [index, joined] of hashes.entries()) {
    const root = toHex0x(fragmentRoot(splitHashes(joined), fragmentLength));
    if (root !== fragments[index]?.root)
      throw invalidStatement(`the shards of fragment ${index} of segment ${segment} do not have its root`);
  }
}

export function splitHashes(joined: string): Uint8Array[] {
  const count = (joined.length - 2) / hashHexLength;
  return Array.from({ length: count }, (_, at) =>
    fromHex(joined.slice(2 + at * hashHexLength, 2 + (at + 1) * hashHexLength)),
  );
}
