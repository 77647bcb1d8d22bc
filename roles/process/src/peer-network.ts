// The peer-to-peer network in a role process: its host, the record by which others find the role, and chain nodes that are found by
// the address of a peer. The libraries of the network are loaded only where it is used.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { systemRng } from '@cess/crypto';
import type { CapabilityRecord, NetworkHost, NetworkRole } from '@cess/network';
import { CessError, delay, fromHex, type Logger, messageOf, systemTimers, toHex } from '@cess/primitives';
import { writeFileAtomically } from '@cess/store';
import { isLoopback } from '@cess/tls';
import { z } from 'zod';
import type { P2pConfig, RoleP2pConfig } from './p2p-config.js';
import type { RoleContext } from './process.js';

/** The seed of the key that peers and clients of the RPC know a chain node by; it signs no blocks. */
const identityFile = 'peer-key';
const knownPeersFile = 'known-peers.json';
const maxKnownPeersLength = 64 * 1024;
const lookupTimeoutMs = 30_000;
const lookupPauseMs = 500;

export type PeerNetworkInit = Pick<RoleContext, 'logger' | 'metrics' | 'onFatal'> & {
  /** Seed of the key that others know the node by. */
  readonly seed: Uint8Array;
  readonly dataDir: string;
  readonly genesis: Uint8Array;
};

/** Throws `NETWORK_LISTEN`, `NETWORK_ADDRESS_MALFORMED`. */
export async function openPeerNetwork(
  { place: _, privateAddresses: usesPrivateAddresses, ...config }: P2pConfig | RoleP2pConfig,
  { seed, dataDir, genesis, logger, metrics, onFatal }: PeerNetworkInit,
): Promise<NetworkHost> {
  const { openNetworkHost } = await import('@cess/network');
  const host = await openNetworkHost({
    ...{ seed, genesis, ...config, usesPrivateAddresses },
    // Many nodes of one machine or site are no attack there.
    limits: { isPrivateExempt: usesPrivateAddresses },
    dht: dhtModeOf(config.listen, usesPrivateAddresses),
    knownPeers: {
      load: () => readKnownPeers(dataDir, logger),
      save: (addresses) => writeFileAtomically(join(dataDir, knownPeersFile), `${JSON.stringify(addresses)}\n`),
    },
    ...{ timers: systemTimers, rng: systemRng, logger, metrics, onFatal },
  });
  logger.info({ addresses: host.addresses() }, 'joined the peer-to-peer network');
  return host;
}

/** A node with private addresses alone does not notice that others can reach it. */
function dhtModeOf(listen: readonly string[], usesPrivateAddresses: boolean): 'client' | 'server' | 'auto' {
  if (listen.length === 0) return 'client';
  return usesPrivateAddresses ? 'server' : 'auto';
}

/** The seed of a chain node's key; it is made at the first start. */
export function peerSeedOf(dataDir: string): Uint8Array {
  const file = join(dataDir, identityFile);
  if (existsSync(file)) return fromHex(readFileSync(file, 'utf8').trim());
  mkdirSync(dataDir, { recursive: true });
  const seed = systemRng.bytes(32);
  writeFileAtomically(file, `${toHex(seed)}\n`, 0o600);
  return seed;
}

export interface RoleRecord {
  readonly roles: readonly NetworkRole[];
  /** URLs under which others reach the role. */
  readonly endpoints: readonly string[];
  readonly storageBytes?: number;
}

/** Publishes the record of a role in the background, again and again, until the host stops. */
export function publishRole(host: NetworkHost, place: string | null, record: RoleRecord, logger: Logger): void {
  if (place === null) return;
  const { roles, endpoints, storageBytes = 0 } = record;
  const capacity = { storageBytes, bytesPerSecond: 0, threads: availableParallelism() };
  host.records.publish({ roles: [...roles], place, endpoints: [...endpoints], capacity }).then(
    () => logger.info({ roles, place, endpoints }, 'published the record of this node'),
    // The host goes on trying where a retry can help.
    (error: unknown) => logger.warn({ cause: messageOf(error) }, 'failed to publish the record of this node'),
  );
}

