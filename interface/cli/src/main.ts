// The `cess` command: runs what the command line names, and ends with one message and an exit code.
import './errors.js';

import { CessError, messageOf } from '@cess/primitives';
import { CommanderError } from 'commander';
import { createProgram } from './program.js';

/** Exit codes: 0 success; 1 the command failed or found a problem; 2 the command line or a configuration is wrong. */
export async function main(argv: readonly string[]): Promise<void> {
  // A reader such as head or less may close the pipe early. This ends the command and is not an error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  try {
    await createProgram().parseAsync([...argv]);
  } catch (error) {
    // It has printed its message, or the help that was asked for.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
    else fail(error);
  }
}

function fail(error: unknown): void {
  const code = error instanceof CessError ? ` [${error.code}]` : '';
  process.stderr.write(`${messageOf(error)}${code}\n`);
  process.exitCode = error instanceof CessError && error.code === 'CONFIG_INVALID' ? 2 : 1;
}
