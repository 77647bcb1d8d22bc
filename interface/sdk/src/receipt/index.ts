// @cess/sdk/receipt: receipts of stored objects, and their verification offline.
import '../errors.js';

export {
  checkObjectBytes,
  type ReceiptTrust,
  receiptBlock,
  type VerifiedReceipt,
  verifyReceipt,
} from '@cess/object-receipt';
export { type GetReceiptOptions, getReceipt } from './get-receipt.js';
export { verifyReceiptWith } from './verify-receipt-with.js';
