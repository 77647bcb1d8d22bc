// @cess/role-process: the common parts of every role process: configuration file, keys, lifecycle and supervision.
import './errors.js';

export {
  byteCountSchema,
  type ChainRoleConfig,
  chainRoleExample,
  chainRoleShape,
  hiddenSecret,
  httpUrlSchema,
  logLevelSchema,
  metricsExample,
  metricsShape,
  parseRoleConfig,
  portSchema,
  type RoleConfigFormat,
  readRoleConfig,
  resolveChainRolePaths,
  serverShape,
} from './config-file.js';
export { createFatalHandler, type FatalInit, handleUncaught } from './fatal.js';
export {
  abandonUnreachableChain,
  type ChainRoleSecrets,
  chainEndpointOf,
  connectChain,
  openChainRole,
  readChainRole,
  readChainSpec,
  readRoleSecret,
} from './keys.js';
export { type P2pConfig, p2pSchema } from './p2p-config.js';
export { joinPeerNetwork, openPeerNetwork, peerSeedOf, publishRole } from './peer-network.js';
export {
  type OpenRole,
  type Role,
  type RoleContext,
  type RoleEnvironment,
  type RoleProcessConfig,
  runRole,
} from './process.js';
export { openLogFile } from './role-log.js';
export type {
  GatewayReport,
  NodeReport,
  ProviderReport,
  RoleCalls,
  RoleNotice,
  RoleQuestion,
  TeeReport,
} from './supervision.js';
