// Compares a log with its anchors: the heads that the chain recorded for it.
import { equalBytes, isCessError } from '@cess/primitives';
import { beginning, type LogPosition, readAuditLog } from './read-log.js';

export interface LogCheck extends LogPosition {
  /** Entries that were removed with old segments. */
  readonly removed: number;
  /** Up to this entry the log is what its account committed to. */
  readonly anchored: number;
  /** Anchors that the log contradicts, or that it does not reach. */
  readonly contradicted: readonly LogPosition[];
  /** Anchors of entries that are no longer kept. */
  readonly outside: number;
  /** What ends the readable part before the end of the log. */
  readonly damage: string | undefined;
}

/** Reads the whole log in `folder`. */
export async function verifyAuditLog(folder: string, anchors: readonly LogPosition[]): Promise<LogCheck> {
  const open = new Map(anchors.map((anchor) => [anchor.sequence, anchor]));
  const contradicted: LogPosition[] = [];
  let end = beginning;
  let first: number | undefined;
  let anchored = 0;
  let damage: string | undefined;
  try {
    for await (const { sequence, head } of readAuditLog(folder)) {
      first ??= sequence;
      end = { sequence, head };
      const anchor = open.get(sequence);
      if (anchor === undefined) continue;
      open.delete(sequence);
      if (!equalBytes(anchor.head, head)) contradicted.push(anchor);
      else if (contradicted.length === 0) anchored = sequence;
    }
  } catch (error) {
    if (!isCessError(error, 'AUDIT_LOG_DAMAGED', 'RECORD_VERSION')) throw error;
    damage = error.message;
  }
  const removed = (first ?? 1) - 1;
  const unmet = [...open.values()];
  contradicted.push(...unmet.filter(({ sequence }) => sequence > removed));
  return {
    ...end,
    removed,
    anchored,
    contradicted,
    outside: unmet.length - contradicted.filter((each) => unmet.includes(each)).length,
    damage,
  };
}
