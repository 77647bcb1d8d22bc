// The lifecycle of a role process. It opens the role, serves its metrics if they are configured, prints one `ready` line on
// standard output, and writes its log as JSON lines on standard error. SIGINT, SIGTERM or the end of the supervisor stop it within
// `stopTimeoutMs`. SIGHUP makes a role that can reload do so; it stops the others, and every role that a terminal leaves behind. Exit codes: 0 stopped cleanly, 1 failed, 2 invalid configuration or key (a retry cannot
// help), 3 did not stop in time, 4 fatal error (fatal.ts).
import { isatty } from 'node:tty';
import { addProcessMetrics, MetricsRegistry, MetricsServer } from '@cess/metrics';
import {
  CessError,
  isMisconfiguration,
  type Logger,
  type Metrics,
  messageOf,
  type OnFatal,
  runCleanups,
} from '@cess/primitives';
import { serveProcess } from '@cess/workers';
import { pino } from 'pino';
import type { RoleConfigFormat } from './config-file.js';
import { createFatalHandler, fatalExitCode, handleUncaught } from './fatal.js';
import { ignoreOutputErrors, openLogFile, standardErrorLog } from './role-log.js';
import type { RoleCalls, RoleNotice, RoleQuestion } from './supervision.js';

const stopTimeoutMs = 30_000;
const exitCodes = { clean: 0, failed: 1, misconfigured: 2, late: 3, fatal: fatalExitCode } as const;

export interface OpenRole {
  readonly endpoint: string;
  /** The status report for the supervisor. */
  answer(question: Exclude<RoleQuestion, 'metrics'>): unknown;
  /** Reads again at once what may change while the role runs. Never rejects. */
  reload?(): Promise<void>;
}

/** Process settings common to all roles. */
export interface RoleProcessConfig {
  readonly logLevel: string;
  readonly metricsHost: string;
  readonly metricsPort: number | null;
}

export interface RoleContext {
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** All metrics of the process in the text format of Prometheus. */
  readonly metricsText: () => Promise<string>;
  /** Cleanups of opened resources. They run in reverse order when the process stops or fails to start. */
  readonly cleanups: (() => unknown)[];
  /** Aborts the process immediately and logs a state dump. */
  readonly onFatal: OnFatal;
}

/** A role: the format of its configuration file, and how to open it. */
export interface Role<T extends RoleProcessConfig> {
  readonly format: RoleConfigFormat<T>;
  open(config: T, passphrase: string | undefined, context: RoleContext): Promise<OpenRole>;
}

/** Settings from the process environment. */
export interface RoleEnvironment {
  /** A supervisor listens on the IPC channel and decides when the process stops. */
  readonly isSupervised: boolean;
  /** Name of this process in the log, where a supervisor runs several of one role. */
  readonly name: string | undefined;
  /** The log file of the supervisor, which rotates it; standard error if there is none. */
  readonly logFile: string | undefined;
  /** Opens the key files of the role. */
  readonly passphrase: string | undefined;
}

