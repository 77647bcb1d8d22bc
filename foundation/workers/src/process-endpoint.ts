// A child process with an IPC channel. Messages are serialized like those of threads, so that byte arrays stay byte arrays;
// memory is copied. The process exits when the channel closes, so it never outlives its caller.
import { type ForkOptions, fork } from 'node:child_process';
import type { EndReason, WorkerEndpoint } from './worker-endpoint.js';

export interface ProcessInit {
  /** File that calls `serveProcess`. */
  readonly program: string;
  readonly args?: readonly string[];
  readonly options?: Pick<ForkOptions, 'env' | 'stdio' | 'detached' | 'execArgv'>;
  /** How long the process may take to exit before it is killed; 0 kills it at once. Default 2 s. */
  readonly endGraceMs?: number;
}

const defaultEndGraceMs = 2_000;
const maxErrorTextBytes = 4096;

export function openProcess({
  program,
  args = [],
  options = {},
  endGraceMs = defaultEndGraceMs,
}: ProcessInit): WorkerEndpoint {
  const child = fork(program, [...args], { ...options, serialization: 'advanced' });
  let error: unknown;
  let errorText = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errorText = (errorText + chunk.toString('utf8')).slice(-maxErrorTextBytes);
  });
  const ended = new Promise<EndReason>((resolve) => {
    child.once('exit', (code) =>
      resolve({ code, ...(error === undefined ? {} : { error }), ...(errorText === '' ? {} : { errorText }) }),
    );
    child.on('error', (thrown) => {
      error = thrown;
      // A process that could not be started has no exit.
      if (child.pid === undefined) resolve({ code: null, error });
    });
  });
  return {
    pid: child.pid,
    post: (message) => {
      // A failing send is followed by the end of the process.
      if (child.connected) child.send(message as object, () => {});
    },
    onMessage: (listener) => void child.on('message', listener),
    onEnd: (listener) => void ended.then(listener),
    terminate: async () => {
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), endGraceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}
