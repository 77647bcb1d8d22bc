// @cess/types: ids, receipts, attestations and references that several layers exchange.
import './errors.js';

export { type Anchor, anchorHistory, noAnchors } from './anchor.js';
export { candidateKeyMessage } from './candidate.js';
export { type HoldingClaim, type HoldingEntry, holdingDigest, nodeKeyPossessionMessage } from './holding.js';
export {
  type FileId,
  type FileIdentity,
  fileId,
  indexOrderId,
  isIndexOrder,
  type OrderId,
  type OrderSeed,
  orderId,
  type SegmentShape,
  segmentRoot,
} from './ids.js';
export { fragmentLength, maxFragments, segmentSizeBytes, shardSizeBytes } from './layout.js';
export {
  type Receipt,
  type ReceiptFields,
  type ReceiptJson,
  receiptFromJson,
  receiptMessage,
  receiptToJson,
} from './receipt.js';
export type { FragmentPlace, OrderPlace, RoundRef } from './references.js';
export { softwareEvidenceMessage, type Verdict, verdictDigest } from './tee.js';
