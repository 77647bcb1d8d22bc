// What repairing one fragment means for those who ask for it.
import type { FragmentPlace } from '@cess/client';

/** `intact`: the bytes were correct. `not-ours`: the chain does not name this provider as the holder. */
export type RepairResult = 'repaired' | 'intact' | 'not-ours';

export interface FragmentRepair {
  repair(place: FragmentPlace, signal: AbortSignal): Promise<RepairResult>;
}
