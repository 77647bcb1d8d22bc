// Verifies a receipt offline (docs/protocol/receipts.md §5), in Node.js and in browsers. It needs nothing but the bytes of the receipt
// and the chain that the caller trusts.
import {
  type AuthoritySet,
  followEachChange,
  type Header,
  headerCodec,
  headerHash,
  openReadProof,
  verifyFinality,
} from '@cess/client';
import { verifyEd25519 } from '@cess/crypto';
import { CessError, equalBytes, fromHex, isCessError, toHex0x } from '@cess/primitives';
import { type ChainFacts, readFacts, wantedFacts } from './chain-facts.js';
import { checkStatement } from './consistency.js';
import { encodeReceipt, maxProofItems, maxReceiptBytes, parseReceipt, type ReceiptParts } from './envelope.js';
import { invalidStatement } from './extents.js';
import { malformed } from './fields.js';
import type { ReadState } from './read-state.js';
import { type ReceiptStatement, statementMessage } from './statement.js';

/** The chain that a verifier trusts. */
export interface ReceiptTrust {
  /** Undefined: the chain of the authorities, whose state proves its genesis. */
  readonly genesis: Uint8Array | undefined;
  /** The voters that finalized the block of the receipt, or a set before them: from the chain specification, or from a checkpoint. */
  readonly authorities: AuthoritySet;
}

/** What a valid receipt says, by who vouches for it. */
export interface VerifiedReceipt {
  /** Signed by the gateway. */
  readonly statement: ReceiptStatement;
  /** Proven by the chain. */
  readonly chain: ChainFacts;
}

/** Throws an `OBJECT_RECEIPT_…` error for bytes that are not exactly a valid receipt of the trusted chain. */
export async function verifyReceipt(bytes: Uint8Array, trust: ReceiptTrust): Promise<VerifiedReceipt> {
  const parts = parseReceipt(bytes);
  const { statement, signature } = parts;
  if (trust.genesis !== undefined && !equalBytes(fromHex(statement.genesis), trust.genesis)) {
    throw new CessError(
      'OBJECT_RECEIPT_WRONG_CHAIN',
      `The receipt is of the chain with genesis ${statement.genesis}, not of ${toHex0x(trust.genesis)}.`,
    );
  }
  const header = finalizedHeader(parts, trust.authorities);
  const chain = await provenFacts(parts, header);
  if (!verifyEd25519(signature, statementMessage(statement), fromHex(chain.gateway.nodeKey))) {
    throw new CessError(
      'OBJECT_RECEIPT_SIGNATURE_INVALID',
      'The statement of the receipt is not signed with the node key of the gateway.',
    );
  }
  checkStatement(statement, chain);
  // Whatever is not part of the verified content is not part of a receipt, and every value has one spelling.
  if (!equalBytes(encodeReceipt(parts, chain), bytes)) {
    throw new CessError('OBJECT_RECEIPT_ALTERED', 'The text of the receipt differs from what its proofs say.');
  }
  return { statement, chain };
}

/** Throws `OBJECT_RECEIPT_FINALITY_INVALID` or `OBJECT_RECEIPT_STATEMENT_INVALID`. */
function finalizedHeader(parts: ReceiptParts, trusted: AuthoritySet): Header {
  const { header: encoded, justification, statement } = parts;
  const header = decodeHeader(encoded);
  const authorities = votersOf(parts, header, trusted);
  const finalized = verifyFinality({ header, justification, authorities });
  if (!finalized.ok) throw notFinalized(finalized.error);
  const { number, hash } = statement.block;
  if (number !== header.number || hash !== toHex0x(headerHash(header)))
    throw invalidStatement('the signed block is not the finalized one');
  return header;
}

/** The voters that finalized the block, by the changes since the trusted set. Changes before that are not needed. */
function votersOf({ setChanges }: ReceiptParts, header: Header, trusted: AuthoritySet): AuthoritySet {
  const followed = followEachChange(setChanges.slice(Number(trusted.setId)), trusted);
  if (!followed.ok) throw notFinalized(followed.error);
  const { set, number } = followed.value;
  if (number !== undefined && number >= header.number) {
    throw notFinalized(undefined, 'A change of the voters is not before the block.');
  }
  return set;
}

function notFinalized(cause: CessError | undefined, message = cause?.message ?? ''): CessError {
  return new CessError('OBJECT_RECEIPT_FINALITY_INVALID', message, {}, { cause });
}

function decodeHeader(encoded: Uint8Array): Header {
  try {
    return headerCodec.decode(encoded);
  } catch (cause) {
    throw malformed('its header is not readable', cause);
  }
}

/** What the state after the block says of the files. Throws `OBJECT_RECEIPT_PROOF_INVALID` and the errors of `readFacts`. */
async function provenFacts({ statement, proof }: ReceiptParts, header: Header): Promise<ChainFacts> {
  const used = new Set<Uint8Array>();
  const limits = { maxItems: maxProofItems, maxBytes: maxReceiptBytes };
  const opened = openReadProof(header.state_root, proof, { limits, onUsed: (item) => used.add(item) });
  if (!opened.ok) throw invalidProof(opened.error);
  const read: ReadState = async (keys) =>
    keys.map((key) => {
      const proven = opened.value(key);
      if (!proven.ok) throw invalidProof(proven.error);
      return proven.value.type === 'present' ? proven.value.value : undefined;
    });
  const chain = await readFacts(read, wantedFacts(statement)).catch((error: unknown) => {
    throw isCessError(error, 'SCALE_MALFORMED') ? invalidProof(error) : error;
  });
  if (used.size !== proof.length) throw invalidProof(undefined, 'it has parts that nothing needs');
  return chain;
}

function invalidProof(cause: CessError | undefined, reason = cause?.message ?? ''): CessError {
  return new CessError(
    'OBJECT_RECEIPT_PROOF_INVALID',
    `The state proof of the receipt is invalid: ${reason}`,
    {},
    { cause },
  );
}
