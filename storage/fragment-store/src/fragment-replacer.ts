// Replaces corrupt or missing bytes of a held fragment with correct ones (see `FragmentStore.replace`).
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
  /** The locks of the store, by root. */
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

  // Order: write and sync the temporary file, rename it over the old one, sync the folder. The record exists already. A
  // crash before the rename leaves the old bytes and a temporary file, which recovery removes.
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

  // Each place has a record with the bytes. A crash between two records leaves old bytes in some. A retry replaces all.
  async #replaceInline(holding: Holding, body: FragmentBody, signal?: AbortSignal): Promise<boolean> {
    const { log, index, mutex } = this.init;
    const bytes = await receiveInline(holding, body, signal);
    return mutex.run(toHex(holding.root), async () => {
      await log.ensureUsable();
      const places = index.withRoot(holding.root).filter(({ isInline }) => isInline);
      for (const place of places) {
        const location = await log.append(putRecord(place, bytes));
        index.set({ ...place, location });
      }
      return places.length > 0;
    });
  }
}
