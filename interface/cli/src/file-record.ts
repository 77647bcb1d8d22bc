// The chain's record of a file: read from a node, and checked against a finalized header without trusting that node.
import { type ChainClient, type FileInfo, type FragmentInfo, query, type TagInfo } from '@cess/client';
import type { ReadValues } from '@cess/client/audit';
import type { AuthoritySet } from '@cess/consensus';
import { CessError, equalBytes, toHex } from '@cess/primitives';
import { fileId as computeFileId, segmentRoot } from '@cess/types';
import { provenStateAt } from './proven-state.js';

export interface FragmentView {
  readonly index: number;
  readonly root: Uint8Array;
  readonly holder: number | undefined;
  /** Block in which it was tagged; undefined while untagged. */
  readonly taggedAt: number | undefined;
  /** Opening block of the last audit round that its holder passed; undefined before the first. */
  readonly provenAt: number | undefined;
  /** Number of restorals. */
  readonly restored: number;
}

interface SegmentView {
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
  /** The finalized block of this state. */
  readonly blockHash: Uint8Array;
  readonly blockNumber: number;
}

/** Throws `FILE_NOT_ON_CHAIN`. */
export async function readFileRecord(client: ChainClient, id: Uint8Array): Promise<FileRecordView> {
  const blockHash = await client.finalizedHash();
  const { number: blockNumber } = await client.header(blockHash);
  const info = await client.entry(query.FileBank.Files, [id], blockHash);
  if (info === undefined) throw notOnChain(id);
  const tags = new Map<string, TagInfo>();
  for await (const [[, segment, index], tag] of client.entries(query.Audit.Tags, [id], blockHash)) {
    tags.set(`${segment}/${index}`, tag);
  }
  const passes = new PassedRounds(async (keys) => client.values(keys, blockHash));
  const fragments = new Map<number, FragmentView[]>();
  for await (const [[, segment, index], fragment] of client.entries(query.FileBank.Fragments, [id], blockHash)) {
    const list = fragments.get(segment) ?? [];
    list.push(await viewOf(index, fragment, tags.get(`${segment}/${index}`), passes));
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
  const state = await provenStateAt(client, claimed.blockHash, { authorities, invalid });
  const prove = state.read;

  const passes = new PassedRounds(prove);
  const [infoBytes] = await prove([query.FileBank.Files.key(id)]);
  const info = query.FileBank.Files.decodeValue(infoBytes);
  if (info === undefined) throw notOnChain(id);
  const segmentIndices = Array.from({ length: info.segment_count }, (_, index) => index);
  const segmentValues = await prove(segmentIndices.map((index) => query.FileBank.Segments.key(id, index)));
  const segments: SegmentView[] = [];
  for (const [index, bytes] of segmentValues.entries()) {
    const segment = query.FileBank.Segments.decodeValue(bytes);
    if (segment === undefined) throw invalid(`segment ${index} is not in the state`);
    const indices = Array.from({ length: segment.n }, (_, fragment) => fragment);
    const records = await prove(indices.map((fragment) => query.FileBank.Fragments.key(id, index, fragment)));
    const tags = await prove(indices.map((fragment) => query.Audit.Tags.key(id, index, fragment)));
    const fragments: FragmentView[] = [];
    for (const fragment of indices) {
      const decoded = query.FileBank.Fragments.decodeValue(records[fragment]);
      if (decoded === undefined) throw invalid(`fragment ${fragment} of segment ${index} is not in the state`);
      fragments.push(await viewOf(fragment, decoded, query.Audit.Tags.decodeValue(tags[fragment]), passes));
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
    genesis: client.genesisHash,
    owner: info.owner,
    orderId: info.order_id,
    segmentRoots: segments.map(({ root }) => root),
  });
  if (!equalBytes(recomputed, id)) throw invalid('the id is not that of the proven content');
  return { record: { ...claimed, info, segments }, provenEntries: state.count() };
}

/** The last passed rounds of registries, each looked up once. */
class PassedRounds {
  readonly #known = new Map<string, number | undefined>();

  constructor(private readonly read: ReadValues) {}

  async of(holder: number, keyId: Uint8Array): Promise<number | undefined> {
    const name = `${holder}/${toHex(keyId)}`;
    if (!this.#known.has(name)) {
      const [value] = await this.read([query.Audit.Registries.key(holder, keyId)]);
      this.#known.set(name, query.Audit.Registries.decodeValue(value)?.passed_at);
    }
    return this.#known.get(name);
  }
}

async function viewOf(
  index: number,
  { root, holder, restored }: FragmentInfo,
  tag: TagInfo | undefined,
  passes: PassedRounds,
): Promise<FragmentView> {
  const taggedAt = tag?.tagged_at;
  const passedAt = tag === undefined || holder === undefined ? undefined : await passes.of(holder, tag.key_id);
  const provenAt = passedAt !== undefined && taggedAt !== undefined && passedAt >= taggedAt ? passedAt : undefined;
  return { index, root, holder, taggedAt, provenAt, restored };
}

function invalid(reason: string): CessError {
  return new CessError('FILE_PROOF_INVALID', `The record of the file does not verify: ${reason}.`, { reason });
}

function notOnChain(id: Uint8Array): CessError {
  return new CessError(
    'FILE_NOT_ON_CHAIN',
    `The finalized chain has no file 0x${toHex(id)} (it may have been stored a moment ago, or deleted).`,
  );
}
