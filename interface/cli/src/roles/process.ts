// The life of a role process: opened once, one `ready` line on standard output, JSON lines of the log on standard error,
// a clean stop on SIGINT, SIGTERM, SIGHUP or when a supervisor's channel closes, within `stopTimeoutMs`. Exit codes: 0
// stopped cleanly, 1 failed, 2 the configuration or a key does not let it start (trying again would not help), 3 did
// not stop in time.
import { CessError, type Logger, messageOf } from '@cess/primitives';
import { pino } from 'pino';
import type { RoleMessage, RoleQuestion, RoleRequest } from './supervision.js';

const stopTimeoutMs = 5_000;
const isSupervised = process.env['CESS_SUPERVISED'] === '1';
export const exitCodes = { clean: 0, failed: 1, misconfigured: 2, late: 3 } as const;

export interface OpenRole {
  readonly endpoint: string;
  /** What a supervisor is told when it asks. */
  answer(question: RoleQuestion): unknown;
}

export interface RoleContext {
  readonly logger: Logger;
  /** Whatever was opened, in order; undone from the last to the first when the process stops or cannot start. */
  readonly cleanups: (() => unknown)[];
  /** Ends the process as failed: it cannot go on. */
  readonly fail: (reason: string) => void;
}

/** Opens the role and lives until it ends. Never returns to whoever called it: the process exits. */
export async function runRole(
  role: string,
  logLevel: string,
  open: (context: RoleContext) => Promise<OpenRole>,
): Promise<never> {
  const log = pino(
    { level: logLevel, base: { role, pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
  const cleanups: (() => unknown)[] = [];
  const cleanUp = async (): Promise<void> => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  };
  const ended = untilEnd();
  try {
    const opened = await open({ logger: log, cleanups, fail: (reason) => ended.end(reason, exitCodes.failed) });
    process.on('message', (request: RoleRequest) => {
      tell({ type: 'answer', id: request.id, value: opened.answer(request.question) });
    });
    process.stdout.write(`ready ${role} ${opened.endpoint}\n`);
    tell({ type: 'ready', endpoint: opened.endpoint });
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

const lasting =
  /^(CONFIG_|CHAIN_SPEC_|KEY_|PASSPHRASE_|NETWORK_MISMATCH|(PROVIDER|TEE)_DIRECTORY|ENCLAVE_(SEAL|GENESIS|SOFTWARE)|ADDRESS_)/;

/** Nothing that time or another try would change. */
export function isMisconfiguration(code: string): boolean {
  return lasting.test(code);
}

interface End {
  readonly reason: string;
  readonly code: number;
}

/** Resolves with the first reason to end; from then on the process has `stopTimeoutMs`. */
function untilEnd(): { promise: Promise<End>; end: (reason: string, code: number) => void } {
  let resolveEnd!: (end: End) => void;
  const promise = new Promise<End>((resolve) => {
    resolveEnd = resolve;
  });
  const end = (reason: string, code: number): void => {
    resolveEnd({ reason, code });
    setTimeout(() => process.exit(exitCodes.late), stopTimeoutMs).unref();
  };
  process.once('SIGTERM', () => end('SIGTERM', exitCodes.clean));
  // Ctrl-C in a terminal reaches a supervisor and all its processes: then the supervisor decides the order.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!isSupervised) end(signal, exitCodes.clean);
    });
  }
  const orphaned = (): void => end('the supervisor is gone', exitCodes.clean);
  process.once('disconnect', orphaned);
  if (isSupervised && !process.connected) orphaned();
  return { promise, end };
}

/** To the supervisor, if there is one that listens. */
function tell(message: RoleMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined;
}
