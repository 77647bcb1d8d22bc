// How protected the files are: fragments with a holder beyond those that restore a segment, for segments and for files.
import { type ChainClient, query } from '@cess/client';
import { toHex } from '@cess/primitives';

export interface Protected {
  /** Holders beyond those that restore the segment; of a file that of its weakest segment. Negative: it cannot be restored. */
  readonly margin: number;
  readonly segments: number;
  readonly files: number;
}

export interface NetworkMargins {
  /** Finalized block of all values. */
  readonly block: number;
  /** By margin, the least first. */
  readonly margins: readonly Protected[];
  readonly segments: number;
  readonly files: number;
  /** There are more segments. File ids are hashes, so those that were read are drawn evenly. */
  readonly isCut: boolean;
  readonly orders: OpenOrders;
}

/** Restoral orders that were not carried out yet. */
export interface OpenOrders {
  readonly count: number;
  /** Blocks since the oldest of them was opened; undefined where there is none. */
  readonly oldest: number | undefined;
  readonly isCut: boolean;
}

interface SegmentMargin {
  /** Hex. */
  readonly file: string;
  readonly margin: number;
}

const mostSegments = 5_000;
const mostOrders = 5_000;

export async function readMargins(client: ChainClient): Promise<NetworkMargins> {
  const at = await client.finalizedHash();
  const { number: block } = await client.header(at);
  const read: { readonly file: string; readonly key: Uint8Array; readonly all: number; readonly k: number }[] = [];
  let isCut = false;
  for await (const [[file, segment], { k, n }] of client.entries(query.FileBank.Segments, [], at)) {
    if (read.length === mostSegments) {
      isCut = true;
      break;
    }
    read.push({ file: toHex(file), key: query.FileBank.SegmentRepairs.key(file, segment), all: n, k });
  }
  const values =
    read.length === 0
      ? []
      : await client.values(
          read.map(({ key }) => key),
          at,
        );
  const segments = read.map(({ file, all, k }, index): SegmentMargin => {
    // A segment without a record has a holder for each of its fragments.
    const holders = query.FileBank.SegmentRepairs.decodeValue(values[index])?.holders ?? all;
    return { file, margin: holders - k };
  });
  const margins = marginsOf(segments);
  const files = margins.reduce((sum, each) => sum + each.files, 0);
  return { block, margins, segments: segments.length, files, isCut, orders: await readOrders(client, block, at) };
}

/** Pure. */
export function marginsOf(segments: readonly SegmentMargin[]): readonly Protected[] {
  const ofFile = new Map<string, number>();
  for (const { file, margin } of segments) ofFile.set(file, Math.min(margin, ofFile.get(file) ?? margin));
  const [bySegment, byFile] = [segments.map(({ margin }) => margin), [...ofFile.values()]].map(countEach);
  return [...(bySegment ?? [])]
    .map(([margin, count]) => ({ margin, segments: count, files: byFile?.get(margin) ?? 0 }))
    .sort((a, b) => a.margin - b.margin);
}

function countEach(values: readonly number[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

async function readOrders(client: ChainClient, block: number, at: Uint8Array): Promise<OpenOrders> {
  let count = 0;
  let oldest = block;
  for await (const [, order] of client.entries(query.FileBank.RestoralOrders, [], at)) {
    if (count === mostOrders) return { count, oldest: block - oldest, isCut: true };
    count++;
    oldest = Math.min(oldest, order.opened_at);
  }
  return { count, oldest: count === 0 ? undefined : block - oldest, isCut: false };
}
