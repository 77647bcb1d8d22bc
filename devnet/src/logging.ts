// One structured log file for all roles of the embedded network. The main thread owns and rotates it; the provider thread and
// the role processes append to it. Each role logs through a child logger that sets `role` once: most readers drop a key that a
// line has twice.
import type { Logger } from '@cess/primitives';
import { openLogFile } from '@cess/role-process';
import { pino } from 'pino';

/** Appends to `file`. Lines are written before the call of the logger returns. */
export function openLog(file: string, level: string, isOwner: boolean): Logger {
  const destination = openLogFile({ file, isOwner, nowMs: Date.now });
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
}
