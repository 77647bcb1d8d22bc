// @cess/object-receipt: receipts of stored objects: their format, how a gateway issues one, and how anyone verifies it offline, also in
// a browser (docs/protocol/receipts.md).
import './errors.js';

export { type FinalizedState, issueReceipt } from './issue.js';
export { checkObjectBytes } from './object-check.js';
export type { ReceiptFile } from './statement.js';
export { type ReceiptTrust, verifyReceipt } from './verify.js';
