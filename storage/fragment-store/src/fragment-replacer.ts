// Puts right bytes in the place of rotten or vanished ones (see `FragmentStore.replace`).
import type { KeyedMutex } from '@cess/primitives';
import { toHex } from '@cess/primitives';
import type { AppendLog } from './append-log.js';
import type { FragmentFiles } from './fragment-files.js';
import type { FragmentIndex, Holding } from './fragment-index.js';
import { putRecord } from './log-cleaner.js';
import { type FragmentBody, receiveInline, type TemporaryFiles } from './upload.js';

export interface FragmentReplacerInit {
  readonly log: AppendLog;
  readonly files: FragmentFiles;
  readonly index: FragmentIndex;
  /** The store's sections per root. */
  readonly mutex: KeyedMutex;
  readonly temporaries: TemporaryFiles;
}

export class FragmentReplacer {
  constructor(private readonly init: FragmentReplacerInit) {}

  async replace(root: Uint8Array, body: FragmentBody, signal?: AbortSignal): Promise<boolean> {
    const holding = this.init.index.withRoot(root)[0];
    if (holding === undefined) return false;
    return holding.isInline ? this.#replaceInline(holding, body, signal) : this.#replaceFile(holding, body, signal);
  }

  // Order: temporary file written and synced; renamed over the old one and its folder synced. The record is there already:
  // a crash before the rename leaves the old bytes and a temporary file, which is removed at open.
  #replaceFile(holding: Holding, body: FragmentBody, signal?: AbortSignal): Promise<boolean> {
    const { files, index, mutex, temporaries } = this.init;
    return temporaries.receive(holding, body, signal, (temporary) =>
      mutex.run(toHex(holding.root), async () => {
        const isHeld = index.hasFile(holding.root);
        if (isHeld) await files.adopt(temporary, holding.root);
        else await temporaries.remove(temporary);
        return isHeld;
      }),
    );
  }

  // Every place has the bytes in a record of its own. A crash between two of them leaves some old; the next try does all.
  async #replaceInline(holding: Holding, body: FragmentBody, signal?: AbortSignal): Promise<boolean> {
    const { log, index, mutex } = this.init;
    const bytes = await receiveInline(holding, body, signal);
    return mutex.run(toHex(holding.root), async () => {
      log.assertUsable();
      const places = index.withRoot(holding.root).filter(({ isInline }) => isInline);
      for (const place of places) {
        const location = await log.append(putRecord(place, bytes));
        index.set({ ...place, location });
      }
      return places.length > 0;
    });
  }
}
