import { definePallet } from '../../frame/pallet.js';
import { createCounterCalls } from './calls.js';
import { counter } from './declaration.js';
import { buildCounterGenesis } from './genesis.js';
import type { CounterNeeds } from './needs.js';

/** The pallet; what other pallets use would stand beside it. */
export function createCounter(needs: CounterNeeds) {
  return {
    pallet: definePallet(counter, { calls: createCounterCalls(needs), genesis: buildCounterGenesis }),
  };
}
