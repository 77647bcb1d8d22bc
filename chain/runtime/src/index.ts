// @cess/runtime: the state transition function of the chain.
import './errors.js';

export type { RuntimeCrypto } from '@cess/crypto';
export { createRuntime } from './create-runtime.js';
export * from './declarations.js';
export type { Externalities } from './externalities.js';
export type { RuntimeCall, RuntimeEvent } from './frame/assemble.js';
export type { MetadataVersion } from './frame/metadata.js';
export { MIN_PERIOD_SECONDS } from './genesis.js';
export type {
  AuditPeriodsConfig,
  GenesisConfig,
  HeaderFields,
  InherentData,
  InherentError,
  Runtime,
  RuntimeVersion,
} from './runtime.js';
