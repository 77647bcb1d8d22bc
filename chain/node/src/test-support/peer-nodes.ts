// Chain nodes with peer-to-peer hosts on loopback.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { systemRng } from '@cess/crypto';
import { type NetworkHost, openNetworkHost } from '@cess/network';
import { fromHex, noMetrics, silentLogger, systemTimers, throwFatal, toHex0x } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { type ChainNode, type ChainSpec, createChainNode, type SyncMode } from '../index.js';
import { authorityOf } from '../testing.js';
import { consoleLogger, removeDirectory, rpc, temporaryDirectory } from './dev-node.js';

const logger = process.env['CESS_TEST_LOG'] ? consoleLogger : silentLogger;

export interface PeerNode {
  readonly node: ChainNode;
  readonly host: NetworkHost;
}

export interface PeerNodeOptions {
  readonly dataDir: string;
  readonly bootstrap: readonly string[];
  /** Without it, the node follows. */
  readonly authoritySeed?: Uint8Array;
  /** Default: it executes all blocks. */
  readonly sync?: SyncMode;
  /** Whether the key has voted before. */
  readonly hasVoted?: boolean;
}

export function openHost(genesis: Uint8Array, bootstrap: readonly string[]): Promise<NetworkHost> {
  return openNetworkHost({
    seed: randomBytes(32),
    genesis,
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap,
    dht: 'server',
    usesPrivateAddresses: true,
    limits: { isPrivateExempt: true },
    ...{ timers: systemTimers, rng: systemRng, logger, metrics: noMetrics, onFatal: throwFatal },
  });
}

/** Nodes of one chain; `stop` ends all that run and deletes their data. */
export class PeerNodes {
  readonly #directories: string[] = [];
  readonly #running = new Set<{ stop(): Promise<void> }>();

  constructor(private readonly chainSpec: ChainSpec) {}

  directory(): string {
    const path = temporaryDirectory();
    this.#directories.push(path);
    return path;
  }

  async start({ dataDir, bootstrap, authoritySeed, sync, hasVoted = false }: PeerNodeOptions): Promise<PeerNode> {
    let host: NetworkHost | undefined;
    const node = createChainNode({
      dataDir,
      chainSpec: this.chainSpec,
      ...(authoritySeed === undefined ? {} : { authority: authorityOf(authoritySeed, hasVoted) }),
      ...(sync === undefined ? {} : { sync }),
      rpcPort: 0,
      logger,
      onFatal: throwFatal,
      openNetwork: async (genesis) => {
        host = await openHost(genesis, bootstrap);
        return host;
      },
    });
    await node.start();
    this.#running.add(node);
    assert.ok(host);
    return { node, host };
  }

  /** Ends one of them, and keeps its data. */
  async end({ node }: PeerNode): Promise<void> {
    await node.stop();
    this.#running.delete(node);
  }

  /** Something else to stop with them. */
  add(other: { stop(): Promise<void> }): void {
    this.#running.add(other);
  }

  async stop(): Promise<void> {
    for (const one of [...this.#running].toReversed()) await one.stop();
    this.#running.clear();
    for (const path of this.#directories.splice(0)) removeDirectory(path);
  }
}

export const finalizedOf = ({ node }: PeerNode): number => node.heads().finalized.number;
export const bestOf = ({ node }: PeerNode): number => node.heads().best.number;

export async function hashAt({ node }: PeerNode, number: number): Promise<unknown> {
  return (await rpc(node, 'chain_getBlockHash', number)).result;
}

/** What an item of the state has after the best block. */
export async function stateOf<V>(
  { node }: PeerNode,
  key: Uint8Array,
  item: { decodeValue(bytes: Uint8Array | undefined): V },
): Promise<V> {
  const raw = (await rpc(node, 'state_getStorage', toHex0x(key))).result;
  return item.decodeValue(typeof raw === 'string' ? fromHex(raw.slice(2)) : undefined);
}

/** Resolves when `peer` has what is final at `leader` now, and asserts that it is the same block. */
export async function follows(peer: PeerNode, leader: PeerNode): Promise<void> {
  const number = finalizedOf(leader);
  await eventually(() => finalizedOf(peer) >= number, `finality of block ${number}`);
  assert.equal(await hashAt(peer, number), await hashAt(leader, number));
}
