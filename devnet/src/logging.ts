// One structured log file for all roles of the embedded network, rotated at every start when it is over its size limit. Each
// role logs through a child logger that sets `role` once: most readers drop a key that a line has twice.
import { existsSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '@cess/primitives';
import { pino } from 'pino';
import { freeDiskBytes } from './preflight.js';

const maxLogBytes = 32 * 1024 * 1024;
/** Lines that wait while the file cannot be written; beyond this, lines are dropped. */
const maxWaitingBytes = 4 * 1024 * 1024;

/** With less free disk space the log is not flushed. */
const leastFreeBytes = 1024 * 1024;

export interface FileLogger {
  readonly logger: Logger;
  flush(): void;
}

/** Appends to `file`; rotates a file over the size limit to `file.1`. */
export function openLog(file: string, level: string): FileLogger {
  mkdirSync(dirname(file), { recursive: true });
  if (existsSync(file) && statSync(file).size > maxLogBytes) renameSync(file, `${file}.1`);
  // Open the file synchronously: a destination that opens asynchronously cannot be flushed when the start fails early.
  const dest = openSync(file, 'a');
  const destination = pino.destination({ dest, sync: false, minLength: 0, maxLength: maxWaitingBytes });
  // A full disk must not end the network. The line stays in memory, and the next one writes it again.
  let isFailing = false;
  destination.on('error', (error: Error) => {
    if (!isFailing) process.stderr.write(`The log ${file} cannot be written: ${error.message}. Free disk space.\n`);
    isFailing = true;
  });
  destination.on('write', () => {
    isFailing = false;
  });
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return {
    logger,
    // While the disk is full it would never return.
    flush: () => {
      if (!isFailing && freeDiskBytes(dirname(file)) > leastFreeBytes) destination.flushSync();
    },
  };
}
