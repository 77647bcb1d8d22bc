// The one error type of operational failures. `code` is stable and machine-readable (docs/errors.md lists all);
// `data` is for logs and tests and never holds secrets; `message` tells a person what to do next.
import { isRetryableByDeclaration } from './error-declarations.js';
import type { ErrorCodes } from './errors.js';

/** The codes of all packages that are loaded. */
export type ErrorCode = keyof ErrorCodes;

/** All codes whose errors can be made with this data. */
export type CodesWith<Data> = { [Code in ErrorCode]: Data extends ErrorCodes[Code] ? Code : never }[ErrorCode];

/** All codes whose errors can be made without data. */
export type CodesWithoutData = CodesWith<Record<never, never>>;

/** The cause of an error. */
export interface CessErrorOptions {
  readonly cause?: unknown;
  /** Overrides the declaration, for an error that comes from another process. */
  readonly retryable?: boolean;
}

/** What follows code and message: data, where the code has any, and options. */
export type ErrorDetails<Code extends ErrorCode> =
  Record<never, never> extends ErrorCodes[Code]
    ? [data?: ErrorCodes[Code], options?: CessErrorOptions]
    : [data: ErrorCodes[Code], options?: CessErrorOptions];

/** An operational failure: a stable `code`, `data` that belongs to the code, a message that says what to do, and the cause. */
export class CessError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'CessError';
  readonly data: ErrorCodes[Code];
  /** Whether the operation can succeed later although nobody changes it. */
  readonly retryable: boolean;

  constructor(
    readonly code: Code,
    message: string,
    ...[data, options]: ErrorDetails<Code>
  ) {
    super(message, options?.cause === undefined ? undefined : { cause: options.cause });
    this.data = data ?? ({} as ErrorCodes[Code]);
    this.retryable = options?.retryable ?? isRetryableByDeclaration(code, this.data);
  }
}

/** True for a `CessError`; with codes, only for one of these, whose data is then typed. */
export function isCessError<Code extends ErrorCode = ErrorCode>(
  value: unknown,
  ...codes: readonly Code[]
): value is CessError<Code> {
  return value instanceof CessError && (codes.length === 0 || (codes as readonly ErrorCode[]).includes(value.code));
}

/** True if the operation that failed can succeed later although nobody changes it. */
export function isRetryable(thrown: unknown): thrown is CessError {
  return thrown instanceof CessError && thrown.retryable;
}

/** True for what an aborted operation throws: our own error, or that of a Node or web API. */
export function isAbort(thrown: unknown): boolean {
  return isCessError(thrown, 'ABORTED') || (thrown instanceof Error && thrown.name === 'AbortError');
}

/** What an aborted operation throws. */
export function aborted(cause?: unknown): CessError<'ABORTED'> {
  return new CessError('ABORTED', 'The operation was aborted.', {}, { cause });
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/**
 * Why a file with JSON cannot be read, without what stands in it: the message of a parser quotes the text, which may hold a secret.
 */
export function jsonProblem(thrown: unknown): string {
  if (!(thrown instanceof SyntaxError)) return messageOf(thrown);
  const position = /at position \d+/.exec(thrown.message)?.[0];
  return position === undefined ? 'it is not JSON' : `it is not JSON ${position}`;
}
