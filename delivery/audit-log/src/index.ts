// @cess/audit-log: a hash-chained log of what clients asked a gateway for, in segments on disk. Whoever anchors the heads of the log
// elsewhere commits to all entries (STORE-6, ADR 61).
import './errors.js';

export { AnchorList, type AnchorState, isSameState, neverAnchored, withAnchor } from './anchor-list.js';
export { AuditLog, type AuditLogOptions } from './audit-log.js';
export type { AuditEntry } from './entry.js';
export { type LoggedEntry, type LogPosition, readAuditLog, readNewestEntries } from './read-log.js';
export { type LogCheck, verifyAuditLog } from './verify.js';
