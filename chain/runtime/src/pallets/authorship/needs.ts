// What Authorship needs of other pallets.
import type { Schedule } from '@cess/consensus';
import type { Context, StorageAccess } from '../../frame/context.js';

/** An account and the key that it authors with. */
interface Seat {
  readonly account: Uint8Array;
  readonly key: Uint8Array;
}

export interface AuthorshipNeeds {
  blockNumber(at: StorageAccess): number;
  /** Hash of a block below the current one; undefined if it is not kept. */
  blockHash(at: StorageAccess, number: number): Uint8Array | undefined;
  currentSlot(at: StorageAccess): bigint;
  /** Beacon after the current block. */
  beacon(at: StorageAccess): Uint8Array;
  slotDuration(at: StorageAccess): bigint;
  schedule(at: StorageAccess): Schedule;
  era(at: StorageAccess): bigint;
  /** Seats as of the current block; one can be vacant. */
  seats(at: StorageAccess): readonly (Seat | undefined)[];
  /** Account of the author of the current block. */
  author(at: StorageAccess): Uint8Array | undefined;
  /** The points of a reference: for the author of the current block, and for that of the uncle. */
  notePoints(ctx: Context, referencedBy: Uint8Array, author: Uint8Array): void;
}
