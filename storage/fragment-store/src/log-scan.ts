// Replays one log file: all valid records in order. After a damaged region it continues at the next valid record. It holds
// one window in memory, for any file size.
import type { FragmentFile } from './fs-port.js';
import { type LogLocation, type LogRecord, maxFrameBytes, nextFrameStart, parseFrame } from './log-record.js';

const windowBytes = 1_048_576;

export interface ScanResult {
  /** End of the last valid record. The log may be truncated there. */
  readonly endOffset: number;
  /** Damaged regions before that end. */
  readonly damagedRegions: number;
}

export interface ScanInput {
  readonly file: FragmentFile;
  readonly log: number;
  readonly storeId: Uint8Array;
  readonly onRecord: (record: LogRecord, location: LogLocation) => void;
}

export async function scanLog({ file, log, storeId, onRecord }: ScanInput): Promise<ScanResult> {
  const fileSize = await file.size();
  const buffer = new Uint8Array(windowBytes + maxFrameBytes);
  let windowStart = 0;
  let window = buffer.subarray(0, 0);
  let at = 0;
  let endOffset = 0;
  let damagedRegions = 0;
  let inDamage = false;
  const refill = async () => {
    windowStart = at;
    window = buffer.subarray(0, await file.read(buffer.subarray(0, Math.min(buffer.length, fileSize - at)), at));
  };
  while (at < fileSize) {
    const rest = window.subarray(at - windowStart);
    // Near the end of the window a frame may be incomplete, so the next window starts here.
    if (rest.length < Math.min(maxFrameBytes, fileSize - at)) {
      await refill();
      if (window.length === 0) break;
      continue;
    }
    const parsed = parseFrame(rest, storeId, log, at);
    if (parsed.kind === 'record') {
      if (inDamage) damagedRegions++;
      inDamage = false;
      onRecord(parsed.record, { log, offset: at, size: parsed.size });
      at += parsed.size;
      endOffset = at;
      continue;
    }
    inDamage = true;
    const next = nextFrameStart(rest);
    // Without another frame start, only the last 3 bytes (an incomplete magic) are still needed.
    at += next > 0 ? next : Math.max(1, rest.length - 3);
  }
  return { endOffset, damagedRegions };
}
