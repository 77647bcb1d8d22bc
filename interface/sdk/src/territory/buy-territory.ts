import { type ChainClient, type Inclusion, tx } from '@cess/client';
import { utf8 } from '@cess/primitives';
import { type Signer, submitCall } from '../chain/submit-call.js';

/** A territory and who signs for its owner. */
export interface TerritoryCall {
  readonly signer: Signer;
  /** Of the territory: 3 to 63 characters. */
  readonly name: string;
  readonly signal?: AbortSignal | undefined;
}

/** Leases `gib` GiB for `days` days at the price of now. Throws what `submitCall` throws. */
export function buyTerritory(
  client: ChainClient,
  { signer, name, gib, days, signal }: TerritoryCall & { readonly gib: number; readonly days: number },
): Promise<Inclusion> {
  const call = tx.StorageHandler.mint_territory({ gib_count: gib, territory_name: utf8(name), days });
  return submitCall(client, { signer, call, signal });
}

/** Adds `gib` GiB until the end of the lease. Throws what `submitCall` throws. */
export function expandTerritory(
  client: ChainClient,
  { signer, name, gib, signal }: TerritoryCall & { readonly gib: number },
): Promise<Inclusion> {
  const call = tx.StorageHandler.expanding_territory({ territory_name: utf8(name), gib_count: gib });
  return submitCall(client, { signer, call, signal });
}

/** Prolongs the lease by `days` days. Throws what `submitCall` throws. */
export function renewTerritory(
  client: ChainClient,
  { signer, name, days, signal }: TerritoryCall & { readonly days: number },
): Promise<Inclusion> {
  const call = tx.StorageHandler.renewal_territory({ territory_name: utf8(name), days });
  return submitCall(client, { signer, call, signal });
}
