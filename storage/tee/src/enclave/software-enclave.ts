// SOFTWARE ENCLAVE, DEVELOPMENT ONLY: the interface of an enclave without its protection. The keys are in a separate process and
// in a sealed file. Anyone who can read that directory or that process has them. Production specifications reject it.
//
// The process gets one call at a time. Verdicts, which have deadlines, alternate with tags. The process runs at low priority, so
// that tagging does not slow down users. It is restarted when it dies, and needs no state but the sealed one. The call during
// which it dies fails and is not retried here.
import { type ChildProcess, fork } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import {
  aborted,
  CessError,
  createDeferred,
  type Deferred,
  fromWireError,
  isCessError,
  type Logger,
  messageOf,
} from '@cess/primitives';
import type { Enclave, EnclaveDescription, Judgement, JudgeRequest, TagRequest, TagSetAnswer } from './enclave.js';
import type { EnclaveCallMessage, EnclaveCalls, EnclaveReply, OpenRequest } from './enclave-protocol.js';
import { requireDevelopment } from './require-development.js';

const program = fileURLToPath(new URL('./enclave-process.js', import.meta.url));
const firstDelayMs = 250;
const maxDelayMs = 8_000;
const maxErrorTextBytes = 4096;

export interface SoftwareEnclaveInit extends Omit<OpenRequest, 'priority'> {
  readonly logger: Logger;
}

interface Job {
  readonly call: keyof EnclaveCalls;
  readonly request: unknown;
  readonly answered: Deferred<unknown>;
}

export class SoftwareEnclave implements Enclave {
  /** Queued calls. The HTTP server bounds `tags`. */
  readonly #urgent: Job[] = [];
  readonly #tags: Job[] = [];
  #tagIsNext = false;
  #child: ChildProcess | undefined;
  #isOpen = false;
  #current: (Job & { readonly id: number }) | undefined;
  #nextId = 1;
  #failures = 0;
  #restarts = 0;
  #again: NodeJS.Timeout | undefined;
  #closed = false;
  #errorText = '';

  private constructor(
    private readonly init: SoftwareEnclaveInit,
    private description: EnclaveDescription | undefined,
  ) {}

  /**
   * Starts the process, which creates the keys if there are none. Throws `ENCLAVE_SOFTWARE_REFUSED` and what `openSecrets`
   * throws.
   */
  static async open(init: SoftwareEnclaveInit): Promise<SoftwareEnclave> {
    requireDevelopment(init.chainType);
    const enclave = new SoftwareEnclave(init, undefined);
    try {
      enclave.description = await enclave.#start();
    } catch (error) {
      await enclave.close();
      throw error;
    }
    init.logger.warn({ dir: init.dir }, 'SOFTWARE ENCLAVE: keys are not protected; for development chains only');
    return enclave;
  }

  describe(): EnclaveDescription {
    if (this.description === undefined) throw notRunning();
    return this.description;
  }

  /** Id of the process, while it runs. */
  get processId(): number | undefined {
    return this.#child?.pid;
  }

  get restarts(): number {
    return this.#restarts;
  }

  evidenceFor(controller: Uint8Array, genesis: Uint8Array): Promise<Uint8Array> {
    return this.#ask('evidence', { controller, genesis });
  }

  tag(request: TagRequest, signal?: AbortSignal): Promise<TagSetAnswer> {
    return this.#ask('tag', request, signal);
  }

  judge(request: JudgeRequest, signal?: AbortSignal): Promise<readonly (Judgement | undefined)[]> {
    return this.#ask('judge', request, signal);
  }

