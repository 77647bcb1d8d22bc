// Weights of Sminer.
import type { Weight } from '@cess/chain-primitives';
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';
import { MAX_REPAID_OWNERS } from './declaration.js';

const table = weightTable.Sminer;

/** Weight of a call that costs the same whatever it finds. */
export function weightOf(call: Exclude<keyof typeof table, 'increase_collateral' | 'onInitialize'>): Weight {
  return refTime(table[call].base);
}

/** Weight of an addition of collateral that pays so many owners. */
export function collateralWeight(owners = MAX_REPAID_OWNERS): Weight {
  const { base, owner } = table.increase_collateral;
  return refTime(base + owner * BigInt(owners));
}

/** Weight of an entry that is released, or moved, after a look at so many questions of the provider. */
export function releaseWeight(questions: number): Weight {
  const { released, question } = table.onInitialize;
  return refTime(released + question * BigInt(questions));
}

/** Weight of a migration that looks at so many providers. */
export function migrationWeight(providers: number): Weight {
  return refTime(BigInt(providers) * table.onInitialize.released);
}
