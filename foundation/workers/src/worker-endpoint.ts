// A running worker as its caller sees it, whatever it runs in.
export interface EndReason {
  /** Exit code, if it has one. */
  readonly code: number | null;
  /** What it threw, or why it could not be started. */
  readonly error?: unknown;
  /** The last text that a process wrote to its error output, if that is piped. */
  readonly errorText?: string;
}

export interface WorkerEndpoint {
  /** Of a process. */
  readonly pid?: number | undefined;
  /** Sends a message; the memory of `transfer` goes over with it where the worker is a thread. */
  post(message: unknown, transfer: readonly ArrayBuffer[]): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, when the worker is gone. */
  onEnd(listener: (reason: EndReason) => void): void;
  /** Ends the worker at once; resolves when it is gone. */
  terminate(): Promise<void>;
}
