// Rebuilds fragments that this provider holds on chain and whose bytes are rotten or gone: same root, same tags, nobody
// has to be told (docs/protocol/audit.md §6.7). What the chain gave to somebody else is left alone.
import type { FragmentPlace } from '@cess/client';
import type { FragmentStore } from '@cess/fragment-store';
import { KeyedMutex, type Logger } from '@cess/primitives';
import type { DutyChain } from '../chain/duty-chain.js';
import type { DeclaredFiles } from '../holdings/declared-files.js';
import { placeFields, placeName } from '../holdings/place.js';
import { hashHeld } from '../holdings/read-fragment.js';
import type { FragmentRebuilder } from './fragment-rebuilder.js';

export interface RepairerInit {
  readonly store: FragmentStore;
  readonly declared: DeclaredFiles;
  readonly chain: Pick<DutyChain, 'segment'>;
  readonly rebuilder: FragmentRebuilder;
  readonly ownIndex: () => number | undefined;
  /** Expiry of what is stored anew, Unix seconds. */
  readonly expirySeconds: () => number;
  readonly logger: Logger;
}

export class Repairer {
  readonly #mutex = new KeyedMutex();
  #repaired = 0;

  constructor(private readonly init: RepairerInit) {}

  get repaired(): number {
    return this.#repaired;
  }

  /** False when there is nothing to repair for this provider. Throws what rebuilding and storing throw. */
  repair(place: FragmentPlace, signal: AbortSignal): Promise<boolean> {
    return this.#mutex.run(placeName(place), () => this.#repair(place, signal));
  }

  async #repair(place: FragmentPlace, signal: AbortSignal): Promise<boolean> {
    const { store, declared, chain, rebuilder } = this.init;
    const own = this.init.ownIndex();
    const facts = await chain.segment(place.fileId, place.segment);
    const { fileId, segment, fragment } = place;
    const record = facts?.fragments[fragment];
    if (facts === undefined || own === undefined || record?.holder !== own) return false;
    const held = declared.at(place);
    // Whoever waited for another's repair finds the bytes right.
    if (held !== undefined && (await isWhole(store, held))) return true;
    const request = { facts, fragment, own, mayCopy: false };
    if (held === undefined) {
      const { orderId, gateway, fragmentLength: length } = facts;
      const put = { orderId, segment, fragment, root: record.root, length, gateway };
      const expirySeconds = this.init.expirySeconds();
      await rebuilder.rebuild(request, (body) => store.put({ ...put, expirySeconds }, body, signal), signal);
      await declared.setFile(put, fileId);
    } else {
      await rebuilder.rebuild(request, (body) => store.replace(held.root, body, signal), signal);
    }
    this.#repaired++;
    this.init.logger.warn(placeFields(place), 'a fragment was rotten or gone and has been rebuilt from others');
    return true;
  }
}

/** Whether the disk has the bytes of the fragment. */
export async function isWhole(store: FragmentStore, held: Parameters<typeof hashHeld>[1]): Promise<boolean> {
  return hashHeld(store, held, async () => {}).then(
    () => true,
    () => false,
  );
}
