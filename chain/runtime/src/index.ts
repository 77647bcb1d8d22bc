// @cess/runtime: the state transition function of the chain.
import './errors.js';

export type { RuntimeCrypto } from '@cess/crypto';
export { OPERATIONAL_PRIORITY } from './block-limits.js';

import { session, staking } from './construct.js';

export { createRuntime } from './create-runtime.js';
export * from './declarations/index.js';
export type { Externalities } from './externalities.js';
export { type HookFailure, isStateFailure, type OnHookFailure } from './frame/contained-hooks.js';
export type { MetadataVersion } from './frame/metadata.js';
export type { GenesisConfig } from './genesis.js';
export {
  type AuditPeriodsConfig,
  type ChallengedRegistry,
  type ChallengedSlot,
  challengeAsOf,
  challengedSlots,
  MIN_PERIOD_SECONDS,
} from './pallets/audit/index.js';
export { MIN_TAGGING_SECONDS } from './pallets/file-bank/index.js';
export type {
  HeaderFields,
  InherentData,
  InherentError,
  Runtime,
} from './runtime.js';
export type { RuntimeVersion } from './version.js';

/** Who authors in the slots of a block in a slot, by seat, from the state after its parent and the beacon of that. */
export const { holdersOfSlot } = session;

/** The answer of a candidate to a trial with this seed, from the state before the block that asked. */
export const { trialAnswer } = staking;
