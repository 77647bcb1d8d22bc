// The proof thread as the duties see it. The thread starts with the first task and ends after an idle period, so an idle
// provider spends no memory on the curve. The thread has one task at a time. Other tasks wait in a bounded queue, proofs
// first. Queued checks of tags are merged into one task, which costs little more than a single check. When the thread dies,
// only its current task fails. A thread that cannot be loaded is restarted with back-off.
import { constants } from 'node:os';
import {
  aborted,
  CessError,
  createDeferred,
  type Deferred,
  elementAt,
  isCessError,
  type Logger,
  messageOf,
  present,
  systemTimers,
  type Timers,
} from '@cess/primitives';
import type { Challenge } from '@cess/proofs';
import { openThread, WorkerCall } from '@cess/workers';
import {
  type BlockBatch,
  gateClosed,
  gateOpen,
  type ProofAnswers,
  type ProofCalls,
  type ProofTask,
  type ProofThreadData,
  type ProofWork,
  type ReconstructJob,
  type SrsVerdict,
  type TagCheck,
  type TagKey,
  type TagKeyWithSrs,
  type TagVerdict,
  transfersOf,
} from './proof-tasks.js';
import { proveWith } from './prove-with.js';

export interface ProofWorkerInit {
  readonly logger: Logger;
  /** Most queued tasks. Default 256. */
  readonly maxQueued?: number;
  /** The thread ends after this long without a task. Default 30 s. */
  readonly idleMs?: number;
  /** Nice value of the thread on Linux, 0 to 19. Default 10. */
  readonly niceness?: number;
  /** Entry point of the thread. Tests pass one that dies. */
  readonly thread?: URL;
  /** Times the restarts of the thread. Default: the system clock. */
  readonly timers?: Timers;
}

interface Waiting {
  readonly task: ProofTask;
  readonly done: Deferred<ProofAnswers[keyof ProofAnswers]>;
  readonly mayBeHeld: boolean;
}

const defaultMaxQueued = 256;
/** Most bytes of fragments in one merged check. A single larger fragment is allowed. */
const maxCheckBytes = 8 * 1024 * 1024;
const defaultIdleMs = 30_000;

export class ProofWorker implements ProofWork {
  readonly #thread: WorkerCall<ProofCalls>;
  /** The current work of the thread: one task, or merged checks of tags. */
  #running: readonly Waiting[] = [];
  readonly #urgent: Waiting[] = [];
  readonly #others: Waiting[] = [];
  #nextId = 1;
  #idle: NodeJS.Timeout | undefined;
  #isStopped = false;
  #isHeld = false;
  readonly #gate = new Int32Array(new SharedArrayBuffer(4));