/** Opens the role and runs it until it stops. Never returns: the process exits. */
export async function runRole<T extends RoleProcessConfig>(
  { format: { role }, open }: Role<T>,
  config: T,
  environment: RoleEnvironment,
): Promise<never> {
  ignoreOutputErrors();
  const log = pino(
    { level: config.logLevel, base: logBase(role, environment.name), timestamp: pino.stdTimeFunctions.isoTime },
    environment.logFile === undefined
      ? standardErrorLog()
      : openLogFile({ file: environment.logFile, isOwner: false, nowMs: Date.now }),
  );
  const metrics = new MetricsRegistry({ logger: log });
  addProcessMetrics(metrics);
  const cleanups: (() => unknown)[] = [];
  const cleanUp = () =>
    runCleanups(cleanups).catch((error: unknown) =>
      log.error({ cause: messageOf(error) }, 'closing some resources failed'),
    );
  let opened: OpenRole | undefined;
  const onFatal = createFatalHandler({ logger: log, report: () => opened?.answer('status') });
  handleUncaught(onFatal);
  const ended = untilEnd(environment.isSupervised, () => opened?.reload?.());
  try {
    const metricsEndpoint = await serveMetrics(config, metrics, log, cleanups);
    const metricsText = () => metrics.text();
    const running = await open(config, environment.passphrase, {
      logger: log,
      metrics,
      metricsText,
      cleanups,
      onFatal,
    });
    opened = running;
    serveSupervisor(running, metrics);
    const also = metricsEndpoint === null ? '' : ` metrics=${metricsEndpoint}`;
    process.stdout.write(`ready ${role} ${running.endpoint}${also}\n`);
    tell({ type: 'ready', endpoint: running.endpoint, metrics: metricsEndpoint });
    const { reason, code } = await ended.promise;
    log.info({ reason }, 'stopping');
    await cleanUp();
    process.exit(code);
  } catch (error) {
    const code = error instanceof CessError ? error.code : 'ROLE_FAILED';
    log.error({ code, cause: messageOf(error), stack: error instanceof CessError ? undefined : stackOf(error) }, role);
    process.stderr.write(`The ${role} could not be started: ${messageOf(error)} [${code}]\n`);
    tell({ type: 'failed', code, message: messageOf(error) });
    await cleanUp();
    process.exit(isMisconfiguration(code) ? exitCodes.misconfigured : exitCodes.failed);
  }
}

/** Answers the calls of a supervisor. When it is gone the role stops in order (`untilEnd`). */
function serveSupervisor({ answer }: OpenRole, metrics: MetricsRegistry): void {
  serveProcess<RoleCalls>(
    {
      status: () => answer('status'),
      pause: () => answer('pause'),
      resume: () => answer('resume'),
      retry: () => answer('retry'),
      metrics: () => metrics.text(),
    },
    { isSerial: false, exitsWithParent: false },
  );
}

/** Log fields that identify the process. A supervisor of several processes names each. */
function logBase(role: string, name: string | undefined): object {
  return { role, ...(name === undefined ? {} : { name }), pid: process.pid };
}

/** URL of the metrics, or null when disabled. */
async function serveMetrics(
  { metricsHost: host, metricsPort: port }: RoleProcessConfig,
  metrics: MetricsRegistry,
  logger: Logger,
  cleanups: (() => unknown)[],
): Promise<string | null> {
  if (port === null) return null;
  const server = new MetricsServer({ host, port, text: () => metrics.text(), logger });
  await server.start();
  cleanups.push(() => server.stop());
  return server.endpoint;
}

interface End {
  readonly reason: string;
  readonly code: number;
}

/**
 * Resolves with the first reason to end; from then on the process has `stopTimeoutMs`. `reload` returns undefined when the role has
 * nothing to reload.
 */
function untilEnd(
  isSupervised: boolean,
  reload: () => Promise<void> | undefined,
): { promise: Promise<End>; end: (reason: string, code: number) => void } {
  // A terminal that closes sends SIGHUP, and must not leave the process behind. By then it is no terminal any more.
  const isInTerminal = isatty(0);
  let resolveEnd!: (end: End) => void;
  const promise = new Promise<End>((resolve) => {
    resolveEnd = resolve;
  });
  const end = (reason: string, code: number): void => {
    resolveEnd({ reason, code });
    setTimeout(() => process.exit(exitCodes.late), stopTimeoutMs).unref();
  };
  process.once('SIGTERM', () => end('SIGTERM', exitCodes.clean));
  // Ctrl-C in a terminal reaches the supervisor and all its processes; the supervisor decides the shutdown order.
  const interrupt = (signal: NodeJS.Signals): void => {
    if (!isSupervised) end(signal, exitCodes.clean);
  };
  process.on('SIGINT', interrupt);
  process.on('SIGHUP', (signal) => {
    if (isInTerminal || reload() === undefined) interrupt(signal);
  });
  const orphaned = (): void => end('the supervisor is gone', exitCodes.clean);
  process.once('disconnect', orphaned);
  if (isSupervised && !process.connected) orphaned();
  return { promise, end };
}

/** Sends a notice to the supervisor, if one is connected. */
function tell(message: RoleNotice): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
