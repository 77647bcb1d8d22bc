// Grandpa: the set of voters, changed with the first block of an era (docs/protocol/grandpa.md §7, ADR 82).
import type { StorageAccess } from '../../frame/context.js';
import { definePallet } from '../../frame/pallet.js';
import { grandpa, grandpaStorage as storage } from './declaration.js';
import { createGrandpaHooks, startSet } from './hooks.js';
import type { GrandpaNeeds } from './needs.js';

export type { GrandpaNeeds } from './needs.js';

export function createGrandpa(needs: GrandpaNeeds) {
  return {
    pallet: definePallet(grandpa, {
      calls: {},
      hooks: createGrandpaHooks(needs),
      genesis: (ctx) => void startSet(ctx, needs, 0n),
    }),
    /** The number of the set, and its first era; undefined for a set that is too old, or not there yet. */
    eraOfSet: (at: StorageAccess, setId: bigint) => storage.SetEras.get(at, setId),
  };
}
