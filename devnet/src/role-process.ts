// A role of the network as a child process (`cess node`, `cess tee`, …): started from a configuration
// that is rewritten on every start, called over its IPC channel and restarted when it exits. When this process exits,
// the channel closes and the child stops.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CessError, type CodesWithoutData, createDeferred, isAbort, type Logger, systemTimers } from '@cess/primitives';
import type { RoleCalls, RoleNotice, RoleQuestion } from '@cess/role-process';
import { writeFileAtomically } from '@cess/store';
import { WorkerCall, type WorkerEndpoint } from '@cess/workers';

const program = fileURLToPath(new URL('../../interface/cli/bin/cess.mjs', import.meta.url));
const firstDelayMs = 250;
const maxDelayMs = 8_000;
const answerTimeoutMs = 5_000;
const maxQuestions = 256;
/** Time for a child to exit before it is killed. */
const stopTimeoutMs = 10_000;
/** Exit code of a role whose start a retry cannot fix. */
const misconfigured = 2;

export interface RoleProcessInit {
  readonly role: 'node' | 'provider' | 'gateway' | 'tee';
  readonly name: string;
  readonly configFile: string;
  /** The log of the network. */
  readonly logFile: string;
  readonly logger: Logger;
  /** Returns the configuration for the next start; receives the error of the previous one. */
  config(lastFailure: string | undefined): object;
  onReady(endpoint: string): void;
  /** Called when the process will not be restarted. */
  onGiveUp(reason: string): void;
}

export class RoleProcess {
  #child: ChildProcess | undefined;
  /** Calls of the child that runs now. */
  #calls: WorkerCall<RoleCalls> | undefined;
  #wanted = false;
  #endpoint: string | undefined;
  #failure: CessError | undefined;
  #failures = 0;
  #again: NodeJS.Timeout | undefined;
  #firstReady = createDeferred<void>();

  constructor(private readonly init: RoleProcessInit) {}

  /** Whether it serves. */
  get running(): boolean {
    return this.#endpoint !== undefined;
  }

  get endpoint(): string | undefined {
    return this.#endpoint;
  }

  /** Starts the process and resolves when it is ready; rejects with the error of the process when the start fails. */
  async start(): Promise<void> {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#failures = 0;
    this.#firstReady = createDeferred();
    this.#spawn();
    try {
      await this.#firstReady.promise;
    } catch (error) {
      this.#wanted = false;
      clearTimeout(this.#again);
      throw error;
    }
  }

  /** Stops the process; resolves when it has exited. */
  async stop(): Promise<void> {
    this.#wanted = false;
    clearTimeout(this.#again);
    const child = this.#child;
    if (child === undefined) return;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    // From here on an exit of the process is expected.
    await this.#calls?.stop();
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs);
    await exited;
    clearTimeout(late);
  }

  /** Throws `ROLE_NOT_RUNNING` when it does not serve or does not answer. */
  async ask(question: RoleQuestion): Promise<unknown> {
    const calls = this.running ? this.#calls : undefined;
    if (calls === undefined) throw this.#gone();
    try {
      return await calls.call(question, [], { signal: AbortSignal.timeout(answerTimeoutMs) });
    } catch (error) {
      throw isAbort(error) ? this.#gone() : error;
    }
  }

  #spawn(): void {
    const { role, name, configFile, logFile, logger } = this.init;
    mkdirSync(dirname(configFile), { recursive: true });
    const lastFailure = this.#failure?.code;
    this.#failure = undefined;
    writeFileAtomically(configFile, `${JSON.stringify(this.init.config(lastFailure), null, 2)}\n`);
    // What libraries print reaches the file that is current at the start of the process.
    const output = openSync(logFile, 'a');
    const child = spawn(process.execPath, [program, role, '--config', configFile], {
      env: { ...process.env, CESS_SUPERVISED: '1', CESS_ROLE_NAME: name, CESS_ROLE_LOG: logFile },
      stdio: ['ignore', 'ignore', output, 'ipc'],
    });
    closeSync(output);
    this.#child = child;
    child.on('message', (message: RoleNotice | { readonly id: number }) => {
      if ('type' in message) this.#receive(message);
    });
    this.#calls = new WorkerCall<RoleCalls>({
      name,
      open: () => endpointOf(child),
      maxPending: maxQuestions,
      busy: () => this.#gone(),
      gone: () => this.#gone(),
      restarts: false,
      timers: systemTimers,
      logger,
    });
    child.on('error', (error) => {
      logger.error({ name, cause: error.message }, 'a role process reported an error');
      // Without a process id the spawn failed, and no exit event follows.
      if (child.pid === undefined) this.#ended(null, null);
    });
    child.once('exit', (code, signal) => this.#ended(code, signal));
  }

  #receive(message: RoleNotice): void {
    if (message.type === 'ready') {
      this.#endpoint = message.endpoint;
      this.#failures = 0;
      this.init.onReady(message.endpoint);
      this.#firstReady.resolve();
    } else {
      this.#failure = new CessError(message.code as CodesWithoutData, message.message);
    }
  }

  #ended(code: number | null, signal: NodeJS.Signals | null): void {
    const { name, logger } = this.init;
    const served = this.running;
    this.#child = undefined;
    this.#endpoint = undefined;
    this.#calls = undefined;
    if (!this.#wanted) return this.#firstReady.reject(this.#gone());
    logger.warn({ name, code, signal, reason: this.#failure?.message }, 'a role process ended');
    if (code === misconfigured) {
      this.#wanted = false;
      this.#firstReady.reject(this.#failure ?? this.#gone());
      if (!served) this.init.onGiveUp(this.#failure?.message ?? `${name} does not start`);
      return;
    }
    // When the port was taken, retry immediately with the next configuration.
    const isPortTaken = this.#failure?.code.endsWith('PORT_IN_USE') === true;
    if (!served && !(isPortTaken && this.#failures === 0)) this.#firstReady.reject(this.#failure ?? this.#gone());
    this.#again = setTimeout(() => this.#spawn(), Math.min(firstDelayMs * 2 ** this.#failures, maxDelayMs));
    this.#failures++;
  }

  #gone(): CessError {
    return new CessError('ROLE_NOT_RUNNING', `The process of ${this.init.name} is not running; see the log.`);
  }
}

/** The child as a worker: replies are the messages with an id. The role outlives every call, so a call never terminates it. */
function endpointOf(child: ChildProcess): WorkerEndpoint {
  return {
    post: (message) => {
      // A failing send is followed by the end of the process.
      if (child.connected) child.send(message as object, () => {});
    },
    onMessage: (listener) => {
      child.on('message', (message: object) => {
        if ('id' in message) listener(message);
      });
    },
    onEnd: (listener) => {
      child.once('exit', (code) => listener({ code }));
    },
    terminate: async () => {},
  };
}
