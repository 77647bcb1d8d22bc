// What a node logs, as calls: the simulation sees what its people would see.
import type { LogFields, Logger } from '@cess/primitives';

export type LogLevel = 'error' | 'warn';

/** Levels below warn are dropped. */
export function observedLogger(onLog: (level: LogLevel, fields: LogFields, message: string) => void): Logger {
  const logger: Logger = {
    error: (fields, message) => onLog('error', fields, message),
    warn: (fields, message) => onLog('warn', fields, message),
    info: () => {},
    debug: () => {},
    child: () => logger,
  };
  return logger;
}
