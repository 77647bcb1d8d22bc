// The network as the chain records it: providers, what they hold and have proven, and what waits for repair.
import { type ChainClient, query } from '@cess/client';
import { fromUtf8, toHex } from '@cess/primitives';
import { addressOf } from './chain.js';

export interface ShownProvider {
  readonly index: number;
  readonly address: string;
  readonly endpoint: string;
  readonly state: string;
  readonly declaredBytes: number;
  readonly serviceBytes: number;
  readonly provenBytes: number;
  readonly fragments: number;
  readonly stake: bigint;
  readonly failures: number;
}

interface Waiting {
  /** Holders beyond those that restore the segment; negative: it cannot be restored. */
  readonly margin: number;
  readonly segments: number;
}

interface WaitingSegment {
  /** Hex. */
  readonly file: string;
  readonly segment: number;
  readonly margin: number;
}

export interface NetworkState {
  readonly block: number;
  readonly providers: readonly ShownProvider[];
  /** By margin, the least first. */
  readonly waiting: readonly Waiting[];
  /** The most urgent ones. */
  readonly urgent: readonly WaitingSegment[];
  /** The list of waiting segments was cut. */
  readonly isCut: boolean;
}

/** More than any network here has; a longer list is cut, and says so. */
const mostProviders = 10_000;
const mostWaiting = 5_000;
const shownUrgent = 50;

export async function readNetwork(client: ChainClient): Promise<NetworkState> {
  const at = await client.finalizedHash();
  const { number: block } = await client.header(at);
  const providers = await readProviders(client, at);
  const counts = new Map<number, number>();
  const urgent: WaitingSegment[] = [];
  let count = 0;
  const note = (file: Uint8Array, segment: number, margin: number) => {
    counts.set(margin, (counts.get(margin) ?? 0) + 1);
    urgent.push({ file: toHex(file), segment, margin });
    return ++count < mostWaiting;
  };
  for await (const [[file, segment], { k, holders }] of client.entries(query.FileBank.Unrepairable, [], at)) {
    if (!note(file, segment, holders - k)) break;
  }
  for await (const [[, margin, , file, segment]] of client.entries(query.FileBank.RepairQueue, [], at)) {
    if (!note(file, segment, margin)) break;
  }
  return {
    block,
    providers,
    waiting: [...counts].map(([margin, segments]) => ({ margin, segments })).sort((a, b) => a.margin - b.margin),
    urgent: urgent.sort((a, b) => a.margin - b.margin).slice(0, shownUrgent),
    isCut: count >= mostWaiting,
  };
}

/** All providers by index, whatever their state. */
export async function readProviders(client: ChainClient, at: Uint8Array): Promise<readonly ShownProvider[]> {
  const providers: ShownProvider[] = [];
  for await (const [[index], info] of client.entries(query.Sminer.Miners, [], at)) {
    providers.push({
      index,
      address: addressOf(info.account),
      endpoint: fromUtf8(info.endpoint),
      state: String(info.state),
      declaredBytes: Number(info.declared_space),
      serviceBytes: Number(info.service_space),
      provenBytes: Number(info.proven_space),
      fragments: Number(info.fragment_count),
      stake: info.staked,
      failures: info.failures,
    });
    if (providers.length === mostProviders) break;
  }
  return providers.sort((a, b) => a.index - b.index);
}
