// @cess/object-receipt: receipts of stored objects: their format, how a gateway issues one, and how anyone verifies it offline, also in
// a browser (docs/protocol/receipts.md).
import './errors.js';

export { type ChainFacts, type FileFact, type FragmentFact, maxReceiptSegments } from './chain-facts.js';
export { ciphertextRanges, touchedSegments } from './extents.js';
export { type FinalizedState, finalizedStateOf, issueReceipt } from './issue.js';
export { checkObjectBytes } from './object-check.js';
export { receiptBlock } from './receipt-block.js';
export type { ReceiptExtent, ReceiptFile, ReceiptShards, ReceiptStream } from './statement.js';
export { type ReceiptTrust, type VerifiedReceipt, verifyReceipt } from './verify.js';