/** Lets a role that is no chain node be found. Its record is signed with the node key, which the chain records. */
export async function joinPeerNetwork(
  { p2p, dataDir }: { readonly p2p: RoleP2pConfig | null; readonly dataDir: string },
  { seed, genesis, record }: { readonly seed: Uint8Array; readonly genesis: Uint8Array; readonly record: RoleRecord },
  context: Pick<RoleContext, 'logger' | 'metrics' | 'onFatal' | 'cleanups'>,
): Promise<void> {
  if (p2p === null) return;
  const isSilent = p2p.listen.length === 0 && p2p.announce.length === 0;
  const announce = isSilent ? record.endpoints.map(multiaddressOf) : p2p.announce;
  const host = await openPeerNetwork({ ...p2p, announce }, { ...context, seed, genesis, dataDir });
  context.cleanups.push(() => host.stop());
  publishRole(host, p2p.place, record, context.logger);
}

/** Nodes of the DHT keep announcements only of peers that have an address; that of a role is the one of its server. */
function multiaddressOf(endpoint: string): string {
  const { protocol, hostname, port } = new URL(endpoint);
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  const kinds = ['dns', '', '', '', 'ip4', '', 'ip6'];
  const scheme = protocol.slice(0, -1);
  return `/${kinds[isIP(host)] ?? 'dns'}/${host}/tcp/${port || (scheme === 'https' ? 443 : 80)}/${scheme}`;
}

/**
 * The RPC of the chain node that a multiaddress with `/p2p/<peer id>` names, from the record that it publishes. Only this node
 * is asked for: its key is known. Throws `CHAIN_NODE_NOT_FOUND`.
 */
export async function findChainRpc(
  address: string,
  { genesis, dataDir, ...context }: Omit<PeerNetworkInit, 'seed'>,
): Promise<string> {
  const { keyOfPeerId } = await import('@cess/network');
  const peerId = address.slice(address.lastIndexOf('/') + 1);
  const common = { listen: [], announce: [], bootstrap: [address], privateAddresses: true, place: null };
  const host = await openPeerNetwork(common, { ...context, dataDir, genesis, seed: systemRng.bytes(32) });
  try {
    const key = keyOfPeerId(peerId);
    for (let waitedMs = 0; waitedMs < lookupTimeoutMs; waitedMs += lookupPauseMs) {
      const record = host.peers().length === 0 ? undefined : await host.records.find(key);
      const endpoint = record === undefined ? undefined : chainRpcOf(record, loopbackAddress.test(address));
      if (endpoint !== undefined) return endpoint;
      await delay(lookupPauseMs);
    }
  } finally {
    await host.stop();
  }
  const advice = 'Name a node that runs, serves its RPC to others, and has a "place" in its "p2p" settings.';
  throw new CessError('CHAIN_NODE_NOT_FOUND', `${address} does not lead to the RPC of a chain node. ${advice}`, {
    address,
  });
}

const loopbackAddress = /^\/(ip4\/127\.|ip6\/::1\/)/;

/**
 * An RPC of the node itself: one that is pinned to the key of the record or, where the node is on this machine, one on loopback. The loopback
 * of another machine would be a port of this one, which nobody has named.
 */
export function chainRpcOf({ key, endpoints }: CapabilityRecord, isOnThisMachine: boolean): string | undefined {
  return endpoints.find(
    (endpoint) =>
      endpoint.startsWith(`wss://${toHex(key)}@`) ||
      (isOnThisMachine &&
        endpoint.startsWith('ws://') &&
        URL.canParse(endpoint) &&
        isLoopback(new URL(endpoint).hostname)),
  );
}

function readKnownPeers(dataDir: string, logger: Logger): readonly string[] {
  const file = join(dataDir, knownPeersFile);
  if (!existsSync(file)) return [];
  try {
    const text = readFileSync(file, 'utf8');
    return z.array(z.string()).parse(JSON.parse(text.slice(0, maxKnownPeersLength)));
  } catch (error) {
    logger.warn({ file, cause: messageOf(error) }, 'the file of known peers cannot be read; starting without it');
    return [];
  }
}
