// cess node: a chain node as a process of its own.
import { createEd25519Signer } from '@cess/crypto';
import type { NetworkHost } from '@cess/network';
import { type ChainNode, type ChainNodeInit, createChainNode, isOrigin } from '@cess/node';
import { toHex } from '@cess/primitives';
import {
  logLevelSchema,
  metricsExample,
  metricsShape,
  type NodeReport,
  openPeerNetwork,
  type P2pConfig,
  p2pSchema,
  peerSeedOf,
  portSchema,
  publishRole,
  type Role,
  type RoleConfigFormat,
  type RoleContext,
  type RoleQuestion,
  readChainSpec,
  readRoleSecret,
} from '@cess/role-process';
import { identityOf, isLoopback, type NodeIdentity } from '@cess/tls';
import { z } from 'zod';
import { startAuthorityNode } from './authority-node.js';
import { openVoterEpoch } from './voter-epoch.js';

const notAnOrigin = 'must be an origin, for example "https://polkadot.js.org": scheme and host without a path';

const schema = z.strictObject({
  /** The chain specification; every role uses the same file. */
  chainSpecFile: z.string().min(1),
  dataDir: z.string().min(1),
  /** null: the node follows the chain through its peers and authors no blocks. */
  authorityKeyFile: z.string().min(1).nullable(),
  authorityKeyPurpose: z.string().min(1).default('authority'),
  host: z.string().min(1).default('127.0.0.1'),
  rpcPort: portSchema.default(9944),
  /** TLS of the RPC on a loopback host, too. On any other host it speaks nothing else. */
  rpcTls: z.boolean().default(false),
  /** Host and port under which others reach the RPC, for the record of the node; null: those that it listens on. */
  rpcAddress: z
    .string()
    .regex(/^[^\s/@]+:\d+$/, 'must be host:port')
    .nullable()
    .default(null),
  /** Origins of browser pages that may use the RPC, besides those of the loopback interface; or all. */
  rpcCors: z.union([z.literal('all'), z.array(z.string().refine(isOrigin, notAnOrigin))]).default([]),
  /**
   * How a node with an empty folder gets the chain: it executes all blocks, or it takes the state of a final block from peers, with the blocks below
   * (`fast`) or without them (`warp`).
   */
  sync: z.enum(['full', 'fast', 'warp']).default('full'),
  /** Final blocks whose headers and bodies are kept; null: all, as an archive does. States are kept of the last 256. */
  keepBlocks: z.number().int().min(512).nullable().default(null),
  /** The peer-to-peer network; null: the node is alone. */
  p2p: p2pSchema.nullable().default(null),
  logLevel: logLevelSchema.default('info'),
  ...metricsShape,
});

export type NodeConfig = z.infer<typeof schema>;

export const nodeConfigFormat: RoleConfigFormat<NodeConfig> = {
  role: 'node',
  schema,
  example: {
    chainSpecFile: 'chain-spec.json',
    dataDir: 'chain',
    authorityKeyFile: 'authority-key.json',
    authorityKeyPurpose: 'authority',
    host: '127.0.0.1',
    rpcPort: 9944,
    rpcTls: false,
    rpcAddress: null,
    rpcCors: [],
    sync: 'full',
    keepBlocks: null,
    p2p: null,
    logLevel: 'info',
    ...metricsExample,
  },
  resolvePaths: (config, absolute) => ({
    ...config,
    chainSpecFile: absolute(config.chainSpecFile),
    dataDir: absolute(config.dataDir),
    authorityKeyFile: config.authorityKeyFile === null ? null : absolute(config.authorityKeyFile),
  }),
};

async function openNodeRole(config: NodeConfig, passphrase: string | undefined, context: RoleContext) {
  const spec = readChainSpec(config.chainSpecFile);
  const { authorityKeyFile: file, authorityKeyPurpose: purpose, p2p, dataDir } = config;
  const { logger, metrics, onFatal, cleanups } = context;
  let host: NetworkHost | undefined;
  const init = {
    dataDir,
    chainSpec: spec,
    host: config.host,
    rpcPort: config.rpcPort,
    sync: config.sync,
    ...(config.keepBlocks === null ? {} : { keptBlocks: config.keepBlocks }),
    rpcOrigins: config.rpcCors,
    rpcIdentity: config.rpcTls || !isLoopback(config.host) ? rpcIdentityOf(dataDir) : undefined,
    ...{ logger, metrics, onFatal },
    ...(p2p === null
      ? {}
      : {
          openNetwork: async (genesis: Uint8Array) => {
            host = await openPeerNetwork(p2p, { ...context, dataDir, genesis, seed: peerSeedOf(dataDir) });
            return host;
          },
        }),
  };
  const node =
    file === null
      ? await startFollower(init, cleanups)
      : await startAuthorityNode({
          ...init,
          authority: {
            seed: await readRoleSecret({ file, purpose, spec, passphrase }),
            voterEpoch: openVoterEpoch(file, cleanups),
          },
          cleanups,
        });
  if (p2p !== null && host !== undefined) publishNode({ ...config, p2p }, { host, node, logger });
  return {
    endpoint: node.rpcEndpoint,
    answer: (question: RoleQuestion): NodeReport => {
      if (question === 'pause') node.pause();
      if (question === 'resume') node.resume();
      const { best, finalized } = node.heads();
      return { genesis: toHex(node.genesisHash), best: best.number, finalized: finalized.number };
    },
  };
}

interface RunningNode {
  readonly host: NetworkHost;
  readonly node: ChainNode;
  readonly logger: RoleContext['logger'];
}

/** The record says where the RPC is, if others can reach it. */
function publishNode(
  { p2p, authorityKeyFile, rpcAddress }: NodeConfig & { readonly p2p: P2pConfig },
  { host, node, logger }: RunningNode,
): void {
  const { protocol, username, hostname, host: address } = new URL(node.rpcEndpoint);
  const at = rpcAddress ?? address;
  const isReachable = rpcAddress !== null || !/^(0\.0\.0\.0|\[::\])$/.test(hostname);
  const isShown = isReachable && (protocol === 'wss:' || p2p.privateAddresses);
  const rpc = username === '' ? `${protocol}//${at}` : `${protocol}//${username}@${at}`;
  const roles = authorityKeyFile === null ? (['node'] as const) : (['validator', 'node'] as const);
  publishRole(host, p2p.place, { roles, endpoints: isShown ? [rpc] : [] }, logger);
}

/** The key of the RPC is that of the peer id. */
function rpcIdentityOf(dataDir: string): NodeIdentity {
  return identityOf(createEd25519Signer(peerSeedOf(dataDir)));
}

async function startFollower(init: ChainNodeInit, cleanups: RoleContext['cleanups']): Promise<ChainNode> {
  const node = createChainNode(init);
  await node.start();
  cleanups.push(() => node.stop());
  return node;
}

/** The role that `cess node` runs. */
export const nodeRole: Role<NodeConfig> = { format: nodeConfigFormat, open: openNodeRole };
