// One structured log file for all roles of the embedded network, rotated at every start when it is over its size limit. Each
// role logs through a child logger that sets `role` once: most readers drop a key that a line has twice.
import { existsSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '@cess/primitives';
import { pino } from 'pino';

const maxLogBytes = 32 * 1024 * 1024;

export interface FileLogger {
  readonly logger: Logger;
  flush(): void;
}

/** Appends to `file`; rotates a file over the size limit to `file.1`. */
export function openLog(file: string, level: string): FileLogger {
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(file) && statSync(file).size > maxLogBytes) renameSync(file, `${file}.1`);
  // Open the file synchronously: a destination that opens asynchronously cannot be flushed when the start fails early.
  const destination = pino.destination({ dest: openSync(file, 'a'), sync: false, minLength: 0 });
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return {
    logger,
    flush: () => destination.flushSync(),
  };
}
