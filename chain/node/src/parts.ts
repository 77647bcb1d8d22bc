// @cess/node/parts: the parts of a chain node over their ports, for a simulator that runs many nodes in one thread.
import './errors.js';

export { Author } from './authoring/author.js';
export { ElectionDuty } from './authoring/election-duty.js';
export { parseChainSpec } from './chain-spec.js';
export { ChainView } from './chain-view.js';
export { type BlockPointer, BlockStore } from './engine/block-store.js';
export { ChainEngine, type EngineComponents } from './engine/chain-engine.js';
export { blockPrefix, type ChainReader, statePrefix } from './engine/database.js';
export type { EngineHost } from './engine/engine-host.js';
export type { EngineCalls, EngineMethod, Finalized, ImportedBlock, Proposal } from './engine/engine-types.js';
export { type ExecutedBlock, type ExecuteInput, executeBlock } from './engine/execution.js';
export { RuntimeRegistry } from './engine/runtime-registry.js';
export { openRuntimes } from './engine/runtimes.js';
export { openKeptEpoch } from './finality/kept-epoch.js';
export { VotingFinality } from './finality/voting-finality.js';
export { PoolService } from './pool/pool-service.js';
export { ChainSync } from './sync/chain-sync.js';
