// What happens when a process must not continue: a broken invariant, an unexpected exception, or an error of background work
// that no retry can help. The handler logs one line with a state dump and exits at once with a code of its own. It runs no
// cleanup, since the state of the process is suspect; everything that was acknowledged is on disk already. The dump holds
// what went wrong and in which work, the report of the role (the same that `cess status` shows), and figures of the process.
// It never holds keys, passphrases, credentials, configuration, or bytes of objects.
import { isCessError, type Logger, messageOf, type OnFatal } from '@cess/primitives';

/** Differs from a failed start and a clean stop; a supervisor restarts the process. */
export const fatalExitCode = 4;

export interface FatalInit {
  readonly logger: Logger;
  /** The report of the role. */
  readonly report: () => unknown;
  /** Flushes the logger. */
  readonly flush?: () => void;
  /** Default: ends this process, or this worker thread. */
  readonly exit?: (code: number) => void;
}

/** Reports the first fatal error only; later ones may be its consequences. */
export function createFatalHandler({ logger, report, flush, exit = process.exit }: FatalInit): OnFatal {
  let isEnding = false;
  return (error, loop) => {
    if (isEnding) return;
    isEnding = true;
    logger.error({ loop, ...describe(error), state: { report: tryReport(report), process: figures() } }, 'fatal error');
    flush?.();
    exit(fatalExitCode);
  };
}

/** Uncaught exceptions and unhandled rejections are bugs and therefore fatal, too. */
export function handleUncaught(onFatal: OnFatal): void {
  process.on('uncaughtException', (error) => onFatal(error, 'uncaught exception'));
}

function describe(error: unknown): object {
  const cause = error instanceof Error && error.cause !== undefined ? messageOf(error.cause) : undefined;
  return {
    code: isCessError(error) ? error.code : 'UNEXPECTED',
    error: messageOf(error),
    cause,
    stack: error instanceof Error ? error.stack : undefined,
  };
}

/** The report comes from the failed component, so it may throw, too. */
function tryReport(report: () => unknown): unknown {
  try {
    return report();
  } catch (error) {
    return `not available: ${messageOf(error)}`;
  }
}

function figures(): object {
  const { rss, heapUsed, external } = process.memoryUsage();
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  return {
    pid: process.pid,
    node: process.version,
    uptimeSeconds: Math.round(process.uptime()),
    memory: { rss, heapUsed, external },
    resources,
  };
}
