// What a command prints.
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

type Write = typeof process.stdout.write;

/** Runs `command` and returns what it wrote to the standard streams of this process. */
export async function captureOutput(command: () => Promise<void> | void): Promise<Output> {
  const written = { stdout: '', stderr: '' };
  const restore = (['stdout', 'stderr'] as const).map((name) => {
    const stream = process[name];
    const { write } = stream;
    const capture = (text: string | Uint8Array): boolean => {
      // The test runner reports to its parent in binary frames on the same stream.
      if (typeof text !== 'string') return write.call(stream, text);
      written[name] += text;
      return true;
    };
    stream.write = capture as Write;
    return () => {
      stream.write = write;
    };
  });
  try {
    await command();
  } finally {
    for (const undo of restore) undo();
  }
  return written;
}
