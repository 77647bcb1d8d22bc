// A child process for a measured role, called over IPC.
import { fileURLToPath } from 'node:url';
import { CessError, silentLogger, systemTimers } from '@cess/primitives';
import { type Handlers, openProcess, serveProcess, WorkerCall } from '@cess/workers';
import { ownCpuSeconds } from './measure.js';

type Methods = Record<string, { readonly args: readonly [argument?: unknown]; readonly result: unknown }>;

const maxPending = 1_000;
const ended = () => new CessError('ABORTED', 'The measured process ended.');

export class Child {
  readonly #call: WorkerCall<Methods>;

  /** `module` is a compiled file that calls `serveParent`. */
  constructor(module: URL, args: readonly string[] = [], execArgv: readonly string[] = []) {
    this.#call = new WorkerCall({
      name: 'measured process',
      open: () => openProcess({ program: fileURLToPath(module), args, options: { execArgv: [...execArgv] } }),
      maxPending,
      busy: ended,
      gone: ended,
      restarts: false,
      timers: systemTimers,
      logger: silentLogger,
    });
  }

  ask<T>(method: string, argument?: unknown): Promise<T> {
    return this.#call.call(method, [argument]) as Promise<T>;
  }

  pid(): Promise<number> {
    return this.ask<number>('pid');
  }

  /** CPU seconds that the process has used. */
  cpuSeconds(): Promise<number> {
    return this.ask<number>('cpu');
  }

  async stop(): Promise<void> {
    await this.ask('stop');
    await this.#call.stop();
  }
}

/** The child's side: serves calls until `stop`, whose handler may clean up. */
export function serveParent(handlers: Readonly<Record<string, (argument: never) => Promise<unknown>>>): void {
  const methods = {
    cpu: ownCpuSeconds,
    pid: () => process.pid,
    stop: () => undefined,
    ...(handlers as Handlers<Methods>),
  };
  serveProcess<Methods>(methods, { isSerial: false, lastCall: 'stop' });
}
