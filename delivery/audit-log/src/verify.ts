// Compares a log with its anchors: the heads that the chain recorded for it.
import { equalBytes, isCessError } from '@cess/primitives';
import { type AnchorState, isSameState, neverAnchored, type ReadAnchors, readAnchors } from './anchor-list.js';
import { beginning, type LogPosition, readAuditLog } from './read-log.js';

const maxContradicted = 100;

export interface LogCheck extends LogPosition {
  /** Entries that were removed with old segments. */
  readonly removed: number;
  /** Up to this entry the log is what its account committed to. */
  readonly anchored: number;
  /** Anchors that the log agrees with. */
  readonly agreeing: number;
  /** Number of anchors that the log contradicts, or that it does not reach. */
  readonly contradictions: number;
  /** The first of them, at most 100. */
  readonly contradicted: readonly LogPosition[];
  /** Anchors of entries that are no longer kept. */
  readonly outside: number;
  /** Anchors that the chain counts and the folder does not have: the log was replaced, or its list of anchors was lost. */
  readonly missing: number;
  /** Whether every anchor that is not of a removed entry was compared, and none is contradicted, and nothing is damaged. */
  readonly isSound: boolean;
  /** What ends the readable part before the end of the log. */
  readonly damage: string | undefined;
}

/**
 * Reads the whole log in `folder`, and compares it with every anchor. `known` is what the chain has for the log: the list of anchors in the
 * folder counts only if the chain's hash proves it. Memory is bounded by one segment and the list. Throws the reason of `signal` when it
 * aborts.
 */
export async function verifyAuditLog(
  folder: string,
  known: AnchorState = neverAnchored,
  signal?: AbortSignal,
): Promise<LogCheck> {
  const { anchors, missing } = await provenAnchors(folder, known);
  const open = anchors[Symbol.iterator]();
  let next = open.next();
  const contradicted: LogPosition[] = [];
  let contradictions = 0;
  const contradict = (anchor: LogPosition) => {
    contradictions++;
    if (contradicted.length < maxContradicted) contradicted.push(anchor);
  };
  let end = beginning;
  let first: number | undefined;
  let [anchored, agreeing, outside] = [0, 0, 0];
  let damage: string | undefined;
  try {
    for await (const { sequence, head } of readAuditLog(folder)) {
      signal?.throwIfAborted();
      first ??= sequence;
      end = { sequence, head };
      for (; next.done !== true && next.value.sequence < sequence; next = open.next()) outside++;
      if (next.done === true || next.value.sequence !== sequence) continue;
      if (!equalBytes(next.value.head, head)) contradict(next.value);
      else {
        agreeing++;
        if (contradictions === 0) anchored = sequence;
      }
      next = open.next();
    }
  } catch (error) {
    if (!isCessError(error, 'AUDIT_LOG_DAMAGED', 'RECORD_VERSION')) throw error;
    damage = error.message;
  }
  for (; next.done !== true; next = open.next()) contradict(next.value);
  const removed = (first ?? 1) - 1;
  const isSound = damage === undefined && contradictions === 0 && missing === 0;
  return { ...end, removed, anchored, agreeing, contradictions, contradicted, outside, missing, isSound, damage };
}

/** The anchors whose content is proven, in their order, and how many others the chain counts. */
async function provenAnchors(
  folder: string,
  known: AnchorState,
): Promise<{ readonly anchors: Iterable<LogPosition>; readonly missing: number }> {
  if (known.count === 0) return { anchors: [], missing: 0 };
  const list = await readAnchors(folder);
  if (list !== undefined && (isSameState(list.start, known) || some(list.later, known)))
    return { anchors: anchorsUntil(list, known), missing: Math.max(0, list.start.count - 1) };
  return { anchors: [known], missing: known.count - 1 };
}

function some(states: Iterable<AnchorState>, known: AnchorState): boolean {
  for (const state of states) if (isSameState(state, known)) return true;
  return false;
}

/** What follows `known` in the list is on its way to the chain. */
function* anchorsUntil({ start, later }: ReadAnchors, known: AnchorState): Generator<LogPosition, void, undefined> {
  if (start.count > 0) yield start;
  if (start.count === known.count) return;
  for (const state of later) {
    yield state;
    if (state.count === known.count) return;
  }
}
