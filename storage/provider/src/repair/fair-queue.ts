// Reads the queue of segments to be restored fairly, whatever its size (docs/protocol/audit.md §6). A provider reads from
// random points: some owners of each margin, some segments of each owner. So an owner who fills the queue gets the share of
// one owner, and no order of the queue keeps others from being seen.
import { elementAt, equalBytes, type Rng, toHex } from '@cess/primitives';
import type { DutyChain, QueuedSegment, RepairClass } from '../chain/duty-chain.js';
import { randomShare, shuffled } from '../scheduling/random.js';

/** Most margins that are read, the most urgent first. */
const mostMargins = 16;
/** Most owners that are read of one margin. */
const mostOwners = 8;
/** Segments that are read of one owner and margin. */
const segmentsOfOwner = 32;
const lowest = { owner: new Uint8Array(8), fileId: new Uint8Array(32) };

export interface FairQueue {
  readonly chain: Pick<DutyChain, 'queuedSegments'>;
  readonly rng: Rng;
}

/**
 * Segments of one class in the order in which to serve them: owners in turn, each with its most urgent segments first. Half
 * of the time the owner with the most urgent segment begins, otherwise a random one, so that segments that nobody can
 * rebuild never keep the others waiting.
 */
export async function segmentsInTurn(queue: FairQueue, repairClass: RepairClass): Promise<QueuedSegment[]> {
  const byOwner = new Map<string, QueuedSegment[]>();
  let margin = 0;
  for (let read = 0; read < mostMargins; read++) {
    const [first] = await queue.chain.queuedSegments(repairClass, { margin, ...lowest }, 1);
    if (first === undefined) break;
    for (const segments of await segmentsOfMargin(queue, repairClass, first.margin)) {
      const owner = toHex(elementAt(segments, 0).owner);
      byOwner.set(owner, [...(byOwner.get(owner) ?? []), ...shuffled(segments, queue.rng)]);
    }
    margin = first.margin + 1;
  }
  const owners = shuffled([...byOwner.values()], queue.rng);
  if (randomShare(queue.rng) < 0.5) owners.sort((a, b) => elementAt(a, 0).margin - elementAt(b, 0).margin);
  return inTurn(owners);
}

/** One item of each list in turn. */
export function inTurn<T>(lists: readonly (readonly T[])[]): T[] {
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list.slice(i, i + 1))).flat();
}

/** Some segments of some owners, by owner and at least one of each, beginning at a random owner. */
async function segmentsOfMargin(
  { chain, rng }: FairQueue,
  repairClass: RepairClass,
  margin: number,
): Promise<QueuedSegment[][]> {
  const start = rng.bytes(8);
  const found = new Map<string, QueuedSegment[]>();
  let point = start;
  let isBehindEnd = false;
  while (found.size < mostOwners) {
    const after = { margin, owner: point, fileId: lowest.fileId };
    const [next] = inMargin(await chain.queuedSegments(repairClass, after, 1), margin);
    if (next === undefined) {
      if (isBehindEnd) break;
      isBehindEnd = true;
      point = lowest.owner;
      continue;
    }
    if (found.has(toHex(next.owner)) || (isBehindEnd && compare(next.owner, start) >= 0)) break;
    const segments = await segmentsOf({ chain, rng }, repairClass, next);
    // Every read sees the newest block, in which the segments of the owner may have left the queue.
    if (segments.length > 0) found.set(toHex(next.owner), segments);
    point = increment(next.owner);
    if (equalBytes(point, lowest.owner)) isBehindEnd = true;
  }
  return [...found.values()];
}

/** Segments of one owner from a random file on, and from the first one on if these are too few. */
async function segmentsOf(
  { chain, rng }: FairQueue,
  repairClass: RepairClass,
  { margin, owner }: QueuedSegment,
): Promise<QueuedSegment[]> {
  const found = new Map<string, QueuedSegment>();
  for (const fileId of [rng.bytes(32), lowest.fileId]) {
    const page = await chain.queuedSegments(repairClass, { margin, owner, fileId }, segmentsOfOwner);
    for (const queued of inMargin(page, margin)) {
      if (found.size < segmentsOfOwner && equalBytes(queued.owner, owner))
        found.set(`${toHex(queued.fileId)}/${queued.segment}`, queued);
    }
    if (found.size === segmentsOfOwner) break;
  }
  return [...found.values()];
}

function inMargin(segments: readonly QueuedSegment[], margin: number): readonly QueuedSegment[] {
  return segments.filter((queued) => queued.margin === margin);
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const index = a.findIndex((byte, i) => byte !== b[i]);
  return index < 0 ? 0 : elementAt([...a], index) - elementAt([...b], index);
}

/** The next hash of an owner; the first one behind the last. */
function increment(owner: Uint8Array): Uint8Array {
  const next = owner.slice();
  for (let i = next.length - 1; i >= 0; i--) {
    const byte = (elementAt([...next], i) + 1) & 0xff;
    next[i] = byte;
    if (byte !== 0) break;
  }
  return next;
}
