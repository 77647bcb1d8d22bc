// The file of a receipt (docs/protocol/receipts.md §1): one JSON text whose bytes follow from its content.
import type { SetChange } from '@cess/client';
import { CessError, compareBytes, messageOf, toHex0x, utf8 } from '@cess/primitives';
import type { ChainFacts } from './chain-facts.js';
import { base64Of, bytesOf, fieldsOf, hexOf, listOf, malformed, toBase64 } from './fields.js';
import { type ReceiptStatement, readStatement } from './statement.js';

const receiptFormat = 'cess-object-receipt';
/** Without changes of the voters, and with them. */
const versions = { alone: 1, withChanges: 2 } as const;
/** No larger file is read. */
export const maxReceiptBytes = 32 * 1024 * 1024;
/** Nodes and values of the state proof. */
export const maxProofItems = 65_536;
/** With four eras a day, those of more than two and a half years. */
export const maxSetChanges = 4096;

/** What a receipt consists of, before anything of it is verified. */
export interface ReceiptParts {
  readonly statement: ReceiptStatement;
  /** By the node key of the gateway over the statement. */
  readonly signature: Uint8Array;
  /** SCALE. */
  readonly header: Uint8Array;
  readonly justification: Uint8Array;
  /** How the voters changed before the block, from set 0 on. */
  readonly setChanges: readonly SetChange[];
  /** Nodes and values of the state trie, in the order of their bytes. */
  readonly proof: readonly Uint8Array[];
}

/** The bytes of a receipt. */
export function encodeReceipt(parts: ReceiptParts, chain: ChainFacts): Uint8Array {
  const { statement, signature, header, justification, setChanges, proof } = parts;
  const proven = (change: SetChange) => ({
    header: toHex0x(change.header),
    justification: toHex0x(change.justification),
  });
  const finality = proven({ header, justification });
  const file = {
    format: receiptFormat,
    version: setChanges.length === 0 ? versions.alone : versions.withChanges,
    statement,
    signature: toHex0x(signature),
    chain,
    finality: setChanges.length === 0 ? finality : { ...finality, setChanges: setChanges.map(proven) },
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
  const version = file['version'];
  if (version !== versions.alone && version !== versions.withChanges) {
    throw new CessError(
      'OBJECT_RECEIPT_VERSION_UNKNOWN',
      `The receipt has version ${String(version).slice(0, 32)}; this program knows versions 1 and 2.`,
    );
  }
  const finality = fieldsOf(file['finality'], 'finality');
  const isAlone = version === versions.alone;
  return {
    statement: readStatement(file['statement']),
    signature: bytesOf(hexOf(file['signature'], 'signature', 64)),
    ...provenHeader(finality),
    setChanges: isAlone
      ? []
      : listOf(finality['setChanges'], 'setChanges', maxSetChanges, (value) =>
          provenHeader(fieldsOf(value, 'a change of the voters')),
        ),
    proof: listOf(file['proof'], 'proof', maxProofItems, base64Of),
  };
}

function provenHeader({ header, justification }: Readonly<Record<string, unknown>>): SetChange {
  return {
    header: bytesOf(hexOf(header, 'header')),
    justification: bytesOf(hexOf(justification, 'justification')),
  };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw malformed(`it is no JSON text (${messageOf(cause).slice(0, 100)})`, cause);
  }
}
