import type { ChainClient } from '@cess/client';
import { query, type TerritoryInfo, type ValueItem } from '@cess/client';
import { fromUtf8, utf8 } from '@cess/primitives';
import type { StateReader } from '../chain/get-balance.js';

/** Space in bytes as it is stored: an object takes `n / k` of its size. */
export interface Territory {
  readonly name: string;
  readonly state: TerritoryInfo['state'];
  readonly totalBytes: bigint;
  readonly usedBytes: bigint;
  /** Promised to gateways. */
  readonly lockedBytes: bigint;
  readonly remainingBytes: bigint;
  /** Block at which the lease ends. */
  readonly deadline: number;
}

/** A territory of an owner; undefined if there is none of this name. With a `LightClient`, the answer is proven. */
export async function getTerritory(
  reader: StateReader,
  owner: Uint8Array,
  name: string,
): Promise<Territory | undefined> {
  const info = await reader.entry(query.StorageHandler.Territory, [owner, utf8(name)]);
  return info === undefined ? undefined : territoryOf(name, info);
}

/** All territories of an owner, as the chain node lists them. */
export async function listTerritories(client: ChainClient, owner: Uint8Array): Promise<readonly Territory[]> {
  const found: Territory[] = [];
  for await (const [[, name], info] of client.entries(query.StorageHandler.Territory, [owner])) {
    found.push(territoryOf(fromUtf8(name), info));
  }
  return found;
}

/** The price of a lease in the smallest unit, fees excluded. */
export async function territoryPrice(
  reader: { value<T>(item: ValueItem<T>): Promise<T> },
  { gib, days }: { readonly gib: number; readonly days: number },
): Promise<bigint> {
  return BigInt(gib) * BigInt(days) * (await reader.value(query.StorageHandler.UnitPrice));
}

function territoryOf(name: string, info: TerritoryInfo): Territory {
  return {
    name,
    state: info.state,
    totalBytes: info.total_space,
    usedBytes: info.used_space,
    lockedBytes: info.locked_space,
    remainingBytes: info.remaining_space,
    deadline: info.deadline,
  };
}
