// The proof thread as the duties see it: one thread per process, made when it is first needed and ended when it has had
// nothing to do for a while, so that an idle provider has neither the thread nor the curve's memory. One task is with
// the thread at a time; the others wait here, proofs first, in bounded number. Checks of tags that wait become one task: many
// cost little more than one. A thread that dies takes only its task with it.
import { constants } from 'node:os';
import { Worker } from 'node:worker_threads';
import { CessError, createDeferred, type Deferred, type Logger, messageOf } from '@cess/primitives';
import type { Challenge } from '@cess/proofs';
import {
  type BlockBatch,
  gateClosed,
  gateOpen,
  type KeyWithSrs,
  type ProofAnswers,
  type ProofTask,
  type ProofThreadData,
  type ProofWork,
  type ReconstructJob,
  type SrsVerdict,
  type TagCheck,
  type TagKeyFacts,
  type TagVerdict,
  type ThreadReply,
  type ThreadRequest,
  transfersOf,
} from './proof-tasks.js';
import { proveWith } from './prove-with.js';

export interface ProofWorkerInit {
  readonly logger: Logger;
  /** Tasks that wait at most. Default 256. */
  readonly maxQueued?: number;
  /** The thread ends after this long without a task. Default 30 s. */
  readonly idleMs?: number;
  /** Nice value of the thread on Linux, 0 to 19. Default 19: it takes what nobody else wants. */
  readonly niceness?: number;
  /** What runs in the thread; tests bring one that dies. */
  readonly thread?: URL;
}

interface Waiting {
  readonly task: ProofTask;
  readonly done: Deferred<ProofAnswers[keyof ProofAnswers]>;
  readonly mayBeHeld: boolean;
}

/** What the thread has: one task, or checks of tags put together as one. */
interface Running {
  readonly id: number;
  readonly parts: readonly Waiting[];
}

const defaultMaxQueued = 256;
/** Of fragments that are checked together, unless it is one alone. */
const maxCheckBytes = 8 * 1024 * 1024;
const defaultIdleMs = 30_000;

export class ProofWorker implements ProofWork {
  #thread: Worker | undefined;
  #running: Running | undefined;
  readonly #urgent: Waiting[] = [];
  readonly #others: Waiting[] = [];
  #nextId = 1;
  #idle: NodeJS.Timeout | undefined;
  #isStopped = false;
  #isHeld = false;
  readonly #gate = new Int32Array(new SharedArrayBuffer(4));

  constructor(private readonly init: ProofWorkerInit) {}

  /** Whether the thread is there. */
  get isAwake(): boolean {
    return this.#thread !== undefined;
  }

  checkSrs(key: TagKeyFacts, srs: Uint8Array, signal?: AbortSignal): Promise<SrsVerdict> {
    return this.#run({ type: 'srs', key, srs }, signal);
  }

  async checkTags(check: TagCheck, signal?: AbortSignal, mayBeHeld = false): Promise<TagVerdict> {
    const [verdict] = await this.#run({ type: 'tags', checks: [check] }, signal, mayBeHeld);
    return verdict!;
  }

