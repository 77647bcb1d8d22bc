// @cess/runtime: the state transition function of the chain.
export type { Externalities, RuntimeCrypto } from './externalities.js';
export * from './primitives/common.js';
export * from './primitives/dispatch.js';
export * from './primitives/era.js';
export * from './primitives/header.js';
export type {
  GenesisConfig,
  HeaderFields,
  InherentData,
  InherentError,
  Runtime,
  RuntimeVersion,
} from './runtime.js';
