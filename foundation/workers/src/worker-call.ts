// The caller's side: promises over a worker that is started when it is first needed and, if the policy says so, again after
// it died. What waits is bounded; an aborted call does not wait any longer; a call that a dying worker took with it is
// rejected, while calls that were not sent yet wait for the next worker. A worker that dies without having answered anything
// is started again with back-off, so that one that cannot even be loaded does not keep a processor busy.
import {
  aborted,
  type BackOffLimits,
  type CessError,
  createDeferred,
  type Deferred,
  fromWireError,
  type Logger,
  messageOf,
  pause,
  type Timers,
} from '@cess/primitives';
import type { EndReason, WorkerEndpoint } from './worker-endpoint.js';
import type { CallMessage, ReplyMessage, WorkerMethods } from './worker-messages.js';

export interface WorkerPorts {
  readonly timers: Timers;
  readonly logger: Logger;
}

export interface WorkerCallInit extends WorkerPorts {
  /** In logs. */
  readonly name: string;
  readonly open: () => WorkerEndpoint;
  /** Calls that wait at most, those with the worker included. */
  readonly maxPending: number;
  /** The error of a call beyond the bound. */
  readonly busy: () => CessError;
  /** The error of a call whose worker died or is stopped. */
  readonly gone: (reason: EndReason | undefined) => CessError;
  /** Whether a worker that ended is started again for later calls; if not, they are rejected. Default true. */
  readonly restarts?: boolean;
  /** Pauses before a worker is started again after one that answered nothing. Default 250 ms to 15 s. */
  readonly backOff?: BackOffLimits;
  /** Called when the worker ended without being asked to. */
  readonly onEnd?: (reason: EndReason) => void;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Memory that goes over to the worker. */
  readonly transfer?: readonly ArrayBuffer[];
}

interface Pending {
  readonly message: CallMessage;
  readonly transfer: readonly ArrayBuffer[];
  readonly answer: Deferred<unknown>;
}

const defaultBackOff: BackOffLimits = { leastMs: 250, mostMs: 15_000 };

export class WorkerCall<Calls extends WorkerMethods<Calls>> {
  readonly #stopping = new AbortController();
  /** Not sent yet: the worker is being started. */
  readonly #waiting = new Map<number, Pending>();
  /** With the worker. */
  readonly #sent = new Map<number, Pending>();
  #worker: WorkerEndpoint | undefined;
  #isStarting = false;
  #starting: Promise<void> = Promise.resolve();
  #nextId = 1;
  /** Workers in a row that ended without an answer. */
  #failures = 0;
  #hasAnswered = false;
  #ended: EndReason | undefined;

  constructor(private readonly init: WorkerCallInit) {}

  /** Whether the worker is running. */
  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  /** Rejects with what the worker threw, with `busy`, `gone` or `ABORTED`. */
  async call<Method extends keyof Calls & string>(
    method: Method,
    args: Calls[Method]['args'],
    { signal, transfer = [] }: CallOptions = {},
  ): Promise<Calls[Method]['result']> {
    if (signal?.aborted) throw aborted();
    const isOver = this.init.restarts === false && this.#ended !== undefined;
    if (this.#stopping.signal.aborted || isOver) throw this.init.gone(this.#ended);
    if (this.#waiting.size + this.#sent.size >= this.init.maxPending) throw this.init.busy();
    const id = this.#nextId++;
    const pending: Pending = { message: { id, method, args }, transfer, answer: createDeferred() };
    // The worker may still finish a call that it has received; its reply is ignored.
    const onAbort = () => {
      this.#waiting.delete(id);
      this.#sent.delete(id);
      pending.answer.reject(aborted());
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#waiting.set(id, pending);
    this.#flush();
    try {
      return await pending.answer.promise;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Ends an idle worker; the next call starts another one. */
  async rest(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  /** Rejects all calls and ends the worker. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#reject([...this.#waiting.values(), ...this.#sent.values()], undefined);
    await this.rest();
    await this.#starting;
  }

  #flush(): void {
    const worker = this.#worker;
    if (worker === undefined) {
      if (this.#isStarting) return;
      this.#isStarting = true;
      this.#starting = this.#start();
      return;
    }
    for (const [id, pending] of this.#waiting) {
      this.#waiting.delete(id);
      this.#sent.set(id, pending);
      worker.post(pending.message, pending.transfer);
    }
  }

  async #start(): Promise<void> {
    const { timers, backOff = defaultBackOff } = this.init;
    const { signal } = this.#stopping;
    if (this.#failures > 0) {
      const ms = Math.min(backOff.mostMs, backOff.leastMs * 2 ** Math.min(this.#failures - 1, 30));
      await pause(timers, ms, signal);
    }
    this.#isStarting = false;
    if (signal.aborted) return;
    this.#hasAnswered = false;
    const worker = this.init.open();
    this.#worker = worker;
    worker.onMessage((message) => this.#settle(message as ReplyMessage));
    worker.onEnd((reason) => this.#lose(worker, reason));
    this.#flush();
  }

  #settle(reply: ReplyMessage): void {
    this.#hasAnswered = true;
    const pending = this.#sent.get(reply.id);
    this.#sent.delete(reply.id);
    if (reply.ok) pending?.answer.resolve(reply.value);
    else pending?.answer.reject(fromWireError(reply.error));
  }

  /** Calls with the worker are lost; those that wait go to the next one. */
  #lose(worker: WorkerEndpoint, reason: EndReason): void {
    // Ended on purpose.
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#ended = reason;
    this.#failures = this.#hasAnswered ? 0 : this.#failures + 1;
    const { name, logger, restarts = true, onEnd } = this.init;
    const cause = reason.error === undefined ? undefined : messageOf(reason.error);
    // A worker that was told to end exits with 0 and takes no call with it.
    const isOrderly = reason.code === 0 && cause === undefined && this.#sent.size === 0;
    if (!this.#stopping.signal.aborted && !isOrderly)
      logger.error({ worker: name, code: reason.code, cause, stderr: reason.errorText }, 'a worker died');
    this.#reject([...this.#sent.values()], reason);
    onEnd?.(reason);
    if (!restarts) this.#reject([...this.#waiting.values()], reason);
    else if (this.#waiting.size > 0) this.#flush();
  }

  #reject(calls: readonly Pending[], reason: EndReason | undefined): void {
    for (const { message, answer } of calls) {
      this.#waiting.delete(message.id);
      this.#sent.delete(message.id);
      answer.reject(this.init.gone(reason));
    }
  }
}
