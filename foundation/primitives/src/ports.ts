// Ports to the outside world. Pure cores get none of them; everything else takes them as components,
// so that the simulator can replace them.

/** A source of time. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
}

/** Time that can be waited for. */
export interface Timers extends Clock {
  /** Rejects with `ABORTED` when the signal fires first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface Rng {
  /** `length` unpredictable bytes. */
  bytes(length: number): Uint8Array;
}

/** Fields of a log record. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Structured logger. Levels: error = a person must act, warn = degraded, info = lifecycle, debug = per request. */
export interface Logger {
  error(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  debug(fields: LogFields, message: string): void;
  child(fields: LogFields): Logger;
}

/** Something with a lifetime. `stop` is idempotent and waits until nothing of it runs. */
export interface Startable {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The generator of the platform, in Node and in browsers. */
export const webRng: Rng = { bytes: (length) => globalThis.crypto.getRandomValues(new Uint8Array(length)) };

export const systemClock: Clock = { nowMs: () => Date.now() };

export const silentLogger: Logger = {
  error: () => {},
  warn: () => {},
  info: () => {},
  debug: () => {},
  child: () => silentLogger,
};
