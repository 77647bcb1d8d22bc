// @cess/index-export: the index of a gateway as files in the network, and a new index from them (ADR 73).
import './errors.js';

export type { ExportEntry } from './export-file.js';
export { exportLogName, ownerOfLogName } from './log-name.js';
export { OwnerStream } from './owner-stream.js';
export { type RecoveredIndex, type RecoveryProgress, recoverIndex, type StrayFile } from './recovery/recover-index.js';
export type {
  FragmentSource,
  IndexAnchor,
  RecordedFile,
  RecordedSegment,
  RecoveryChain,
} from './recovery/recovery-ports.js';
export { StreamFollower } from './recovery/stream-follower.js';
export { type DeclaredFile, type UnknownOrder, UnknownOrders } from './recovery/unknown-orders.js';
export { type StreamState, streamStateRecord } from './stream-state.js';