  /** Ends the process immediately. It has no state but the sealed one, which was written atomically at the first start. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#again);
    const child = this.#child;
    if (child !== undefined) {
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.kill('SIGKILL');
      await exited;
    }
    this.#rejectAll(notRunning());
  }

  async #ask<C extends keyof EnclaveCalls>(
    call: C,
    request: EnclaveCalls[C][0],
    signal?: AbortSignal,
  ): Promise<EnclaveCalls[C][1]> {
    if (this.#closed) throw notRunning();
    if (signal?.aborted) throw aborted();
    const job: Job = { call, request, answered: createDeferred<unknown>() };
    const queue = call === 'tag' ? this.#tags : this.#urgent;
    queue.push(job);
    const onAbort = () => {
      const at = queue.indexOf(job);
      if (at >= 0) queue.splice(at, 1);
      job.answered.reject(aborted());
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#pump();
    try {
      return (await job.answered.promise) as EnclaveCalls[C][1];
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Passes the next call to the process if it is free. */
  #pump(): void {
    if (!this.#isOpen || this.#current !== undefined) return;
    const [first, second] = this.#tagIsNext ? [this.#tags, this.#urgent] : [this.#urgent, this.#tags];
    const job = first.shift() ?? second.shift();
    if (job === undefined) return;
    this.#tagIsNext = job.call !== 'tag';
    this.#send(job);
  }

  #send(job: Job): void {
    const id = this.#nextId++;
    this.#current = { ...job, id };
    const message = { id, call: job.call, request: job.request } as EnclaveCallMessage;
    // If the channel is closed, the process is ending, and its exit settles the call.
    this.#child?.send(message, () => {});
  }

  /** Starts the process and opens the enclave in it. */
  async #start(): Promise<EnclaveDescription> {
    const { logger, ...opening } = this.init;
    this.#errorText = '';
    const child = fork(program, [], {
      // The enclave inherits neither environment nor flags of the worker.
      env: {},
      execArgv: [],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#errorText = (this.#errorText + chunk.toString('utf8')).slice(-maxErrorTextBytes);
    });
    child.on('message', (reply: EnclaveReply) => this.#receive(reply));
    child.on('error', (error) => logger.error({ cause: messageOf(error) }, 'the enclave process reported an error'));
    child.once('exit', (code, signal) => this.#ended(code, signal));
    const opened = createDeferred<unknown>();
    const request: OpenRequest = { ...opening, priority: constants.priority.PRIORITY_BELOW_NORMAL };
    this.#send({ call: 'open', request, answered: opened });
    const description = (await opened.promise) as EnclaveDescription;
    this.#isOpen = true;
    this.#failures = 0;
    this.#pump();
    return description;
  }

  #receive(reply: EnclaveReply): void {
    const current = this.#current;
    if (current?.id !== reply.id) return;
    this.#current = undefined;
    if (reply.ok) current.answered.resolve(reply.value);
    else current.answered.reject(fromWireError(reply.error));
    this.#pump();
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    this.#child = undefined;
    this.#isOpen = false;
    this.#current?.answered.reject(notRunning());
    this.#current = undefined;
    if (this.#closed || this.description === undefined) return;
    const waitMs = Math.min(firstDelayMs * 2 ** this.#failures++, maxDelayMs);
    this.init.logger.error(
      { code, signal, stderr: this.#errorText, waitMs },
      'the enclave process died; restarting it',
    );
    this.#again = setTimeout(() => this.#restart(), waitMs);
  }

  #restart(): void {
    this.#restarts++;
    this.#start().then(
      () => this.init.logger.info({ enclavePid: this.processId }, 'restarted the enclave process'),
      (error: unknown) => {
        const fields = { code: isCessError(error) ? error.code : undefined, cause: messageOf(error) };
        this.init.logger.error(fields, 'failed to open the restarted enclave; retrying');
        this.#rejectAll(notRunning());
        // The exit of the process retries, with back-off.
        this.#child?.kill('SIGKILL');
      },
    );
  }

  #rejectAll(reason: CessError): void {
    for (const { answered } of [...this.#urgent.splice(0), ...this.#tags.splice(0)]) answered.reject(reason);
  }
}

function notRunning(): CessError {
  return new CessError('ENCLAVE_GONE', 'The process of the software enclave is not running; see the log.');
}
