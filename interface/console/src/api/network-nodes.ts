// All nodes that the chain has records of, with the places that they published in the peer-to-peer network.
import { type ChainClient, query } from '@cess/client';
import { fromUtf8, isCessError, toHex0x } from '@cess/primitives';
import { addressOf } from './chain.js';
import type { PlacedNode } from './network-groups.js';

/** As `cess_networkRecords` answers (docs/operations/chain-rpc.md). */
interface PublishedRecord {
  readonly key: string;
  readonly place: string;
  readonly endpoints: readonly string[];
}

export interface PlacedNodes {
  readonly nodes: readonly PlacedNode[];
  /** Whether the chain node could be asked for places; it cannot where it has no peer-to-peer network. */
  readonly arePlacesKnown: boolean;
  /** Nodes of which a place is known. */
  readonly placed: number;
  /** The list of some role was cut. */
  readonly isCut: boolean;
}

/** Of one role. */
const mostNodes = 10_000;

export async function readNodes(client: ChainClient): Promise<PlacedNodes> {
  const at = await client.finalizedHash();
  const places = await readPlaces(client);
  const nodes: PlacedNode[] = [];
  let isCut = false;
  const add = (found: readonly PlacedNode[]) => {
    nodes.push(...found);
    isCut ||= found.length === mostNodes;
  };
  const common = { declaredBytes: 0, storedBytes: 0 };
  add(
    await firstOf(client.entries(query.Sminer.Miners, [], at), ([, info]) => {
      if (info.state === 'Exited') return undefined;
      const endpoint = fromUtf8(info.endpoint);
      return {
        ...{ role: 'provider', operator: addressOf(info.beneficiary), endpoint },
        place: places?.byKey.get(toHex0x(info.node_key)),
        declaredBytes: Number(info.declared_space),
        storedBytes: Number(info.service_space),
      };
    }),
  );
  add(
    await firstOf(client.entries(query.Oss.Oss, [], at), ([[account], info]) => {
      const endpoint = fromUtf8(info.endpoint);
      const place = places?.byKey.get(toHex0x(info.node_key));
      return { ...common, role: 'gateway', operator: addressOf(account), endpoint, place };
    }),
  );
  add(
    await firstOf(client.entries(query.TeeWorker.Workers, [], at), ([, info]) => {
      if (info.state === 'Exited') return undefined;
      const endpoint = fromUtf8(info.endpoint);
      // Its record has another key than the chain: that of the account (NW-31).
      const place = places?.byEndpoint.get(endpoint);
      return { ...common, role: 'tee', operator: addressOf(info.controller), endpoint, place };
    }),
  );
  add(
    await firstOf(client.entries(query.Staking.Candidates, [], at), ([[account]]) => ({
      ...{ ...common, role: 'validator', operator: addressOf(account), endpoint: undefined, place: undefined },
    })),
  );
  const placed = nodes.filter(({ place }) => place !== undefined).length;
  return { nodes, arePlacesKnown: places !== undefined, placed, isCut };
}

async function firstOf<T>(all: AsyncIterable<T>, nodeOf: (entry: T) => PlacedNode | undefined): Promise<PlacedNode[]> {
  const nodes: PlacedNode[] = [];
  for await (const entry of all) {
    const node = nodeOf(entry);
    if (node !== undefined) nodes.push(node);
    if (nodes.length === mostNodes) break;
  }
  return nodes;
}

interface Places {
  /** By node key, in hex with `0x`. */
  readonly byKey: ReadonlyMap<string, string>;
  /** Records of TEE workers. */
  readonly byEndpoint: ReadonlyMap<string, string>;
}

/** Undefined where the chain node has no peer-to-peer network, or does not know the method. */
async function readPlaces(client: ChainClient): Promise<Places | undefined> {
  const ask = (role: string) => client.call<readonly PublishedRecord[] | null>('cess_networkRecords', [role]);
  const answers = await Promise.all(['provider', 'gateway', 'tee-worker'].map(ask)).catch((error: unknown) => {
    if (isMethodMissing(error)) return [null, null, null];
    throw error;
  });
  const [providers, gateways, workers] = answers;
  if (!providers || !gateways || !workers) return undefined;
  return {
    byKey: new Map([...providers, ...gateways].map(({ key, place }) => [key, place])),
    byEndpoint: new Map(
      workers.flatMap(({ endpoints, place }) => endpoints.map((endpoint) => [endpoint, place] as const)),
    ),
  };
}

const methodNotFound = -32601;

function isMethodMissing(error: unknown): boolean {
  return isCessError(error, 'RPC_ERROR') && error.data.rpcCode === methodNotFound;
}
