// The errors of calls to another node. Each role has its own codes.
import { CessError, type CodesWith, type CodesWithoutData, isCessError } from '@cess/primitives';

/** The error codes for peers of one role, and the name of the role in messages. */
export interface PeerErrors {
  /** As in "The provider stopped answering." */
  readonly name: string;
  /** No byte moved for too long. */
  readonly stalled: CodesWithoutData;
  readonly unreachable: CodesWith<{ readonly endpoint: string }>;
  /** The error of a rejected call, with the code that the peer sent. */
  readonly refused: (message: string, peerCode: string, data: RefusalData) => CessError;
  readonly badResponse: CodesWithoutData;
}

interface RefusalData {
  readonly endpoint: string;
  readonly status: number;
  readonly retryAfterSeconds?: number;
  /** The peer's own error. */
  readonly retryable?: boolean;
}

export interface Refusal {
  readonly endpoint: string;
  readonly status: number;
  /** Body of the response. If it is JSON with a code, the code is used. */
  readonly body: Uint8Array | undefined;
  readonly retryAfter?: string | undefined;
}

export class PeerFailures {
  constructor(private readonly errors: PeerErrors) {}

  /** `what` continues the sentence "The provider …". */
  badResponse(what: string, cause?: unknown): CessError {
    const options = cause === undefined ? undefined : { cause };
    return new CessError(this.errors.badResponse, `The ${this.errors.name} ${what}.`, {}, options);
  }

  stalled(): CessError {
    return new CessError(this.errors.stalled, `The ${this.errors.name} stopped answering.`);
  }

  /** Returns coded errors unchanged. */
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
