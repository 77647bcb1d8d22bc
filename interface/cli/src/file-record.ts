// The chain's record of a file: read from a node, and checked against a finalized header without trusting that node.
import { type ChainClient, type FileInfo, query, verifyStorageAgainstFinality } from '@cess/client';
import type { AuthoritySet } from '@cess/consensus';
import { CessError, equalBytes, toHex } from '@cess/primitives';
import { fileId as computeFileId, segmentRoot } from '@cess/types';

export interface FragmentView {
  readonly index: number;
  readonly root: Uint8Array;
  readonly holder: number | undefined;
}

export interface SegmentView {
  readonly index: number;
  readonly k: number;
  readonly n: number;
  readonly ciphertextLength: number;
  readonly fragmentLength: number;
  readonly root: Uint8Array;
  readonly fragments: readonly FragmentView[];
}

export interface FileRecordView {
  readonly id: Uint8Array;
  readonly info: FileInfo;
  readonly segments: readonly SegmentView[];
  /** The finalized block of which this is the state. */
  readonly blockHash: Uint8Array;
  readonly blockNumber: number;
}

/** Throws `FILE_NOT_ON_CHAIN`. */
export async function readFileRecord(client: ChainClient, id: Uint8Array): Promise<FileRecordView> {
  const blockHash = await client.finalizedHash();
  const { number: blockNumber } = await client.header(blockHash);
  const info = await client.entry(query.FileBank.Files, [id], blockHash);
  if (info === undefined) throw notOnChain(id);
  const fragments = new Map<number, FragmentView[]>();
  for await (const [[, segment, index], fragment] of client.entries(query.FileBank.Fragments, [id], blockHash)) {
    const list = fragments.get(segment) ?? [];
    list.push({ index, root: fragment.root, holder: fragment.holder });
    fragments.set(segment, list);
  }
  const segments: SegmentView[] = [];
  for await (const [[, index], segment] of client.entries(query.FileBank.Segments, [id], blockHash)) {
    segments.push({
      index,
      k: segment.k,
      n: segment.n,
      ciphertextLength: segment.ciphertext_length,
      fragmentLength: segment.fragment_length,
      root: segment.root,
      fragments: (fragments.get(index) ?? []).sort((a, b) => a.index - b.index),
    });
  }
  segments.sort((a, b) => a.index - b.index);
  return { id, info, segments, blockHash, blockNumber };
}

export interface VerifiedFile {
  readonly record: FileRecordView;
  /** Storage entries that were proven. */
  readonly provenEntries: number;
}

/**
 * Proves the whole record: a finality proof by `authorities` for a header, read proofs of every entry against its
 * state root, and the file id recomputed from genesis, owner, order and all fragment roots.
 * Throws `FILE_PROOF_INVALID`, `FILE_NOT_ON_CHAIN`.
 */
export async function verifyFileRecord(
  client: ChainClient,
  id: Uint8Array,
  authorities: AuthoritySet,
): Promise<VerifiedFile> {
  const claimed = await readFileRecord(client, id);
  const { justification, header } = await client.block(claimed.blockHash);
  if (justification === undefined) throw invalid('the node gives no finality proof for its finalized block');
  let provenEntries = 0;
  const prove = async (keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> => {
    const values: (Uint8Array | undefined)[] = [];
    for (let at = 0; at < keys.length; at += 64) {
      const page = keys.slice(at, at + 64);
      const proof = await client.readProof(page, claimed.blockHash);
      for (const key of page) {
        const proven = verifyStorageAgainstFinality({ key, proof, header, justification, authorities });
        if (!proven.ok) throw invalid(proven.error.message);
        values.push(proven.value.type === 'present' ? proven.value.value : undefined);
        provenEntries++;
      }
    }
    return values;
  };

  const [infoBytes] = await prove([query.FileBank.Files.key(id)]);
  const info = query.FileBank.Files.decodeValue(infoBytes);
  if (info === undefined) throw notOnChain(id);
  const segmentIndices = Array.from({ length: info.segment_count }, (_, index) => index);
  const segmentValues = await prove(segmentIndices.map((index) => query.FileBank.Segments.key(id, index)));
  const segments: SegmentView[] = [];
  for (const [index, bytes] of segmentValues.entries()) {
    const segment = query.FileBank.Segments.decodeValue(bytes);
    if (segment === undefined) throw invalid(`segment ${index} is not in the state`);
    const keys = Array.from({ length: segment.n }, (_, fragment) => query.FileBank.Fragments.key(id, index, fragment));
    const fragments = (await prove(keys)).map((value, fragment) => {
      const decoded = query.FileBank.Fragments.decodeValue(value);
      if (decoded === undefined) throw invalid(`fragment ${fragment} of segment ${index} is not in the state`);
      return { index: fragment, root: decoded.root, holder: decoded.holder };
    });
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
    genesis: client.genesisHash,
    owner: info.owner,
    orderId: info.order_id,
    segmentRoots: segments.map(({ root }) => root),
  });
  if (!equalBytes(recomputed, id)) throw invalid('the id is not that of the proven content');
  return { record: { ...claimed, info, segments }, provenEntries };
}

function invalid(reason: string): CessError {
  return new CessError('FILE_PROOF_INVALID', `The record of the file does not hold: ${reason}.`, { reason });
}

function notOnChain(id: Uint8Array): CessError {
  return new CessError(
    'FILE_NOT_ON_CHAIN',
    `The finalized chain has no file 0x${toHex(id)} (it may have been stored a moment ago, or deleted).`,
  );
}
