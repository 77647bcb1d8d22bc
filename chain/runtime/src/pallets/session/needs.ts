// What Session needs of other pallets.
import type { StorageAccess } from '../../frame/context.js';
import type { Member } from './declaration.js';

export interface SessionNeeds {
  /** The authorities of a chain from a version before 7, in the order of their turns. */
  formerAuthorities(at: StorageAccess): readonly Member[];
  /** Slot of the current block. */
  currentSlot(at: StorageAccess): bigint;
  /** Beacon after the current block. */
  beacon(at: StorageAccess): Uint8Array;
}
