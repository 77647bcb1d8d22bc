// The handler of fatal errors: a broken invariant, an unexpected exception, or an error of background work that is not
// retryable. It logs one line with a state dump and exits immediately with its own exit code. It runs no cleanup, because the
// state of the process is suspect; everything acknowledged is already on disk. The dump holds the error and the loop that
// raised it, the report of the role (which `cess status` shows, too), and figures of the process.
// It never holds keys, passphrases, credentials, configuration, or bytes of objects.
import { isCessError, type Logger, messageOf, type OnFatal } from '@cess/primitives';

/** Differs from a failed start and a clean stop; a supervisor restarts the process. */
export const fatalExitCode = 4;

export interface FatalInit {
  readonly logger: Logger;
  /** The report of the role. */
  readonly report: () => unknown;
  /** Default: ends this process, or this worker thread. */
  readonly exit?: (code: number) => void;
}

/** Reports the first fatal error only; later ones may be its consequences. */
export function createFatalHandler({ logger, report, exit = process.exit }: FatalInit): OnFatal {
  let isEnding = false;
  return (error, loop) => {
    if (isEnding) return;
    isEnding = true;
    logger.error({ loop, ...describe(error), state: { report: tryReport(report), process: figures() } }, 'fatal error');
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
