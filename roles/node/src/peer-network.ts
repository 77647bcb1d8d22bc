// The peer-to-peer host of a chain node, with an identity that the node makes at its first start.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemRng } from '@cess/crypto';
import type { NetworkHost } from '@cess/network';
import { fromHex, systemTimers, toHex } from '@cess/primitives';
import type { RoleContext } from '@cess/role-process';
import { writeFileAtomically } from '@cess/store';
import { z } from 'zod';

export const p2pSchema = z.strictObject({
  /** Multiaddresses to listen on. */
  listen: z.array(z.string().min(1)).default(['/ip4/0.0.0.0/tcp/30333']),
  /** Addresses to tell others in place of those. */
  announce: z.array(z.string().min(1)).default([]),
  /** Addresses of any nodes of the network, with `/p2p/<peer id>`; one is enough. */
  bootstrap: z.array(z.string().min(1)).default([]),
  /** Relay connections for nodes behind a NAT. */
  isRelay: z.boolean().default(false),
  /** Find nodes and tell of this one at private addresses, too: for a network within one site. */
  privateAddresses: z.boolean().default(false),
});

export type P2pConfig = z.infer<typeof p2pSchema>;

/** The seed of the key that peers and clients of the RPC know the node by; it signs no blocks. */
const identityFile = 'peer-key';

/** Loads the libraries of the network only where it is used. Throws `NETWORK_LISTEN`, `NETWORK_ADDRESS_MALFORMED`. */
export async function openPeerNetwork(
  { privateAddresses: usesPrivateAddresses, ...config }: P2pConfig,
  {
    dataDir,
    genesis,
    logger,
    metrics,
    onFatal,
  }: Pick<RoleContext, 'logger' | 'metrics' | 'onFatal'> & {
    readonly dataDir: string;
    readonly genesis: Uint8Array;
  },
): Promise<NetworkHost> {
  const { openNetworkHost } = await import('@cess/network');
  const host = await openNetworkHost({
    seed: peerSeedOf(dataDir),
    genesis,
    ...config,
    usesPrivateAddresses,
    ...{ timers: systemTimers, rng: systemRng, logger, metrics, onFatal },
  });
  logger.info({ addresses: host.addresses() }, 'joined the peer-to-peer network');
  return host;
}

/** The seed of the node's key; it is made at the first start. */
export function peerSeedOf(dataDir: string): Uint8Array {
  const file = join(dataDir, identityFile);
  if (existsSync(file)) return fromHex(readFileSync(file, 'utf8').trim());
  const seed = systemRng.bytes(32);
  writeFileAtomically(file, `${toHex(seed)}\n`, 0o600);
  return seed;
}
