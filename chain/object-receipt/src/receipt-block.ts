import { parseReceipt } from './envelope.js';

/** Height of the block that a receipt is of, to find who finalized it; not verified. Throws `OBJECT_RECEIPT_…` for what is no receipt. */
export function receiptBlock(receipt: Uint8Array): number {
  return parseReceipt(receipt).statement.block.number;
}
