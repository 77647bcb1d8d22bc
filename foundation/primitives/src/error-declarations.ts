// How a package declares its error codes: once, in its `src/errors.ts`, as data from which the compiler takes the type of
// an error's data, `isRetryable` its answer, and docs/errors.md its text.
import { invariant } from './invariant.js';

/** The data of an error whose message says everything. */
export type NoData = Readonly<Record<string, never>>;

/** What one code means, what to do, and whether a retry may succeed. */
export interface ErrorDeclaration<Data = NoData> {
  /** What happened, in one sentence. */
  readonly meaning: string;
  /** What the person who reads the log does next, in one sentence. */
  readonly remedy: string;
  /** Whether the same operation can succeed later although nobody changes it. A function if that depends on the data. */
  readonly retryable: boolean | ((data: Data) => boolean);
  /** Whether a person must correct configuration, keys or folders before a process can start. Default false. */
  readonly isMisconfiguration?: boolean;
  /** Carries the type of the data; never set. */
  readonly dataType?: (data: Data) => void;
}

/** The errors of a package by code. */
export type ErrorDeclarations = Readonly<Record<string, ErrorDeclaration<never>>>;

/** From the declarations of a package: code to the type of its data. */
export type DataOf<Declarations extends ErrorDeclarations> = {
  readonly [Code in keyof Declarations]: Declarations[Code] extends ErrorDeclaration<infer Data>
    ? unknown extends Data
      ? NoData
      : Data
    : never;
};

const declared = new Map<string, ErrorDeclaration<never>>();

/** A declaration of a code whose errors carry data. */
export function withData<Data extends object>(declaration: ErrorDeclaration<Data>): ErrorDeclaration<Data> {
  return declaration;
}

/**
 * Declares the codes of a package. Its `errors.ts` also merges them into the type `ErrorCodes`:
 * `declare module '@cess/primitives' { interface ErrorCodes extends DataOf<typeof errors> {} }`.
 * A code is declared once, by the package that owns it; a second copy of that package in one process declares it again.
 */
export function declareErrors<Declarations extends ErrorDeclarations>(errors: Declarations): Declarations {
  for (const [code, declaration] of Object.entries(errors)) {
    const meaning = declared.get(code)?.meaning ?? declaration.meaning;
    invariant(meaning === declaration.meaning, `two packages declare the error code ${code}`);
    declared.set(code, declaration);
  }
  return errors;
}

/** What the code's declaration says; false for a code that no package in this process declares. */
export function isRetryableByDeclaration(code: string, data: object): boolean {
  const retryable = declared.get(code)?.retryable;
  return typeof retryable === 'function' ? retryable(data as never) : retryable === true;
}

/** Whether restarting the process cannot help; false for a code that no package in this process declares. */
export function isMisconfiguration(code: string): boolean {
  return declared.get(code)?.isMisconfiguration === true;
}

/** What a person does next, as the code's declaration says; undefined for a code that no package in this process declares. */
export function remedyOf(code: string): string | undefined {
  return declared.get(code)?.remedy;
}
