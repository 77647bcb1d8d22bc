// The trace that a request belongs to, by W3C Trace Context (https://www.w3.org/TR/trace-context-2/).
import { type Rng, toHex } from '@cess/primitives';

export interface TraceContext {
  /** 32 hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** 16 hexadecimal digits, not all zero. */
  readonly spanId: string;
  /** Of the client. Undefined: the trace begins here. */
  readonly parentSpanId: string | undefined;
  /** The sampled flag of the client. True where the trace begins. */
  readonly isSampled: boolean;
}

const versionZero = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/;
/** Later versions may append fields. */
const laterVersion = /^(?!00|ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const sampledFlag = 1;
/** Of the 56 random bits at the end of a trace id, the first 52: a double holds them exactly. */
const compared = { from: -14, to: -1, values: 2 ** 52 } as const;

/** Continues the trace of a `traceparent` header. An absent or invalid header begins a new one. */
export function continueTrace(traceparent: string | undefined, rng: Rng): TraceContext {
  const match = versionZero.exec(traceparent ?? '') ?? laterVersion.exec(traceparent ?? '');
  const [, traceId = '', parentSpanId = '', flags = ''] = match ?? [];
  if (!isId(traceId) || !isId(parentSpanId))
    return { traceId: newId(16, rng), spanId: newId(8, rng), parentSpanId: undefined, isSampled: true };
  const isSampled = (Number.parseInt(flags, 16) & sampledFlag) !== 0;
  return { traceId, spanId: newId(8, rng), parentSpanId, isSampled };
}

/**
 * Whether a share of all traces includes this one. Services with the same ratio agree
 * (https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/).
 */
export function isInShare(traceId: string, ratio: number): boolean {
  return Number.parseInt(traceId.slice(compared.from, compared.to), 16) >= (1 - ratio) * compared.values;
}

function isId(text: string): boolean {
  return /[^0]/.test(text);
}

function newId(bytes: number, rng: Rng): string {
  for (;;) {
    const id = toHex(rng.bytes(bytes));
    if (isId(id)) return id;
  }
}
