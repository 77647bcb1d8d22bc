// The log of a role on standard error, which is often a file on the same disk as the data. When it cannot be written, lines are
// dropped and counted: a log must neither end nor block its process.
import { writeSync } from 'node:fs';

const standardError = 2;

export interface RoleLog {
  write(line: string): void;
}

/** `write` is a parameter for tests. */
export function createRoleLog(write: (text: string) => unknown = (text) => writeSync(standardError, text)): RoleLog {
  let dropped = 0;
  return {
    write: (line) => {
      try {
        // The newline ends what a failed write may have left.
        if (dropped > 0)
          write(`\n{"level":40,"dropped":${dropped},"msg":"log lines were dropped: the log could not be written"}\n`);
        dropped = 0;
        write(line);
      } catch {
        dropped++;
      }
    },
  };
}

/** Output of libraries and of Node.js itself: an error of the stream would be an uncaught exception. */
export function ignoreOutputErrors(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
