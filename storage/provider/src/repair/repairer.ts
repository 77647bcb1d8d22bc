// Rebuilds fragments of this provider that are corrupt or missing (docs/protocol/audit.md §6.7). Root and tags stay the
// same, so the chain is not told. Fragments that the chain gave to another provider are left alone.
import type { FragmentPlace } from '@cess/client';
import type { FragmentStore } from '@cess/fragment-store';
import { KeyedMutex, type Logger } from '@cess/primitives';
import type { DutyChain } from '../chain/duty-chain.js';
import type { DeclaredFiles } from '../holdings/declared-files.js';
import { placeFields, placeName } from '../holdings/place.js';
import { isWhole } from '../holdings/read-fragment.js';
import type { FragmentRebuilding } from './fragment-rebuilder.js';
import type { FragmentRepair, RepairResult } from './fragment-repair.js';

export interface RepairerInit {
  readonly store: FragmentStore;
  readonly declaredFiles: DeclaredFiles;
  readonly chain: Pick<DutyChain, 'segment'>;
  readonly rebuilder: FragmentRebuilding;
  readonly ownIndex: () => number | undefined;
  /** Expiry of fragments that are stored again, in Unix seconds. */
  readonly expirySeconds: () => number;
  readonly logger: Logger;
}

export class Repairer implements FragmentRepair {
  readonly #mutex = new KeyedMutex();

  constructor(private readonly init: RepairerInit) {}

  /** Throws what rebuilding and storing throw. */
  repair(place: FragmentPlace, signal: AbortSignal): Promise<RepairResult> {
    return this.#mutex.run(placeName(place), () => this.#repair(place, signal));
  }

  async #repair(place: FragmentPlace, signal: AbortSignal): Promise<RepairResult> {
    const { store, declaredFiles, chain, rebuilder } = this.init;
    const own = this.init.ownIndex();
    const facts = await chain.segment(place.fileId, place.segment);
    const { fileId, segment, fragment } = place;
    const record = facts?.fragments[fragment];
    if (facts === undefined || own === undefined || record?.holder !== own) return 'not-ours';
    const held = declaredFiles.at(place);
    // A caller that waited for another repair of this fragment finds correct bytes.
    if (held !== undefined && (await isWhole(store, held))) return 'intact';
    const request = { facts, fragment, own, mayCopy: false };
    if (held === undefined) {
      const { orderId, gateway, fragmentLength: length } = facts;
      const expirySeconds = this.init.expirySeconds();
      const put = { orderId, segment, fragment, root: record.root, length, gateway, expirySeconds };
      const isReadopted = await store.readopt(put, signal);
      if (!isReadopted) await rebuilder.rebuild(request, (body) => store.put(put, body, signal), signal);
      await declaredFiles.setFile(put, fileId);
      if (isReadopted) {
        this.init.logger.warn(placeFields(place), 'restored a fragment from quarantine');
        return 'repaired';
      }
    } else {
      await rebuilder.rebuild(request, (body) => store.replace(held.root, body, signal), signal);
    }
    this.init.logger.warn(placeFields(place), 'rebuilt a corrupt or missing fragment from other providers');
    return 'repaired';
  }
}
