// The one error type of operational failures. `code` is stable and machine-readable (docs/errors.md lists all);
// `data` is for logs and tests and never holds secrets; `message` tells a person what to do next.

export type ErrorData = Readonly<Record<string, unknown>>;

export class CessError<Code extends string = string> extends Error {
  override readonly name = 'CessError';

  constructor(
    readonly code: Code,
    message: string,
    readonly data: ErrorData = {},
    options?: { readonly cause?: unknown },
  ) {
    super(message, options);
  }
}

/** True for a `CessError`, optionally with that code. */
export function isCessError(value: unknown, code?: string): value is CessError {
  return value instanceof CessError && (code === undefined || value.code === code);
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
