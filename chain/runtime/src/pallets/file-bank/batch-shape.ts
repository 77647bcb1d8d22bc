// The shape of a declared file: code, lengths, named holders, order id. Whether a named holder becomes the holder is
// judged in batch-holders.ts.
import { equalBytes } from '@cess/primitives';
import { fileId, fragmentLength, segmentRoot, segmentSizeBytes } from '@cess/types';
import type { Context } from '../../frame/context.js';
import { ensure } from '../../frame/failure.js';
import {
  type FileDeclaration,
  fileBankErrors,
  type SegmentDeclaration,
  fileBankStorage as storage,
} from './declaration.js';
import { fileOfOrder } from './order-ids.js';

const errors = fileBankErrors.byName;

export interface CheckedFile {
  readonly id: Uint8Array;
  readonly declaration: FileDeclaration;
  readonly segmentRoots: readonly Uint8Array[];
  readonly size: bigint;
  readonly storedBytes: bigint;
  /** The chain records the same file already. */
  readonly known: boolean;
}

function checkSegment(segment: SegmentDeclaration): void {
  const n = segment.fragments.length;
  ensure(segment.k >= 1 && segment.k <= n, errors.InvalidSegment);
  ensure(segment.ciphertext_length >= 1 && segment.ciphertext_length <= segmentSizeBytes, errors.InvalidLength);
  ensure(
    segment.fragment_length === fragmentLength(segment.ciphertext_length, segment.k),
    errors.FragmentLengthMismatch,
  );
  const holders = new Set<number>();
  for (const { holder } of segment.fragments) {
    if (holder === undefined) continue;
    ensure(!holders.has(holder), errors.DuplicateHolder);
    holders.add(holder);
  }
  ensure(holders.size >= segment.k, errors.TooFewHolders);
}

export function checkFile(ctx: Context, genesis: Uint8Array, declaration: FileDeclaration): CheckedFile {
  ensure(declaration.segments.length > 0, errors.EmptyFile);
  let size = 0n;
  let storedBytes = 0n;
  const segmentRoots = declaration.segments.map((segment) => {
    checkSegment(segment);
    size += BigInt(segment.ciphertext_length);
    storedBytes += BigInt(segment.fragment_length) * BigInt(segment.fragments.length);
    return segmentRoot({
      k: segment.k,
      ciphertextLength: segment.ciphertext_length,
      fragmentRoots: segment.fragments.map(({ root }) => root),
    });
  });
  const { owner, order_id: orderId } = declaration;
  const id = fileId({ genesis, owner, orderId, segmentRoots });
  const declared = fileOfOrder(ctx, owner, orderId);
  ensure(declared === undefined || equalBytes(declared, id), errors.OrderIdUsed);
  ensure(!storage.PendingDeletion.has(ctx, id), errors.DeletionPending);
  const known = storage.Files.has(ctx, id);
  // The order id of a deleted file stays in use until its attestations have expired.
  ensure(declared === undefined || known, errors.OrderIdUsed);
  return { id, declaration, segmentRoots, size, storedBytes, known };
}
