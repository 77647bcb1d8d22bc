// SOFTWARE ENCLAVE, DEVELOPMENT ONLY: the interface of an enclave without its protection. The keys are in a separate process and
// in a sealed file. Anyone who can read that directory or that process has them. Production specifications reject it.
//
// The process gets one tagging call and one other call at a time, so that verdicts, which have deadlines, do not wait for tags.
// It is restarted when it dies, and needs no state but the sealed one. The calls during which it dies fail and are not retried
// here.
import { fileURLToPath } from 'node:url';
import {
  aborted,
  CessError,
  createDeferred,
  type Deferred,
  isCessError,
  type Logger,
  messageOf,
  pause,
  systemTimers,
} from '@cess/primitives';
import type { TlsBinding } from '@cess/tls';
import { openProcess, WorkerCall, type WorkerEndpoint } from '@cess/workers';
import type { Enclave, EnclaveDescription, Judgement, JudgeRequest, TagRequest, TagSetAnswer } from './enclave.js';
import type { EnclaveCalls, OpenRequest } from './enclave-protocol.js';
import { requireDevelopment } from './require-development.js';

const program = fileURLToPath(new URL('./enclave-process.js', import.meta.url));
/** Pause before an enclave that could not be opened is opened again. */
const reopenPauseMs = 1_000;

export interface SoftwareEnclaveInit extends OpenRequest {
  readonly logger: Logger;
}

interface Job {
  readonly run: () => Promise<unknown>;
  readonly answered: Deferred<unknown>;
}

/** Calls that the process gets one after another. */
interface Lane {
  readonly queue: Job[];
  isBusy: boolean;
}

export class SoftwareEnclave implements Enclave {
  readonly #calls: WorkerCall<EnclaveCalls>;
  readonly #closing = new AbortController();
  /** The HTTP server bounds the queue of `tags`. */
  readonly #tags: Lane = { queue: [], isBusy: false };
  readonly #others: Lane = { queue: [], isBusy: false };
  #process: WorkerEndpoint | undefined;
  #description: EnclaveDescription | undefined;
  /** Whether the process has opened the sealed state and takes calls. */
  #isOpen = false;
  #restarting: Promise<void> | undefined;
  #restarts = 0;

  private constructor(private readonly init: SoftwareEnclaveInit) {
    this.#calls = new WorkerCall({
      name: 'software-enclave',
      open: () => this.#startProcess(),
      // One call of each lane at a time; this class queues the others.
      maxPending: 2,
      busy: notRunning,
      gone: notRunning,
      onEnd: () => this.#ended(),
      timers: systemTimers,
      logger: init.logger,
    });
  }

  /**
   * Starts the process, which creates the keys if there are none. Throws `ENCLAVE_SOFTWARE_REFUSED` and what `openSecrets`
   * throws.
   */
  static async open(init: SoftwareEnclaveInit): Promise<SoftwareEnclave> {
    requireDevelopment(init.chainType);
    const enclave = new SoftwareEnclave(init);
    try {
      await enclave.#open();
    } catch (error) {
      await enclave.close();
      throw error;
    }
    init.logger.warn({ dir: init.dir }, 'SOFTWARE ENCLAVE: keys are not protected; for development chains only');
    return enclave;
  }

  describe(): EnclaveDescription {
    if (this.#description === undefined) throw notRunning();
    return this.#description;
  }

  /** Id of the process, while it runs. */
  get processId(): number | undefined {
    return this.#process?.pid;
  }

  get restarts(): number {
    return this.#restarts;
  }

  evidenceFor(controller: Uint8Array, genesis: Uint8Array): Promise<Uint8Array> {
    return this.#ask('evidence', { controller, genesis });
  }

  bindTlsKey(binding: TlsBinding): Promise<Uint8Array> {
    return this.#ask('bindTlsKey', binding);
  }

  tag(request: TagRequest, signal?: AbortSignal): Promise<TagSetAnswer> {
    return this.#ask('tag', request, signal);
  }

  judge(request: JudgeRequest, signal?: AbortSignal): Promise<readonly (Judgement | undefined)[]> {
    return this.#ask('judge', request, signal);
  }

  /** Ends the process immediately. It has no state but the sealed one, which was written atomically at the first start. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#calls.stop();
    await this.#restarting;
    this.#rejectQueued();
  }

  async #ask<M extends 'evidence' | 'bindTlsKey' | 'tag' | 'judge'>(
    method: M,
    request: EnclaveCalls[M]['args'][0],
    signal?: AbortSignal,
  ): Promise<EnclaveCalls[M]['result']> {
    if (this.#closing.signal.aborted) throw notRunning();
    if (signal?.aborted) throw aborted();
    const args = [request] as EnclaveCalls[M]['args'];
    const job: Job = { run: () => this.#calls.call(method, args), answered: createDeferred<unknown>() };
    const lane = method === 'tag' ? this.#tags : this.#others;
    const { queue } = lane;
    queue.push(job);
    const onAbort = () => {
      const at = queue.indexOf(job);
      if (at >= 0) queue.splice(at, 1);
      job.answered.reject(aborted());
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    void this.#pump(lane);
    try {
      return (await job.answered.promise) as EnclaveCalls[M]['result'];
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Passes queued calls to the process, one after another, as long as it is open. */
  async #pump(lane: Lane): Promise<void> {
    if (lane.isBusy) return;
    lane.isBusy = true;
    while (this.#isOpen) {
      const job = lane.queue.shift();
      if (job === undefined) break;
      try {
        job.answered.resolve(await job.run());
      } catch (error) {
        job.answered.reject(error);
      }
    }
    lane.isBusy = false;
  }

  get #lanes(): readonly Lane[] {
    return [this.#tags, this.#others];
  }

  #startProcess(): WorkerEndpoint {
    this.#process = openProcess({
      program,
      // The enclave inherits neither environment nor flags of the worker.
      options: { env: {}, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] },
      endGraceMs: 0,
    });
    return this.#process;
  }

  /** Opens the sealed state in the process, which starts with this call. */
  async #open(): Promise<void> {
    const { logger: _, ...opening } = this.init;
    this.#description = await this.#calls.call('open', [opening]);
    this.#isOpen = true;
    for (const lane of this.#lanes) void this.#pump(lane);
  }

  #ended(): void {
    this.#process = undefined;
    this.#isOpen = false;
    // One that dies while it opens for the first time fails `open`; while it opens again, the restart retries.
    if (this.#description !== undefined) this.#restarting ??= this.#restart();
  }

  async #restart(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted && !this.#isOpen) {
      this.#restarts++;
      try {
        await this.#open();
        this.init.logger.info({ enclavePid: this.processId }, 'restarted the enclave process');
      } catch (error) {
        if (signal.aborted) break;
        const fields = { code: isCessError(error) ? error.code : undefined, cause: messageOf(error) };
        this.init.logger.error(fields, 'failed to open the restarted enclave; retrying');
        this.#rejectQueued();
        await this.#calls.rest();
        await pause(systemTimers, reopenPauseMs, signal);
      }
    }
    this.#restarting = undefined;
  }

  #rejectQueued(): void {
    for (const { queue } of this.#lanes) for (const { answered } of queue.splice(0)) answered.reject(notRunning());
  }
}

function notRunning(): CessError {
  return new CessError('ENCLAVE_GONE', 'The process of the software enclave is not running; see the log.');
}
