// cess network records, cess network peers: who is found in the peer-to-peer network from one address of any node.
import type { CapabilityRecord, NetworkRole } from '@cess/network';
import { delay, formatBytes, toHex } from '@cess/primitives';
import type { CliContext } from '../context.js';
import { type ChainRecords, type VisitOptions, visitNetwork } from '../network-visit.js';
import { print, table } from '../output.js';

const settleMs = 4_000;
const settlePauseMs = 250;

export interface RecordsOptions extends VisitOptions {
  readonly role: NetworkRole;
  readonly place?: string;
  readonly limit: number;
}

/** Records of nodes with a role, and whether the chain has their key or endpoint. */
export async function listRecords(context: CliContext, options: RecordsOptions): Promise<void> {
  const { role, place, limit } = options;
  const rows = await visitNetwork(context, options, async (host, chain) => {
    const found = await settled(() => host.records.list({ role, limit, ...(place === undefined ? {} : { place }) }));
    return found.map((record) => ({ ...plain(record), onChain: chain && isOnChain(record, chain) }));
  });
  rows.sort((a, b) => (a.key < b.key ? -1 : 1));
  if (context.json) return print(JSON.stringify(rows, null, 2));
  print(
    table(
      rows.map(({ roles, place: at, endpoints, storageBytes, key, onChain }) => ({
        roles: roles.join(', '),
        place: at,
        endpoints: endpoints.join(', '),
        storage: formatBytes(storageBytes),
        'on chain': onChain === undefined ? 'not asked' : onChain,
        key,
      })),
    ),
  );
}

/** A peer takes part in look-ups only some time after it was connected, so an empty answer is asked for again. */
async function settled<T>(list: () => Promise<readonly T[]>): Promise<readonly T[]> {
  for (let waitedMs = 0; waitedMs < settleMs; waitedMs += settlePauseMs) {
    const found = await list();
    if (found.length > 0) return found;
    await delay(settlePauseMs);
  }
  return list();
}

export interface PeersOptions extends VisitOptions {
  readonly seconds: number;
}

/** Nodes that a newcomer finds from one address. */
export async function listPeers(context: CliContext, options: PeersOptions): Promise<void> {
  const peers = await visitNetwork(context, options, async (host) => {
    await delay(options.seconds * 1000);
    return host.peers().map(({ peer, address }) => ({ peer, address }));
  });
  peers.sort((a, b) => (a.peer < b.peer ? -1 : 1));
  print(context.json ? JSON.stringify(peers, null, 2) : table(peers));
}

function plain({ key, roles, place, endpoints, capacity, validUntilMs }: CapabilityRecord) {
  const validUntil = new Date(validUntilMs).toISOString();
  return {
    key: toHex(key),
    roles,
    place,
    endpoints,
    storageBytes: capacity.storageBytes,
    threads: capacity.threads,
    validUntil,
  };
}

/** Providers and gateways sign their records with the key on chain; the key of a TEE worker is in its enclave. */
function isOnChain({ key, endpoints }: CapabilityRecord, { nodeKeys, teeEndpoints }: ChainRecords): boolean {
  return nodeKeys.has(toHex(key)) || endpoints.some((endpoint) => teeEndpoints.has(endpoint));
}
