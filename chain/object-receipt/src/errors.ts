// The error codes of this package (docs/errors.md lists those of all packages).
import { type DataOf, declareErrors } from '@cess/primitives';

export const errors = declareErrors({
  OBJECT_RECEIPT_ALTERED: {
    meaning: 'The text of a receipt differs from what its proofs and its signature say.',
    remedy: 'Request a new receipt from the gateway, and keep its bytes as they are.',
    retryable: false,
  },
  OBJECT_RECEIPT_FACT_MISSING: {
    meaning: 'The finalized state does not have a record that the receipt needs.',
    remedy: 'Wait until the object is declared; if it was deleted, there is no receipt for it any more.',
    retryable: true,
  },
  OBJECT_RECEIPT_FINALITY_INVALID: {
    meaning: 'The finality proof of a receipt does not verify with the authorities that you trust.',
    remedy: 'Check that the genesis and the authorities are those of the chain; otherwise reject the receipt.',
    retryable: false,
  },
  OBJECT_RECEIPT_MALFORMED: {
    meaning: 'The bytes are not a receipt.',
    remedy: 'Check the file; a receipt is the unmodified answer of the gateway.',
    retryable: false,
  },
  OBJECT_RECEIPT_OBJECT_MISMATCH: {
    meaning: 'The bytes are not those of the object that the receipt is for.',
    remedy: 'Compare the key and the version; the bytes may belong to another version.',
    retryable: false,
  },
  OBJECT_RECEIPT_PROOF_INVALID: {
    meaning: 'The state proof of a receipt is incomplete or does not match its block.',
    remedy: 'Reject the receipt, and request a new one.',
    retryable: false,
  },
  OBJECT_RECEIPT_SIGNATURE_INVALID: {
    meaning: 'The statement of a receipt is not signed by the gateway that the chain records.',
    remedy: 'Reject the receipt, and request a new one.',
    retryable: false,
  },
  OBJECT_RECEIPT_STATEMENT_INVALID: {
    meaning: 'The statement of a receipt contradicts itself or the state of the chain.',
    remedy: 'Reject the receipt, and ask the operator of the gateway.',
    retryable: false,
  },
  OBJECT_RECEIPT_TOO_LARGE: {
    meaning: 'A receipt, or the object that it is for, exceeds the limits of the format.',
    remedy: 'Request receipts of smaller objects; cess file show --verify proves single files of any size.',
    retryable: false,
  },
  OBJECT_RECEIPT_UNPROVABLE: {
    meaning: 'The chain node cannot prove that its finalized block is final, or how the voters changed before it.',
    remedy: 'Try again in a few seconds. If it goes on, connect the gateway to a chain node with all headers.',
    retryable: true,
  },
  OBJECT_RECEIPT_VERSION_UNKNOWN: {
    meaning: 'A receipt has a version that this program does not know.',
    remedy: 'Use a newer version of the program.',
    retryable: false,
  },
  OBJECT_RECEIPT_WRONG_CHAIN: {
    meaning: 'A receipt is of another chain than the one that you trust.',
    remedy: 'Pass the genesis and the authorities of the chain of the receipt, if you trust them.',
    retryable: false,
  },
});

declare module '@cess/primitives' {
  interface ErrorCodes extends DataOf<typeof errors> {}
}