  constructor(private readonly init: ProofWorkerInit) {
    const { thread: url = new URL('./proof-thread.js', import.meta.url), timers = systemTimers, logger } = init;
    const niceness = init.niceness ?? constants.priority.PRIORITY_BELOW_NORMAL;
    const workerData: ProofThreadData = { niceness, gate: this.#gate };
    const crashed = () => new CessError('PROOF_WORKER_CRASHED', 'The proof thread died during this task. Try again.');
    this.#thread = new WorkerCall({
      name: 'proofs',
      open: () => openThread({ name: 'proofs', url, workerData }),
      maxPending: 1,
      busy: crashed,
      gone: crashed,
      timers,
      logger,
    });
  }

  /** Whether the thread is running. */
  get isAwake(): boolean {
    return this.#thread.isRunning;
  }

  checkSrs(key: TagKey, srs: Uint8Array, signal?: AbortSignal): Promise<SrsVerdict> {
    return this.#run({ type: 'srs', key, srs }, signal);
  }

  async checkTags(check: TagCheck, signal?: AbortSignal, mayBeHeld = false): Promise<TagVerdict> {
    const [verdict] = await this.#run({ type: 'tags', checks: [check] }, signal, mayBeHeld);
    return present(verdict, 'the verdict of the only check');
  }

  prove(
    key: TagKeyWithSrs,
    challenge: Challenge,
    blocks: AsyncIterable<BlockBatch>,
    signal?: AbortSignal,
  ): Promise<Uint8Array> {
    const session = this.#nextId++;
    return proveWith((task) => this.#run(task, task.type === 'drop' ? undefined : signal), {
      session,
      key,
      challenge,
      blocks,
    });
  }

  verify(key: TagKey, challenge: Challenge, proof: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    return this.#run({ type: 'verify', key, challenge, proof }, signal);
  }

  reconstruct(job: ReconstructJob, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#run({ type: 'reconstruct', job }, signal);
  }

  /** While held, checks of tags that may be held pause between two short steps, unless other tasks wait for the thread. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#setGate();
  }

  #setGate(): void {
    const concerned = [...this.#running, ...this.#urgent, ...this.#others];
    const isClosed = this.#isHeld && concerned.every(({ mayBeHeld }) => mayBeHeld);
    Atomics.store(this.#gate, 0, isClosed ? gateClosed : gateOpen);
    if (!isClosed) Atomics.notify(this.#gate, 0);
  }

  /** Ends the thread and rejects queued tasks. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const stopped = new CessError('PROOF_WORKER_STOPPED', 'The proof thread was stopped.');
    const waiting = [...this.#urgent.splice(0), ...this.#others.splice(0)];
    waiting.push(...this.#running);
    this.#running = [];
    for (const { done } of waiting) done.reject(stopped);
    clearTimeout(this.#idle);
    await this.#thread.stop();
  }

  async #run<T extends ProofTask>(task: T, signal?: AbortSignal, mayBeHeld = false): Promise<ProofAnswers[T['type']]> {
    if (signal?.aborted) throw aborted();
    if (this.#isStopped) throw new CessError('PROOF_WORKER_STOPPED', 'The proof thread was stopped.');
    if (this.#urgent.length + this.#others.length >= (this.init.maxQueued ?? defaultMaxQueued)) {
      throw new CessError('PROOF_WORKER_BUSY', 'The queue of the proof thread is full. Try again later.');
    }
    const waiting: Waiting = { task, done: createDeferred(), mayBeHeld };
    const isUrgent = task.type !== 'srs' && task.type !== 'tags' && task.type !== 'reconstruct';
    const queue = isUrgent ? this.#urgent : this.#others;
    queue.push(waiting);
    this.#setGate();
    // A task that the thread already has runs to its end. Its result is ignored.
    const onAbort = () => {
      const at = queue.indexOf(waiting);
      if (at >= 0) queue.splice(at, 1);
      this.#setGate();
      waiting.done.reject(aborted());
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#next();
    try {
      return (await waiting.done.promise) as ProofAnswers[T['type']];
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #next(): void {
    if (this.#running.length > 0 || this.#isStopped) return;
    const parts = this.#takeNext();
    const [first] = parts;
    if (first === undefined) {
      this.#setGate();
      return this.#rest();
    }
    clearTimeout(this.#idle);
    const checks = parts.flatMap(({ task }) => (task.type === 'tags' ? task.checks : []));
    const task: ProofTask = first.task.type === 'tags' ? { type: 'tags', checks } : first.task;
    this.#running = parts;
    this.#setGate();
    void this.#execute(parts, task);
  }

  /** Never rejects. Settles each part with its own result. */
  async #execute(parts: readonly Waiting[], task: ProofTask): Promise<void> {
    try {
      const value = await this.#thread.call('execute', [task], { transfer: transfersOf(task) });
      for (const [i, { done }] of parts.entries()) {
        // Each part has one check.
        done.resolve(task.type === 'tags' ? [elementAt(value as ProofAnswers['tags'], i)] : value);
      }
    } catch (error) {
      const failure = isCessError(error) ? error : failed(error);
      for (const { done } of parts) done.reject(failure);
    }
    this.#running = [];
    this.#next();
  }

  /** The next work of the thread: one task, or all queued checks of tags up to the memory limit. */
  #takeNext(): readonly Waiting[] {
    const first = this.#urgent.shift() ?? this.#others.shift();
    if (first === undefined) return [];
    if (first.task.type !== 'tags') return [first];
    const parts = [first];
    let bytes = lengthOf(first.task);
    for (const other of [...this.#others]) {
      if (other.task.type !== 'tags') continue;
      bytes += lengthOf(other.task);
      if (bytes > maxCheckBytes) break;
      this.#others.splice(this.#others.indexOf(other), 1);
      parts.push(other);
    }
    return parts;
  }

  #rest(): void {
    clearTimeout(this.#idle);
    if (!this.#thread.isRunning) return;
    this.#idle = setTimeout(() => void this.#thread.rest(), this.init.idleMs ?? defaultIdleMs);
    this.#idle.unref();
  }
}

function failed(cause: unknown): CessError {
  return new CessError('PROOF_WORKER_FAILED', `The proof thread failed: ${messageOf(cause)}`, {}, { cause });
}

function lengthOf({ checks }: Extract<ProofTask, { type: 'tags' }>): number {
  return checks.flatMap(({ fragment }) => fragment).reduce((sum, { length }) => sum + length, 0);
}
