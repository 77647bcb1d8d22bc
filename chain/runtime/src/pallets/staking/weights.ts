// Weights of Staking.
import type { Weight } from '@cess/chain-primitives';
import { refTime } from '../../frame/weight.js';
import { weightTable } from '../../weight-table.js';

const { onInitialize, ...calls } = weightTable.Staking;

/** Weight of a call. None depends on its arguments. */
export function weightOf(call: keyof typeof calls): Weight {
  return refTime(calls[call].base);
}

export const hookSteps = {
  member: (count: number): Weight => refTime(onInitialize.member * BigInt(count)),
  trial: (candidates: number): Weight => refTime(onInitialize.trial + onInitialize.asked * BigInt(candidates)),
  candidate: (count: number): Weight => refTime(onInitialize.candidate * BigInt(count)),
};
