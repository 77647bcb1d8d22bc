// Server spans as OTLP says (opentelemetry/proto/trace/v1/trace.proto).
import { type Attributes, type KeyValue, type OtlpOrigin, toKeyValues, toUnixNano } from './otlp.js';
import type { TraceContext } from './trace-context.js';

/** A request that was answered. */
export interface ServerSpan {
  /** One of few: an operation, not a path. */
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  /** The server failed. A request that was refused did not. */
  readonly isError: boolean;
}

export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly flags: number;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly KeyValue[];
  readonly status: { readonly code?: number };
}

const spanKindServer = 2;
const statusCodeError = 2;
/** The W3C sampled flag, and what is known of the parent: that it is known whether it is remote, and that it is. */
const flag = { sampled: 0x01, hasIsRemote: 0x100, isRemote: 0x200 } as const;

export function toOtlpSpan(
  { traceId, spanId, parentSpanId }: TraceContext,
  { name, startMs, endMs, attributes, isError }: ServerSpan,
): OtlpSpan {
  return {
    traceId,
    spanId,
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    flags: flag.sampled | flag.hasIsRemote | (parentSpanId === undefined ? 0 : flag.isRemote),
    name,
    kind: spanKindServer,
    startTimeUnixNano: toUnixNano(startMs),
    endTimeUnixNano: toUnixNano(Math.max(startMs, endMs)),
    attributes: toKeyValues(attributes),
    status: isError ? { code: statusCodeError } : {},
  };
}

/** An ExportTraceServiceRequest. */
export function tracesRequest({ resource, scope }: OtlpOrigin, spans: readonly OtlpSpan[]): object {
  return { resourceSpans: [{ resource, scopeSpans: [{ scope, spans }] }] };
}
