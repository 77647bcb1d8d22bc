// Repairs what can be repaired in the folder of a stopped provider. It opens the store as the provider would: torn ends of the log are
// cut off and files without a record move into quarantine. Then it stores again every fragment that the chain says the provider holds
// and whose file is in quarantine with the right root. It deletes nothing that could be good. The running provider rebuilds from others what
// is left.
import { elementAt, systemClock } from '@cess/primitives';
import { defaultRetentionSeconds } from '../config.js';
import { type ChainHoldings, missingPages, withStoppedStore } from './stopped-store.js';

export interface ProviderRepair {
  /** Index on chain; null before the registration: then nothing can be stored again. */
  readonly index: number | null;
  /** Files that moved into quarantine now. */
  readonly quarantined: number;
  /** Fragments stored again from quarantine. */
  readonly readopted: number;
  /** Fragments that the chain says the provider holds and that it still lacks. */
  readonly missing: number;
}

/** Throws what `withStoppedStore` and the store throw. May be repeated after an interruption. */
export async function repairProvider(
  dir: string,
  chain: ChainHoldings,
  signal: AbortSignal = new AbortController().signal,
): Promise<ProviderRepair> {
  return withStoppedStore(dir, { isReadOnly: false, chain }, async (provider) => {
    const { store, index } = provider;
    const expirySeconds = Math.floor(systemClock.nowMs() / 1000) + defaultRetentionSeconds;
    let [readopted, missing] = [0, 0];
    for await (const page of missingPages(provider, chain)) {
      for (const { fileId, segment, fragment } of page.missing) {
        const facts = await chain.segment(fileId, segment);
        // The file was deleted a moment ago.
        if (facts === undefined) continue;
        const { orderId, gateway, fragmentLength: length } = facts;
        const { root } = elementAt(facts.fragments, fragment);
        const put = { orderId, segment, fragment, root, length, gateway, expirySeconds };
        const isStored = store.get(put) !== undefined || (await store.readopt(put, signal));
        if (isStored) await store.update({ id: put, fileId });
        if (isStored) readopted++;
        else missing++;
      }
    }
    return { index: index ?? null, quarantined: store.recovery.orphanFiles, readopted, missing };
  });
}
