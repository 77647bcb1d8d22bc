// Files with the export of the index, and the state of the export of each owner (ADR 73). Such a file is stored, declared, renewed and
// deleted as every other one; no object refers to it, its only reference is that of the export. Its records are not journaled.
import { concatBytes, utf8 } from '@cess/primitives';
import type { Kv } from '@cess/store';
import { putFile, releaseFiles } from './files.js';
import type { IndexCore } from './index-core.js';
import type { Portions } from './index-view.js';
import * as keys from './keys.js';
import type { NewPack } from './packs.js';
import { entriesInPages } from './pages.js';
import { outboxEntry, segmentRecord } from './records.js';

const exportTable = utf8('y/');
export const exportStateKey = (owner: Uint8Array): Uint8Array => concatBytes(exportTable, owner);

export interface ExportStep {
  /** The state of the export of the owner, for its author to read; undefined: the export of this owner begins anew. */
  readonly state: Uint8Array | undefined;
  /** A file that was just stored. */
  readonly entered?: NewPack | undefined;
  /** Files that the export needs no more. */
  readonly released?: readonly Uint8Array[];
}

export class ExportTable {
  constructor(
    private readonly kv: Kv,
    private readonly core: IndexCore,
  ) {}

  stateOf(owner: Uint8Array): Uint8Array | undefined {
    return this.kv.get(exportStateKey(owner));
  }

  /** Owners whose index is exported. */
  *owners(): IterableIterator<Uint8Array> {
    for (const [key] of entriesInPages(this.kv, keys.rangeOf(exportTable))) yield key.slice(exportTable.length);
  }

  /** The newest entry of the outbox that is durable; 0 for an empty outbox. */
  outboxEnd(): number {
    const [last] = this.kv.entries({ ...keys.rangeOf(keys.outboxPrefix), reverse: true, limit: 1 });
    return last === undefined ? 0 : keys.sequenceOfKey(last[0]);
  }

  /** Writes the state together with what it says of files: both are there after a crash, or neither. */
  advance(owner: Uint8Array, { state, entered, released = [] }: ExportStep): Promise<void> {
    return this.core.backend.commit(function* (view, numbers): Portions {
      const nextSequence = () => numbers.nextOutbox();
      if (state === undefined) view.delete(exportStateKey(owner));
      else view.put(exportStateKey(owner), state);
      if (entered !== undefined) {
        const { packId: fileId, file, segments } = entered;
        putFile(view, fileId, {
          ...file,
          keyWraps: [],
          references: 1,
          state: 'stored',
          within: undefined,
          pack: undefined,
        });
        segments.forEach((segment, index) => {
          view.put(keys.segmentKey(fileId, index), segmentRecord.encode(segment));
        });
        view.put(keys.outboxKey(nextSequence()), outboxEntry.encode({ type: 'Declare', value: fileId }));
      }
      yield* releaseFiles(
        view,
        released.map((fileId) => ({ fileId, offset: 0, length: 0 })),
        nextSequence,
      );
    });
  }
}
