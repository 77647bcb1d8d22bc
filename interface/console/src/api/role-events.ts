// What happened to a role: events of finalized blocks, read backwards from the newest one. The chain keeps them as long as the node keeps
// the states of these blocks.
import type { ChainClient } from '@cess/client';
import { blockHashOf, unlessMissing } from './chain.js';

export interface RoleEvent {
  readonly block: number;
  /** Place among the events of the block. */
  readonly at: number;
  readonly pallet: string;
  readonly name: string;
  readonly value: unknown;
}

export interface EventSearch {
  /** The newest block to look at; undefined: the last finalized one. */
  readonly from?: number | undefined;
  readonly blocks: number;
  readonly isOf: (event: RoleEvent) => boolean;
}

export interface FoundEvents {
  /** The newest first. */
  readonly events: readonly RoleEvent[];
  /** First and last block that were looked at; `last` is below `first` if there was none. */
  readonly first: number;
  readonly last: number;
  /** There is nothing before: the chain begins there, or the node has pruned it. */
  readonly isEnd: boolean;
}

/** Requests at a time. */
const lanes = 8;

export async function readRoleEvents(client: ChainClient, { from, blocks, isOf }: EventSearch): Promise<FoundEvents> {
  const last = from ?? (await client.header(await client.finalizedHash())).number;
  const wanted = Math.max(1, last - blocks + 1);
  const events: RoleEvent[] = [];
  let first = last + 1;
  while (first > wanted) {
    const numbers = Array.from({ length: Math.min(lanes, first - wanted) }, (_, i) => first - 1 - i);
    const read = await Promise.all(numbers.map((number) => eventsOf(client, number)));
    for (const [i, found] of read.entries()) {
      if (found === undefined) return { events, first, last, isEnd: true };
      events.push(...found.filter(isOf).reverse());
      first = numbers[i] ?? first;
    }
  }
  return { events, first, last, isEnd: first <= 1 };
}

/** Undefined where the node does not have the block, or its state. */
async function eventsOf(client: ChainClient, block: number): Promise<readonly RoleEvent[] | undefined> {
  const records = await unlessMissing(blockHashOf(client, block).then((hash) => client.events(hash)));
  return records?.map(({ event }, at) => ({
    ...{ block, at, pallet: event.type },
    name: event.value.type,
    value: event.value.value as unknown,
  }));
}
