// The record of a file with everything in it proven: each entry against a finalized header, and the file id recomputed from genesis,
// owner, order and all fragment roots (docs/protocol/data-path.md).
import { CessError, equalBytes, present } from '@cess/primitives';
import { query } from '@cess/runtime/declarations';
import { fileId as computeFileId, segmentRoot } from '@cess/types';
import {
  type FileRecord,
  type FragmentRecord,
  fileNotOnChain,
  fragmentRecord,
  PassedRounds,
  type SegmentRecord,
} from '../file-record.js';
import type { LightClient } from './light-client.js';

/** The record of a file, proven. */
export interface ProvenFile {
  readonly record: FileRecord;
  /** Storage entries that were proven. */
  readonly provenEntries: number;
}

/**
 * The record of a file after the newest verified block. Throws `FILE_NOT_ON_CHAIN`, `FILE_PROOF_INVALID` where proven parts do not fit
 * together, and what `LightClient.read` throws.
 */
export async function proveFile(light: LightClient, id: Uint8Array): Promise<ProvenFile> {
  const state = light.state();
  const genesis = present(light.genesisHash, 'the genesis after a verified block');
  const { read } = state;
  const passes = new PassedRounds(read);
  const [infoBytes] = await read([query.FileBank.Files.key(id)]);
  const info = query.FileBank.Files.decodeValue(infoBytes);
  if (info === undefined) throw fileNotOnChain(id);
  const segmentIndices = Array.from({ length: info.segment_count }, (_, index) => index);
  const segmentValues = await read(segmentIndices.map((index) => query.FileBank.Segments.key(id, index)));
  const segments: SegmentRecord[] = [];
  for (const [index, bytes] of segmentValues.entries()) {
    const segment = query.FileBank.Segments.decodeValue(bytes);
    if (segment === undefined) throw invalid(`segment ${index} is not in the state`);
    const indices = Array.from({ length: segment.n }, (_, fragment) => fragment);
    const records = await read(indices.map((fragment) => query.FileBank.Fragments.key(id, index, fragment)));
    const tags = await read(indices.map((fragment) => query.Audit.Tags.key(id, index, fragment)));
    const fragments: FragmentRecord[] = [];
    for (const fragment of indices) {
      const decoded = query.FileBank.Fragments.decodeValue(records[fragment]);
      if (decoded === undefined) throw invalid(`fragment ${fragment} of segment ${index} is not in the state`);
      fragments.push(await fragmentRecord(fragment, decoded, query.Audit.Tags.decodeValue(tags[fragment]), passes));
    }
    const root = segmentRoot({
      k: segment.k,
      ciphertextLength: segment.ciphertext_length,
      fragmentRoots: fragments.map((fragment) => fragment.root),
    });
    if (!equalBytes(root, segment.root)) throw invalid(`the root of segment ${index} is not that of its fragments`);
    segments.push({
      index,
      k: segment.k,
      n: segment.n,
      ciphertextLength: segment.ciphertext_length,
      fragmentLength: segment.fragment_length,
      root,
      fragments,
    });
  }
  const recomputed = computeFileId({
    genesis,
    owner: info.owner,
    orderId: info.order_id,
    segmentRoots: segments.map(({ root }) => root),
  });
  if (!equalBytes(recomputed, id)) throw invalid('the id is not that of the proven content');
  const { hash: blockHash, number: blockNumber } = state.block;
  return { record: { id, info, segments, blockHash, blockNumber }, provenEntries: state.provenEntries };
}

function invalid(reason: string): CessError {
  return new CessError('FILE_PROOF_INVALID', `The record of the file does not verify: ${reason}.`, { reason });
}