  prove(
    key: KeyWithSrs,
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

  verify(key: TagKeyFacts, challenge: Challenge, proof: Uint8Array, signal?: AbortSignal): Promise<boolean> {
    return this.#run({ type: 'verify', key, challenge, proof }, signal);
  }

  reconstruct(job: ReconstructJob, signal?: AbortSignal): Promise<Uint8Array> {
    return this.#run({ type: 'reconstruct', job }, signal);
  }

  /** While held, a check of tags that may be held stands still between two short steps, unless others wait for the thread. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#setGate();
  }

  #setGate(): void {
    const concerned = [...(this.#running?.parts ?? []), ...this.#urgent, ...this.#others];
    const isClosed = this.#isHeld && concerned.every(({ mayBeHeld }) => mayBeHeld);
    Atomics.store(this.#gate, 0, isClosed ? gateClosed : gateOpen);
    if (!isClosed) Atomics.notify(this.#gate, 0);
  }

  /** Ends the thread; what waits is refused. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    const stopped = new CessError('PROOF_WORKER_STOPPED', 'The proof thread was stopped.');
    const waiting = [...this.#urgent.splice(0), ...this.#others.splice(0)];
    waiting.push(...(this.#running?.parts ?? []));
    this.#running = undefined;
    for (const { done } of waiting) done.reject(stopped);
    await this.#endThread();
  }

  async #run<T extends ProofTask>(task: T, signal?: AbortSignal, mayBeHeld = false): Promise<ProofAnswers[T['type']]> {
    if (signal?.aborted) throw aborted();
    if (this.#isStopped) throw new CessError('PROOF_WORKER_STOPPED', 'The proof thread was stopped.');
    if (this.#urgent.length + this.#others.length >= (this.init.maxQueued ?? defaultMaxQueued)) {
      throw new CessError('PROOF_WORKER_BUSY', 'Too much work waits for the proof thread. Try again later.');
    }
    const waiting: Waiting = { task, done: createDeferred(), mayBeHeld };
    const isUrgent = task.type !== 'srs' && task.type !== 'tags' && task.type !== 'reconstruct';
    const queue = isUrgent ? this.#urgent : this.#others;
    queue.push(waiting);
    this.#setGate();
    // A task that the thread has already ends there by itself; nobody waits for it any more.
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
    if (this.#running !== undefined || this.#isStopped) return;
    const parts = this.#takeNext();
    const [first] = parts;
    if (first === undefined) {
      this.#setGate();
      return this.#rest();
    }
    clearTimeout(this.#idle);
    const checks = parts.flatMap(({ task }) => (task.type === 'tags' ? task.checks : []));
    const task: ProofTask = first.task.type === 'tags' ? { type: 'tags', checks } : first.task;
    const request: ThreadRequest = { id: this.#nextId++, task };
    this.#running = { id: request.id, parts };
    this.#setGate();
    this.#wake().postMessage(request, transfersOf(task));
  }

  /** What goes to the thread next: one task, or all checks of tags that wait, as far as memory allows. */
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
    if (this.#thread === undefined) return;
    this.#idle = setTimeout(() => void this.#endThread(), this.init.idleMs ?? defaultIdleMs);
    this.#idle.unref();
  }

  #wake(): Worker {
    if (this.#thread !== undefined) return this.#thread;
    const { thread: url = new URL('./proof-thread.js', import.meta.url) } = this.init;
    const niceness = this.init.niceness ?? constants.priority.PRIORITY_LOW;
    const workerData: ProofThreadData = { niceness, gate: this.#gate };
    const thread = new Worker(url, { name: 'proofs', workerData });
    this.#thread = thread;
    thread.on('message', (reply: ThreadReply) => this.#settle(reply));
    thread.on('error', (cause) => {
      this.init.logger.error({ cause: messageOf(cause) }, 'the proof thread died; a new one takes over');
    });
    thread.on('exit', () => {
      if (this.#thread === thread) this.#lose();
    });
    return thread;
  }

  #settle(reply: ThreadReply): void {
    const running = this.#running;
    if (running?.id !== reply.id) return;
    this.#running = undefined;
    for (const [i, { task, done }] of running.parts.entries()) {
      if (!reply.ok) done.reject(new CessError('PROOF_WORKER_FAILED', `The proof thread failed: ${reply.message}`));
      // Each part has one check.
      else if (task.type === 'tags') done.resolve([(reply.value as ProofAnswers['tags'])[i]!]);
      else done.resolve(reply.value);
    }
    this.#next();
  }

  /** The thread is gone: proofs under way are lost with it, what waits goes to the next one. */
  #lose(): void {
    this.#thread = undefined;
    const running = this.#running;
    this.#running = undefined;
    const crashed = new CessError('PROOF_WORKER_CRASHED', 'The proof thread died during this task. Try again.');
    for (const { done } of running?.parts ?? []) done.reject(crashed);
    this.#next();
  }

  async #endThread(): Promise<void> {
    clearTimeout(this.#idle);
    const thread = this.#thread;
    this.#thread = undefined;
    await thread?.terminate();
  }
}

function aborted(): CessError {
  return new CessError('ABORTED', 'The operation was aborted.');
}

function lengthOf({ checks }: Extract<ProofTask, { type: 'tags' }>): number {
  return checks.flatMap(({ fragment }) => fragment).reduce((sum, { length }) => sum + length, 0);
}
