// @cess/client/light: the light client.
import '../errors.js';

export { type ProvenFile, proveFile } from './file-proof.js';
export {
  LightClient,
  type LightClientInit,
  type LightClientOptions,
  type LightConnectionInit,
  type LightStatus,
} from './light-client.js';
export { ProvenState } from './proven-state.js';
export {
  type BlockRef,
  encodeCheckpoint,
  type FinalizedBlock,
  type LightTrust,
  parseCheckpoint,
  trustOfChainSpec,
} from './trust.js';
export type { LightLimits, LightNode } from './untrusted-node.js';
