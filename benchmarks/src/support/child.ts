// A process of its own for a role that is measured, asked over IPC: one request, one answer.
import { type ChildProcess, fork } from 'node:child_process';
import { ownCpuSeconds } from './measure.js';

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

export class Child {
  readonly #process: ChildProcess;
  readonly #pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  #nextId = 1;

  /** `module` is a compiled file that calls `serveParent`. */
  constructor(module: URL, args: readonly string[] = [], execArgv: readonly string[] = []) {
    this.#process = fork(module, [...args], { execArgv: [...execArgv], serialization: 'advanced' });
    this.#process.on('message', (answer: Answer) => {
      const pending = this.#pending.get(answer.id);
      this.#pending.delete(answer.id);
      if (answer.error === undefined) pending?.resolve(answer.value);
      else pending?.reject(new Error(answer.error));
    });
    this.#process.on('exit', (code) => {
      for (const { reject } of this.#pending.values()) reject(new Error(`the child ended with code ${code}`));
      this.#pending.clear();
    });
  }

  get pid(): number {
    return this.#process.pid!;
  }

  ask<T>(method: string, argument?: unknown): Promise<T> {
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#process.send({ id, method, argument });
    });
  }

  /** CPU seconds that the process has used. */
  cpuSeconds(): Promise<number> {
    return this.ask<number>('cpu');
  }

  async stop(): Promise<void> {
    const exited = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));
    await this.ask('stop').catch(() => {});
    await exited;
  }
}

export type Handlers = Readonly<Record<string, (argument: never) => Promise<unknown>>>;

/** The child's side: answers until `stop`, whose handler may clean up. */
export function serveParent(handlers: Handlers): void {
  process.on('message', ({ id, method, argument }: { id: number; method: string; argument: unknown }) => {
    const answer = async (): Promise<unknown> => {
      if (method === 'cpu') return ownCpuSeconds();
      const handler = handlers[method];
      if (handler !== undefined) return handler(argument as never);
      if (method === 'stop') return undefined;
      throw new Error(`no method ${method}`);
    };
    answer()
      .then(
        (value) => ({ id, value }),
        (error: unknown) => ({ id, error: String(error) }),
      )
      .then((message) => {
        process.send!(message, () => {
          if (method === 'stop') process.disconnect();
        });
      })
      .catch(() => process.exit(1));
  });
}
