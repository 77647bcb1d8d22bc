// Running the runtime over one block: building it from transactions, or executing a given one.
import type { Header, TransactionValidityError } from '@cess/chain-primitives';
import { CessError } from '@cess/primitives';
import type { HeaderFields, Runtime } from '@cess/runtime';
import type { OverlayState } from '@cess/state';

export interface ExecutedBlock {
  /** As the runtime made it: without seal. */
  readonly header: Header;
  readonly extrinsics: readonly Uint8Array[];
  readonly overlay: OverlayState;
}

/** A transaction that did not get into the block. */
export interface RefusedTransaction {
  readonly index: number;
  /** `full`: it may fit into a later block. */
  readonly reason: 'invalid' | 'full';
}

export interface BuildInput {
  readonly runtime: Runtime;
  readonly overlay: OverlayState;
  readonly fields: HeaderFields;
  readonly timestampMs: bigint;
  readonly transactions: readonly Uint8Array[];
  readonly maxBytes: number;
  /** True when the block must be closed now, whatever is left. */
  isOverdue(): boolean;
}

/** After this many transactions that do not fit, the block counts as full. */
const maxSkipsWhenFull = 16;

export function buildBlock(input: BuildInput): { executed: ExecutedBlock; refused: readonly RefusedTransaction[] } {
  const { runtime, overlay, fields } = input;
  runtime.initializeBlock(overlay, fields);
  const extrinsics: Uint8Array[] = [];
  for (const inherent of runtime.inherentExtrinsics(overlay, { timestampMs: input.timestampMs })) {
    const result = runtime.applyExtrinsic(overlay, inherent);
    if (result.type === 'Err') throw new CessError('BLOCK_INHERENT_REFUSED', 'The runtime refuses its own inherent.');
    extrinsics.push(inherent);
  }
  const refused: RefusedTransaction[] = [];
  let size = extrinsics.reduce((sum, { length }) => sum + length, 0);
  let skipped = 0;
  for (const [index, transaction] of input.transactions.entries()) {
    if (skipped >= maxSkipsWhenFull || input.isOverdue()) break;
    if (size + transaction.length > input.maxBytes) {
      skipped++;
      continue;
    }
    const result = runtime.applyExtrinsic(overlay, transaction);
    if (result.type === 'Ok') {
      extrinsics.push(transaction);
      size += transaction.length;
    } else if (isFull(result.value)) {
      skipped++;
      refused.push({ index, reason: 'full' });
    } else {
      refused.push({ index, reason: 'invalid' });
    }
  }
  return { executed: { header: runtime.finalizeBlock(overlay), extrinsics, overlay }, refused };
}

export interface ExecuteInput {
  readonly runtime: Runtime;
  readonly overlay: OverlayState;
  readonly fields: HeaderFields;
  readonly nowMs: bigint;
  readonly extrinsics: readonly Uint8Array[];
}

/** Throws `BLOCK_INVALID` when an extrinsic or inherent does not belong into the block. */
export function executeBlock(input: ExecuteInput): ExecutedBlock {
  const { runtime, overlay, fields, extrinsics } = input;
  const inherents = runtime.checkInherents(overlay, extrinsics, { timestampMs: input.nowMs });
  if (!inherents.ok) throw new CessError('BLOCK_INVALID', 'The block has wrong inherents.', { ...inherents.error });
  runtime.initializeBlock(overlay, fields);
  for (const [index, extrinsic] of extrinsics.entries()) {
    const result = runtime.applyExtrinsic(overlay, extrinsic);
    if (result.type === 'Err') {
      throw new CessError('BLOCK_INVALID', 'The block holds an extrinsic that may not be included.', {
        index,
        reason: result.value.value.type,
      });
    }
  }
  return { header: runtime.finalizeBlock(overlay), extrinsics, overlay };
}

function isFull(error: TransactionValidityError): boolean {
  return error.type === 'Invalid' && error.value.type === 'ExhaustsResources';
}
