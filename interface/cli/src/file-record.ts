// The chain's record of a file as a trusted node says it (`proveFile` reads it without trust).
import {
  type ChainClient,
  type FileRecord,
  type FragmentRecord,
  fileNotOnChain,
  fragmentRecord,
  PassedRounds,
  query,
  type SegmentRecord,
  type TagInfo,
} from '@cess/client';

/** Throws `FILE_NOT_ON_CHAIN`. */
export async function readFileRecord(client: ChainClient, id: Uint8Array): Promise<FileRecord> {
  const blockHash = await client.finalizedHash();
  const { number: blockNumber } = await client.header(blockHash);
  const info = await client.entry(query.FileBank.Files, [id], blockHash);
  if (info === undefined) throw fileNotOnChain(id);
  const tags = new Map<string, TagInfo>();
  for await (const [[, segment, index], tag] of client.entries(query.Audit.Tags, [id], blockHash)) {
    tags.set(`${segment}/${index}`, tag);
  }
  const passes = new PassedRounds(async (keys) => client.values(keys, blockHash));
  const fragments = new Map<number, FragmentRecord[]>();
  for await (const [[, segment, index], fragment] of client.entries(query.FileBank.Fragments, [id], blockHash)) {
    const list = fragments.get(segment) ?? [];
    list.push(await fragmentRecord(index, fragment, tags.get(`${segment}/${index}`), passes));
    fragments.set(segment, list);
  }
  const segments: SegmentRecord[] = [];
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
