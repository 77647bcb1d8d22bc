// The file of a receipt (docs/protocol/receipts.md §1): one JSON text whose bytes follow from its content.
import { CessError, compareBytes, messageOf, toHex0x, utf8 } from '@cess/primitives';
import type { ChainFacts } from './chain-facts.js';
import { base64Of, bytesOf, fieldsOf, hexOf, listOf, malformed, toBase64 } from './fields.js';
import { type ReceiptStatement, readStatement } from './statement.js';

const receiptFormat = 'cess-object-receipt';
const receiptVersion = 1;
/** No larger file is read. */
export const maxReceiptBytes = 32 * 1024 * 1024;
/** Nodes and values of the state proof. */
export const maxProofItems = 65_536;

/** What a receipt consists of, before anything of it is verified. */
export interface ReceiptParts {
  readonly statement: ReceiptStatement;
  /** By the node key of the gateway over the statement. */
  readonly signature: Uint8Array;
  /** SCALE. */
  readonly header: Uint8Array;
  readonly justification: Uint8Array;
  /** Nodes and values of the state trie, in the order of their bytes. */
  readonly proof: readonly Uint8Array[];
}

/** The bytes of a receipt. */
export function encodeReceipt({ statement, signature, header, justification, proof }: ReceiptParts, chain: ChainFacts) {
  const file = {
    format: receiptFormat,
    version: receiptVersion,
    statement,
    signature: toHex0x(signature),
    chain,
    finality: { header: toHex0x(header), justification: toHex0x(justification) },
    proof: [...proof].sort(compareBytes).map(toBase64),
  };
  return utf8(`${JSON.stringify(file, null, 1)}\n`);
}

/**
 * Reads a receipt, but not the facts of the chain, which follow from the proof. Throws `OBJECT_RECEIPT_TOO_LARGE`,
 * `OBJECT_RECEIPT_MALFORMED`, `OBJECT_RECEIPT_VERSION_UNKNOWN`.
 */
export function parseReceipt(bytes: Uint8Array): ReceiptParts {
  if (bytes.length > maxReceiptBytes)
    throw new CessError('OBJECT_RECEIPT_TOO_LARGE', `The receipt has ${bytes.length} bytes, more than any valid one.`);
  const file = fieldsOf(parseJson(bytes), 'the file');
  if (file['format'] !== receiptFormat) throw malformed(`its format is not ${receiptFormat}`);
  if (file['version'] !== receiptVersion) {
    throw new CessError(
      'OBJECT_RECEIPT_VERSION_UNKNOWN',
      `The receipt has version ${String(file['version']).slice(0, 32)}; this program knows version ${receiptVersion}.`,
    );
  }
  const { header, justification } = fieldsOf(file['finality'], 'finality');
  return {
    statement: readStatement(file['statement']),
    signature: bytesOf(hexOf(file['signature'], 'signature', 64)),
    header: bytesOf(hexOf(header, 'header')),
    justification: bytesOf(hexOf(justification, 'justification')),
    proof: listOf(file['proof'], 'proof', maxProofItems, base64Of),
  };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw malformed(`it is no JSON text (${messageOf(cause).slice(0, 100)})`, cause);
  }
}
