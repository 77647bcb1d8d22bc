// Reads how long losses and repairs took, and goes on with each finalized block. The beginning of what ended is read in the state before
// its last block, so it may lie before the blocks whose events are read.
import { type ChainClient, query } from '@cess/client';
import { blockHashOf, unlessMissing } from './chain.js';
import { followFinalized } from './follow-finalized.js';
import { type EndEvent, endOf, type NetworkTimes, type ReadBlocks, type TimedEnd, timesOf } from './network-times.js';
import { readRoleEvents } from './role-events.js';

/** Blocks that are read when the screen opens, and at most after an interruption. Nodes keep the states of 256. */
const firstBlocks = 200;
/** With more ends than that, the period begins anew with the last blocks. */
const mostEnds = 20_000;

/** Calls back with the durations, and again with each finalized block, until the result is called. */
export function followTimes(
  client: ChainClient,
  onTimes: (times: NetworkTimes) => void,
  onError: (error: unknown) => void,
) {
  let known: ReadBlocks | undefined;
  const read = async () => {
    const last = (await client.header(await client.finalizedHash())).number;
    if (last <= (known?.last ?? 0)) return undefined;
    const before = known !== undefined && canGoOn(known, last) ? known : undefined;
    const added = await readEnds(client, last, before === undefined ? firstBlocks : last - before.last);
    // The node may have pruned some of the blocks between.
    known = before === undefined || added.first > before.last + 1 ? added : joined(before, added);
    return timesOf(known);
  };
  return followFinalized(client, read, onTimes, onError);
}

const canGoOn = (known: ReadBlocks, last: number): boolean =>
  last - known.last <= firstBlocks && known.ends.length <= mostEnds;

function joined(before: ReadBlocks, after: ReadBlocks): ReadBlocks {
  const { first, firstMs } = before;
  return { ...after, first, firstMs, ends: [...before.ends, ...after.ends], unknown: before.unknown + after.unknown };
}

async function readEnds(client: ChainClient, from: number, blocks: number): Promise<ReadBlocks> {
  const { events, first, last } = await readRoleEvents(client, {
    from,
    blocks,
    isOf: (event) => endOf(event) !== undefined,
  });
  const byBlock = new Map<number, EndEvent[]>();
  for (const event of events.toReversed()) {
    const ended = endOf(event);
    if (ended !== undefined) byBlock.set(event.block, [...(byBlock.get(event.block) ?? []), ended]);
  }
  const ends: TimedEnd[] = [];
  let unknown = 0;
  for (const [block, ended] of byBlock) {
    const found = await unlessMissing(readStarts(client, block, ended));
    if (found === undefined) unknown += ended.length;
    else ends.push(...found);
  }
  const [firstMs, lastMs] = await Promise.all([unlessMissing(timeOf(client, first)), timeOf(client, last)]);
  // The oldest states were pruned meanwhile.
  if (firstMs === undefined && blocks > 1) return readEnds(client, from, Math.floor(blocks / 2));
  const { cycle } = await client.value(query.Audit.Periods, await blockHashOf(client, last));
  return { first, last, firstMs: firstMs ?? lastMs, lastMs, cycle, ends, unknown };
}

/** The beginnings are in the state that the block started from; what is not there began in the block itself. */
async function readStarts(
  client: ChainClient,
  block: number,
  ended: readonly EndEvent[],
): Promise<readonly TimedEnd[]> {
  const before = await blockHashOf(client, block - 1);
  const keys = ended.flatMap((end) => {
    if (end.kind === 'Order')
      return [query.FileBank.RestoralOrders.key(end.place.file_id, end.place.segment, end.place.fragment)];
    const { miner, key_id: keyId } = end.round;
    return [query.Audit.Challenges.key(miner, keyId), query.Audit.Questions.key(miner, keyId)];
  });
  const values = await client.values(keys, before);
  let at = 0;
  return ended.map((end): TimedEnd => {
    if (end.kind === 'Order') {
      const order = query.FileBank.RestoralOrders.decodeValue(values[at++]);
      return { kind: order?.reason === 'Hole' ? 'Hole' : 'Repair', blocks: block - (order?.opened_at ?? block) };
    }
    const challenge = query.Audit.Challenges.decodeValue(values[at++]);
    const question = query.Audit.Questions.decodeValue(values[at++]);
    const opened = challenge?.round === end.round.round ? challenge.opened_at : block;
    // A question that an earlier round left open was asked first by that one.
    return { kind: end.kind, blocks: block - (question?.asked_at ?? opened) };
  });
}

async function timeOf(client: ChainClient, block: number): Promise<number> {
  return Number(await client.value(query.Timestamp.Now, await blockHashOf(client, block)));
}
