// Running the runtime over one block: building it from transactions, or executing a given one.
import type { ApplyExtrinsicResult, Header, TransactionValidityError } from '@cess/chain-primitives';
import { CessError, type Clock, messageOf } from '@cess/primitives';
import { type HeaderFields, type HookFailure, isStateFailure, type Runtime } from '@cess/runtime';
import type { OverlayState } from '@cess/state';
import { CallAbandoned, type CallLimits, TimedState } from './timed-state.js';

export interface ExecutedBlock {
  /** The header from the runtime, without seal. */
  readonly header: Header;
  readonly extrinsics: readonly Uint8Array[];
  readonly overlay: OverlayState;
  /** Hooks that threw and were rolled back. */
  readonly hookFailures: readonly HookFailure[];
}

/** A transaction that was not included in the block. */
export interface RefusedTransaction {
  readonly index: number;
  /**
   * `full`: it may fit into a later block. `abandoned`: it exceeded the time of a call. `failed`: executing it threw, which is a
   * bug of the runtime.
   */
  readonly reason: 'invalid' | 'full' | 'abandoned' | 'failed';
  /** The error of a failed transaction. */
  readonly failure?: string;
}

export interface BuildInput {
  readonly runtime: Runtime;
  readonly overlay: OverlayState;
  readonly fields: HeaderFields;
  readonly timestampMs: bigint;
  readonly transactions: readonly ProposedTransaction[];
  /** Headers of late blocks, some of which the block references. */
  readonly lateBlocks: readonly Header[];
  readonly maxBytes: number;
  readonly clock: Clock;
  /** Milliseconds since the epoch after which no further transaction is applied. */
  readonly deadlineMs: number;
  readonly callLimits: CallLimits;
}

/** A transaction from the pool. */
export interface ProposedTransaction {
  readonly bytes: Uint8Array;
  /** Of the class Operational, as the pool validated it. Only the order and the end of the search depend on it. */
  readonly isDuty: boolean;
}

/** After this many transactions of a class that do not fit, the block counts as full for that class. */
const maxSkipsWhenFull = 16;

export function buildBlock(input: BuildInput): { executed: ExecutedBlock; refused: readonly RefusedTransaction[] } {
  const { runtime, overlay, fields } = input;
  const hookFailures: HookFailure[] = [];
  runtime.initializeBlock(overlay, fields, (failure) => hookFailures.push(failure));
  const extrinsics: Uint8Array[] = [];
  const { timestampMs, lateBlocks } = input;
  for (const inherent of runtime.inherentExtrinsics(overlay, { timestampMs, lateBlocks })) {
    const result = runtime.applyExtrinsic(overlay, inherent);
    if (result.type === 'Err') throw new CessError('BLOCK_INHERENT_REFUSED', 'The runtime refuses its own inherent.');
    extrinsics.push(inherent);
  }
  const refused: RefusedTransaction[] = [];
  let size = extrinsics.reduce((sum, { length }) => sum + length, 0);
  const skipped = { duty: 0, normal: 0 };
  for (const [index, { bytes: transaction, isDuty }] of input.transactions.entries()) {
    if (input.clock.nowMs() >= input.deadlineMs) break;
    const kind = isDuty ? 'duty' : 'normal';
    if (skipped[kind] >= maxSkipsWhenFull) continue;
    if (size + transaction.length > input.maxBytes) {
      skipped[kind]++;
      continue;
    }
    const timed = new TimedState(overlay, input.callLimits, input.clock);
    const result = applyContained(runtime, timed, transaction);
    if (result.type === 'Abandoned') {
      // A duty stays in the pool: its deadline may end before a ban, and a busy machine slows down every call.
      refused.push({ index, reason: result.isAtFault && !isDuty ? 'abandoned' : 'full' });
    } else if (result.type === 'Threw') {
      refused.push({ index, reason: 'failed', failure: result.failure });
    } else if (result.type === 'Ok') {
      extrinsics.push(transaction);
      size += transaction.length;
    } else if (isFuture(result.value)) {
      // A transaction before it did not fit; both may fit into a later block.
      refused.push({ index, reason: 'full' });
    } else if (isFull(result.value)) {
      skipped[kind]++;
      refused.push({ index, reason: 'full' });
    } else {
      refused.push({ index, reason: 'invalid' });
    }
  }
  const header = runtime.finalizeBlock(overlay, (failure) => hookFailures.push(failure));
  return { executed: { header, extrinsics, overlay, hookFailures }, refused };
}

/**
 * Applies an untrusted transaction. The runtime rolls back a transaction that throws, and the block continues without
 * it, as without one that takes too long. An error while reading the state is a fault of this node and is rethrown.
 */
function applyContained(
  runtime: Runtime,
  state: TimedState,
  transaction: Uint8Array,
):
  | ApplyExtrinsicResult
  | { readonly type: 'Threw'; readonly failure: string }
  | { readonly type: 'Abandoned'; readonly isAtFault: boolean } {
  try {
    return runtime.applyExtrinsic(state, transaction);
  } catch (thrown) {
    if (thrown instanceof CallAbandoned) return { type: 'Abandoned', isAtFault: thrown.isAtFault };
    if (isStateFailure(thrown)) throw thrown;
    return { type: 'Threw', failure: messageOf(thrown) };
  }
}

export interface ExecuteInput {
  readonly runtime: Runtime;
  readonly overlay: OverlayState;
  readonly fields: HeaderFields;
  readonly nowMs: bigint;
  readonly extrinsics: readonly Uint8Array[];
}

type Built = ReturnType<typeof buildBlock> & { readonly degraded?: string };

type Untrusted = Pick<BuildInput, 'transactions' | 'lateBlocks'>;

/** Builds the block. If that fails, builds it without what comes from others, so that untrusted input cannot halt the chain. */
export function buildOrDegrade(build: (untrusted: Untrusted) => Built, untrusted: Untrusted): Built {
  try {
    return build(untrusted);
  } catch (thrown) {
    const isEmpty = untrusted.transactions.length === 0 && untrusted.lateBlocks.length === 0;
    if (isStateFailure(thrown) || isEmpty) throw thrown;
    return { ...build({ transactions: [], lateBlocks: [] }), degraded: messageOf(thrown) };
  }
}

/** Throws `BLOCK_INVALID` when an extrinsic or inherent does not belong into the block. */
export function executeBlock(input: ExecuteInput): ExecutedBlock {
  const { runtime, overlay, fields, extrinsics } = input;
  const inherents = runtime.checkInherents(overlay, extrinsics, { timestampMs: input.nowMs });
  if (!inherents.ok) throw new CessError('BLOCK_INVALID', 'The block has wrong inherents.', { ...inherents.error });
  const hookFailures: HookFailure[] = [];
  runtime.initializeBlock(overlay, fields, (failure) => hookFailures.push(failure));
  for (const [index, extrinsic] of extrinsics.entries()) {
    const result = runtime.applyExtrinsic(overlay, extrinsic);
    if (result.type === 'Err') {
      throw new CessError('BLOCK_INVALID', 'The block holds an extrinsic that may not be included.', {
        index,
        reason: result.value.value.type,
      });
    }
  }
  const header = runtime.finalizeBlock(overlay, (failure) => hookFailures.push(failure));
  return { header, extrinsics, overlay, hookFailures };
}

function isFuture(error: TransactionValidityError): boolean {
  return error.type === 'Invalid' && error.value.type === 'Future';
}

function isFull(error: TransactionValidityError): boolean {
  return error.type === 'Invalid' && error.value.type === 'ExhaustsResources';
}
