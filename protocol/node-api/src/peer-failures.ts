// What calls to another node fail with: coded errors, one set of codes for each role, that say what the peer did.
import { CessError, type CodesWith, type CodesWithoutData, isCessError } from '@cess/primitives';

/** Codes of what can go wrong with a peer of one role, and its name in messages. */
export interface PeerErrors {
  /** As in "The provider stopped answering." */
  readonly name: string;
  /** No byte in either direction for too long. */
  readonly stalled: CodesWithoutData;
  readonly unreachable: CodesWith<{ readonly endpoint: string }>;
  /** The error of a refusal, which carries the code that the peer gave. */
  readonly refused: (message: string, peerCode: string, data: RefusalData) => CessError;
  readonly badResponse: CodesWithoutData;
}

interface RefusalData {
  readonly endpoint: string;
  readonly status: number;
  readonly retryAfterSeconds?: number;
  /** What the peer says of its own error. */
  readonly retryable?: boolean;
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
    if (isCessError(cause)) return cause;
    return new CessError(
      this.errors.unreachable,
      `The ${this.errors.name} could not be reached.`,
      { endpoint },
      { cause },
    );
  }

  refused({ endpoint, status, body, retryAfter }: Refusal): CessError {
    const { refused, name } = this.errors;
    const stated = tryJson(body) as { code?: unknown; retryable?: unknown } | null | undefined;
    const code = typeof stated?.code === 'string' ? stated.code.slice(0, 64) : 'unknown';
    const retryAfterSeconds = Number(retryAfter);
    return refused(`The ${name} refused the request (${status} ${code}).`, code, {
      endpoint,
      status,
      ...(typeof stated?.retryable === 'boolean' ? { retryable: stated.retryable } : {}),
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
