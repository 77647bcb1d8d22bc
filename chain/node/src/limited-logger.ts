// A logger for what strangers cause: at most so many lines a minute with the same message, so that nobody fills the log. The
// next line that is written says how many were dropped before it.
import type { Clock, LogFields, Logger } from '@cess/primitives';

const windowMs = 60_000;
const maxLinesPerWindow = 10;
/** Messages are constants of the program; a bound all the same. */
const maxMessages = 256;

interface Window {
  startedAtMs: number;
  lines: number;
  dropped: number;
}

/** `onDropped` is called for each dropped line. Lines of level debug are not limited: they are written only when asked for. */
export function limitedLogger(logger: Logger, clock: Clock, onDropped: () => void): Logger {
  return wrap(logger, clock, onDropped, new Map());
}

function wrap(logger: Logger, clock: Clock, onDropped: () => void, windows: Map<string, Window>): Logger {
  const limited =
    (level: 'error' | 'warn' | 'info') =>
    (fields: LogFields, message: string): void => {
      const window = windowOf(windows, message, clock.nowMs());
      if (window.lines >= maxLinesPerWindow) {
        window.dropped++;
        onDropped();
        return;
      }
      window.lines++;
      const { dropped } = window;
      window.dropped = 0;
      logger[level](dropped > 0 ? { ...fields, droppedLines: dropped } : fields, message);
    };
  return {
    error: limited('error'),
    warn: limited('warn'),
    info: limited('info'),
    debug: (fields, message) => logger.debug(fields, message),
    child: (fields) => wrap(logger.child(fields), clock, onDropped, windows),
  };
}

/** The window of a message; a new one begins where the last one is over or the clock was set back. */
function windowOf(windows: Map<string, Window>, message: string, nowMs: number): Window {
  const last = windows.get(message);
  if (last && nowMs >= last.startedAtMs && nowMs < last.startedAtMs + windowMs) return last;
  if (windows.size >= maxMessages) windows.clear();
  const window = { startedAtMs: nowMs, lines: 0, dropped: last?.dropped ?? 0 };
  windows.set(message, window);
  return window;
}
