// Replays one log file: every whole record in order; damaged regions are stepped over to the next record that
// verifies. Memory is one window, whatever the size of the file.
import type { FragmentFile } from './fs-port.js';
import { type LogLocation, type LogRecord, maxFrameBytes, nextFrameStart, parseFrame } from './log-record.js';

const windowBytes = 1_048_576;

export interface ScanResult {
  /** End of the last whole record: where the log may be cut. */
  readonly endOffset: number;
  /** Damaged regions before it. */
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
    // Within the last frame's length of the window's end a frame might be cut, so look again from here.
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
    // Without another start, all but the last 3 bytes (a cut magic) are done with.
    at += next > 0 ? next : Math.max(1, rest.length - 3);
  }
  return { endOffset, damagedRegions };
}
