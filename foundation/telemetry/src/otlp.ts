// The parts of OTLP 1.x in JSON that are sent here (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): 64-bit integers
// are decimal strings, trace and span ids are hexadecimal, enumerations are numbers, absent fields are left out.

type AttributeValue = string | number | boolean;
/** Undefined values are left out. */
export type Attributes = Readonly<Record<string, AttributeValue | undefined>>;

export interface KeyValue {
  readonly key: string;
  readonly value:
    | { readonly stringValue: string }
    | { readonly boolValue: boolean }
    | { readonly intValue: string }
    | { readonly doubleValue: number };
}

/** Who sends: the resource and the instrumentation scope of all messages. */
export interface Origin {
  readonly resource: Attributes;
  readonly scope: { readonly name: string; readonly version: string };
}

export interface OtlpOrigin {
  readonly resource: { readonly attributes: readonly KeyValue[] };
  readonly scope: { readonly name: string; readonly version: string };
}

/** Longer texts are cut: paths and object keys are what clients make of them. */
const longestText = 1_024;

export function toKeyValues(attributes: Attributes): KeyValue[] {
  return Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: toAnyValue(value) }],
  );
}

export function toOtlpOrigin({ resource, scope }: Origin): OtlpOrigin {
  return { resource: { attributes: toKeyValues(resource) }, scope };
}

/** Nanoseconds since the Unix epoch. */
export function toUnixNano(ms: number): string {
  // A number of nanoseconds exceeds the exact range of a double; one of microseconds does not.
  return String(BigInt(Math.round(ms * 1000)) * 1000n);
}

/** Never between the halves of a surrogate pair: receivers reject a whole message with half of one. */
function cut(text: string): string {
  const isInPair = /[\uD800-\uDBFF]/.test(text.charAt(longestText - 1));
  return text.slice(0, isInPair ? longestText - 1 : longestText);
}

function toAnyValue(value: AttributeValue): KeyValue['value'] {
  if (typeof value === 'string') return { stringValue: cut(value) };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
