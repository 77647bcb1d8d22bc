// What calls to another node fail with: coded errors, one set of codes for each role, that say what the peer did.
import { CessError } from '@cess/primitives';

/** Codes of what can go wrong with a peer of one role, and its name in messages. */
export interface PeerErrors {
  /** As in "The provider stopped answering." */
  readonly name: string;
  /** No byte in either direction for too long. */
  readonly stalled: string;
  readonly unreachable: string;
  /** Its answer is a refusal; `data` has `endpoint`, `status` and the field `refusedCodeField`. */
  readonly refused: string;
  /** Field of `data` that takes the code of the refusal. */
  readonly refusedCodeField: string;
  readonly badResponse: string;
}

export interface Refusal {
  readonly endpoint: string;
  readonly status: number;
  /** Of the answer, whatever it holds; the code is taken from it if it is JSON with one. */
  readonly body: Uint8Array | undefined;
  readonly retryAfter?: string | undefined;
}

export class PeerFailures {
  constructor(private readonly errors: PeerErrors) {}

  /** `what`: how the sentence "The provider …" goes on. */
  badResponse(what: string, cause?: unknown): CessError {
    const options = cause === undefined ? undefined : { cause };
    return new CessError(this.errors.badResponse, `The ${this.errors.name} ${what}.`, {}, options);
  }

  stalled(): CessError {
    return new CessError(this.errors.stalled, `The ${this.errors.name} stopped answering.`);
  }

  /** A coded error stays what it is. */
  unreachable(endpoint: string, cause: unknown): CessError {
    if (cause instanceof CessError) return cause;
    return new CessError(
      this.errors.unreachable,
      `The ${this.errors.name} could not be reached.`,
      { endpoint },
      { cause },
    );
  }

  refused({ endpoint, status, body, retryAfter }: Refusal): CessError {
    const { refused, refusedCodeField, name } = this.errors;
    const stated = (tryJson(body) as { code?: unknown } | null | undefined)?.code;
    const code = typeof stated === 'string' ? stated.slice(0, 64) : 'unknown';
    const retryAfterSeconds = Number(retryAfter);
    return new CessError(refused, `The ${name} refused the request (${status} ${code}).`, {
      endpoint,
      status,
      [refusedCodeField]: code,
      ...(Number.isSafeInteger(retryAfterSeconds) && retryAfterSeconds >= 0 ? { retryAfterSeconds } : {}),
    });
  }
}

function tryJson(body: Uint8Array | undefined): unknown {
  if (body === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined;
  }
}
