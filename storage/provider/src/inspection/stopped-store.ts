// The fragment store in the folder of a stopped provider, to be looked at or to be repaired.
import type { ChainClient, FragmentPlace } from '@cess/client';
import { systemRng } from '@cess/crypto';
import { type FragmentStore, nodeFs, openFragmentStore, readOnlyFs, storedGenesis } from '@cess/fragment-store';
import { CessError, equalBytes, systemClock } from '@cess/primitives';
import { lockDirectory } from '@cess/store';
import { DutyAdapter } from '../chain/duty-adapter.js';
import type { DutyChain } from '../chain/duty-chain.js';
import { savedIndex } from '../chain/registration.js';

/** The finalized chain as far as it concerns one provider. */
export interface ChainHoldings extends Pick<DutyChain, 'heldOnChain' | 'fragments' | 'segment'> {
  readonly genesis: Uint8Array;
}

/** Reads the chain through a client. Submits nothing. */
export function chainHoldings(client: ChainClient): ChainHoldings {
  const submit = () => Promise.reject(new CessError('PROVIDER_STOPPED', 'An inspection submits nothing.'));
  return new DutyAdapter({ client, submitter: { submit }, allowPrivateEndpoints: true });
}

export interface StoppedProvider {
  readonly store: FragmentStore;
  readonly genesis: Uint8Array;
  /** Index on chain; undefined before the registration. */
  readonly index: number | undefined;
}

/**
 * Runs `work` with the store of a stopped provider. With `isReadOnly`, nothing on the disk changes. Throws `KV_LOCKED` while the
 * provider runs, `FRAGMENT_STORE_CORRUPT` for a folder without a store, `FRAGMENT_STORE_GENESIS` for another chain.
 */
export async function withStoppedStore<T>(
  dir: string,
  { isReadOnly, chain }: { readonly isReadOnly: boolean; readonly chain: ChainHoldings | undefined },
  work: (provider: StoppedProvider) => Promise<T>,
): Promise<T> {
  const storeDir = `${dir}/store`;
  const genesis = await storedGenesis(nodeFs, storeDir);
  if (chain !== undefined && !equalBytes(chain.genesis, genesis)) {
    throw new CessError('FRAGMENT_STORE_GENESIS', `${storeDir} belongs to another network than the chain node.`);
  }
  const lock = lockDirectory(dir);
  try {
    const store = await openFragmentStore({
      dir: storeDir,
      genesis,
      fs: isReadOnly ? readOnlyFs(nodeFs) : nodeFs,
      rng: systemRng,
      // Time zero ages no file in quarantine, so that none is deleted.
      nowSeconds: isReadOnly ? 0 : Math.floor(systemClock.nowMs() / 1000),
      minFreeBytes: 0,
    });
    try {
      return await work({ store, genesis, index: await savedIndex(dir) });
    } finally {
      await store.close();
    }
  } finally {
    lock.release();
  }
}

/** Fragments that the chain says this provider holds and that the store lacks, page by page. */
export async function* missingPages(
  { store, index }: StoppedProvider,
  chain: ChainHoldings,
): AsyncGenerator<{ readonly held: number; readonly missing: readonly FragmentPlace[] }> {
  if (index === undefined) return;
  const own = new Set<string>();
  for (const { fileId, segment, fragment } of store.fragments()) {
    if (fileId !== undefined) own.add(nameOf({ fileId, segment, fragment }));
  }
  for await (const page of chain.heldOnChain(index)) {
    yield { held: page.length, missing: page.filter((place) => !own.has(nameOf(place))) };
  }
}

function nameOf({ fileId, segment, fragment }: FragmentPlace): string {
  return `${Buffer.from(fileId).toString('latin1')}/${segment}/${fragment}`;
}
