// The log of a role on standard error or in a file, often on the same disk as the data. When it cannot be written, lines are
// dropped and counted: a log must neither end nor block its process.
import { writeSync } from 'node:fs';
import { messageOf } from '@cess/primitives';
import { LogFile, type LogFileInit } from './log-file.js';

const standardError = 2;

/** A destination of pino. */
export interface RoleLog {
  write(line: string): void;
}

/** `onFailure` is called with the reason when lines begin to be dropped. */
export function createRoleLog(
  write: (text: string) => unknown,
  onFailure: (reason: string) => void = () => {},
): RoleLog {
  let dropped = 0;
  return {
    write: (line) => {
      try {
        // The newline ends what a failed write may have left.
        if (dropped > 0)
          write(`\n{"level":40,"dropped":${dropped},"msg":"log lines were dropped: the log could not be written"}\n`);
        dropped = 0;
        write(line);
      } catch (error) {
        dropped++;
        if (dropped === 1) onFailure(messageOf(error));
      }
    },
  };
}

/** The log of a process that its supervisor gave no file. */
export function standardErrorLog(): RoleLog {
  return createRoleLog((text) => writeSync(standardError, text));
}

/** Opens a log file. Throws the errors of the system. */
export function openLogFile(init: LogFileInit): RoleLog {
  const log = new LogFile(init);
  return createRoleLog(
    (text) => log.write(text),
    (reason) => process.stderr.write(`The log ${init.file} cannot be written: ${reason}. Free disk space.\n`),
  );
}

/** Output of libraries and of Node.js itself: an error of the stream would be an uncaught exception. */
export function ignoreOutputErrors(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
