// One structured log file for all roles of the embedded network, bounded at every start. Who writes says so by a child logger
// with `role`, once: a key that a line has twice is lost to most readers.
import { existsSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '@cess/primitives';
import { pino } from 'pino';

const maxLogBytes = 32 * 1024 * 1024;

export interface FileLogger {
  readonly logger: Logger;
  flush(): void;
}

/** Appends to `file`; one that has grown too large becomes `file.1`. */
export function openLog(file: string, level: string): FileLogger {
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(file) && statSync(file).size > maxLogBytes) renameSync(file, `${file}.1`);
  // Opened here: a destination that opens by itself cannot be flushed by a start that fails at once.
  const destination = pino.destination({ dest: openSync(file, 'a'), sync: false, minLength: 0 });
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return {
    logger,
    flush: () => destination.flushSync(),
  };
}
