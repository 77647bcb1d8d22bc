// A short visit of a command to the peer-to-peer network: a host without a listener, from one address of any node.
import { type ChainClient, query } from '@cess/client';
import { systemRng } from '@cess/crypto';
import { type NetworkHost, openNetworkHost } from '@cess/network';
import {
  CessError,
  delay,
  fromHex,
  fromUtf8,
  noMetrics,
  silentLogger,
  systemTimers,
  throwFatal,
  toHex,
} from '@cess/primitives';
import { withChain } from './chain-access.js';
import type { CliContext } from './context.js';

export interface VisitOptions {
  /** Address with `/p2p/<peer id>`. Default: those of the chain node. */
  readonly bootstrap?: string;
  /** Hash of the first block, with `bootstrap`. */
  readonly genesis?: string;
}

/** What the chain records of nodes. */
export interface ChainRecords {
  /** Node keys of providers and gateways, in hex. */
  readonly nodeKeys: ReadonlySet<string>;
  /** Endpoints of TEE workers. */
  readonly teeEndpoints: ReadonlySet<string>;
}

interface Entry {
  readonly genesis: Uint8Array;
  readonly bootstrap: readonly string[];
  /** Undefined: no chain node was asked. */
  readonly chain: ChainRecords | undefined;
}

const connectTimeoutMs = 30_000;
const pollMs = 100;

/** Runs `work` in the network. Throws `NETWORK_UNREACHABLE`, and `NETWORK_GENESIS_MISSING` for a bootstrap address without a genesis. */
export async function visitNetwork<T>(
  context: CliContext,
  options: VisitOptions,
  work: (host: NetworkHost, chain: ChainRecords | undefined) => Promise<T>,
): Promise<T> {
  const { genesis, bootstrap, chain } = await entryOf(context, options);
  const host = await openNetworkHost({
    ...{ seed: systemRng.bytes(32), genesis, bootstrap, listen: [], dht: 'client', usesPrivateAddresses: true },
    ...{ timers: systemTimers, rng: systemRng, logger: silentLogger, metrics: noMetrics, onFatal: throwFatal },
  });
  try {
    for (let waitedMs = 0; host.peers().length === 0; waitedMs += pollMs) {
      if (waitedMs >= connectTimeoutMs) throw unreachable(bootstrap);
      await delay(pollMs);
    }
    return await work(host, chain);
  } finally {
    await host.stop();
  }
}

async function entryOf(context: CliContext, { bootstrap, genesis }: VisitOptions): Promise<Entry> {
  if (bootstrap === undefined) return withChain(context, entryOfChain);
  if (genesis === undefined || !/^(0x)?[0-9a-fA-F]{64}$/.test(genesis)) {
    throw new CessError(
      'NETWORK_GENESIS_MISSING',
      '--bootstrap needs --genesis, the hash of the first block in hexadecimal.',
    );
  }
  const chain = context.rpc === undefined ? undefined : await withChain(context, chainRecords);
  return { genesis: fromHex(genesis.replace(/^0x/, '')), bootstrap: [bootstrap], chain };
}

async function entryOfChain(client: ChainClient): Promise<Entry> {
  const { addresses } = await client.networkState();
  if (addresses.length === 0) {
    throw new CessError(
      'NETWORK_UNREACHABLE',
      'The chain node has no peer-to-peer network. Name a node with --bootstrap.',
    );
  }
  return { genesis: client.genesisHash, bootstrap: addresses, chain: await chainRecords(client) };
}

async function chainRecords(client: ChainClient): Promise<ChainRecords> {
  const nodeKeys = new Set<string>();
  const teeEndpoints = new Set<string>();
  for await (const [, { node_key: key }] of client.entries(query.Sminer.Miners, [])) nodeKeys.add(toHex(key));
  for await (const [, { node_key: key }] of client.entries(query.Oss.Oss, [])) nodeKeys.add(toHex(key));
  for await (const [, { endpoint }] of client.entries(query.TeeWorker.Workers, []))
    teeEndpoints.add(fromUtf8(endpoint));
  return { nodeKeys, teeEndpoints };
}

function unreachable(addresses: readonly string[]): CessError {
  const text = `None of ${addresses.join(', ')} answers as a node of this network.`;
  return new CessError('NETWORK_UNREACHABLE', text);
}
