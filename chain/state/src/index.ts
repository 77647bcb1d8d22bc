// @cess/state: the Substrate state trie (V1), states of many blocks in one store, overlays, read proofs.
import './errors.js';

export { orderedTrieRoot, trieRootOf } from './ordered-root.js';
export { type OverlayBase, OverlayState } from './overlay-state.js';
export { type ProvenValue, verifyReadProof } from './read-proof.js';
export { readRange, type StateRange } from './state-range.js';
export {
  emptyRoot,
  type PreparedState,
  type StateChanges,
  StateReader,
  StateStore,
  stateRecordTables,
} from './state-store.js';
export { emptyTrieRoot, type StateVersion } from './trie-node.js';
export type { TrieRoot } from './trie-reader.js';
