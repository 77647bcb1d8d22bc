// The JSON encoding of OTLP for tests, written from the published messages (opentelemetry-proto 1.x: common.proto, resource.proto,
// trace.proto, metrics.proto) and apart from the code that writes it. Unknown and misspelt fields fail.
import { z } from 'zod';

const uint64 = z.string().regex(/^(0|[1-9]\d{0,19})$/);
const int64 = z.string().regex(/^-?(0|[1-9]\d{0,18})$/);
const uint32 = z.int().min(0).max(0xffff_ffff);
const id = (digits: number) =>
  z
    .string()
    .regex(new RegExp(`^[0-9a-fA-F]{${digits}}$`))
    .refine((text) => /[^0]/.test(text));

const anyValue = z.union([
  z.strictObject({ stringValue: z.string() }),
  z.strictObject({ boolValue: z.boolean() }),
  z.strictObject({ intValue: int64 }),
  z.strictObject({ doubleValue: z.number() }),
]);
const attributes = z
  .array(z.strictObject({ key: z.string().min(1), value: anyValue }))
  .refine((all) => new Set(all.map(({ key }) => key)).size === all.length, 'keys are unique');
const resource = z.strictObject({ attributes });
const scope = z.strictObject({ name: z.string(), version: z.string() });

const span = z.strictObject({
  traceId: id(32),
  spanId: id(16),
  parentSpanId: id(16).optional(),
  traceState: z.string().optional(),
  flags: uint32.optional(),
  name: z.string().min(1),
  kind: z.int().min(0).max(5),
  startTimeUnixNano: uint64,
  endTimeUnixNano: uint64,
  attributes,
  status: z.strictObject({ message: z.string().optional(), code: z.int().min(0).max(2).optional() }),
});

const times = { startTimeUnixNano: uint64.optional(), timeUnixNano: uint64, attributes };
const numberPoint = z.union([
  z.strictObject({ ...times, asDouble: z.number() }),
  z.strictObject({ ...times, asInt: int64 }),
]);
const histogramPoint = z
  .strictObject({
    ...times,
    count: uint64,
    sum: z.number().optional(),
    bucketCounts: z.array(uint64),
    explicitBounds: z.array(z.number()),
  })
  .refine(({ bucketCounts, explicitBounds }) => bucketCounts.length === explicitBounds.length + 1, 'a bucket more')
  .refine(
    ({ bucketCounts, count }) => bucketCounts.reduce((sum, one) => sum + BigInt(one), 0n) === BigInt(count),
    'the buckets add up to the count',
  )
  .refine(({ explicitBounds }) => explicitBounds.every((bound, i) => i === 0 || bound > (explicitBounds[i - 1] ?? 0)));
const aggregationTemporality = z.int().min(1).max(2);
const described = { name: z.string().min(1), description: z.string().optional(), unit: z.string().optional() };
const metric = z.union([
  z.strictObject({ ...described, gauge: z.strictObject({ dataPoints: z.array(numberPoint) }) }),
  z.strictObject({
    ...described,
    sum: z.strictObject({ aggregationTemporality, isMonotonic: z.boolean(), dataPoints: z.array(numberPoint) }),
  }),
  z.strictObject({
    ...described,
    histogram: z.strictObject({ aggregationTemporality, dataPoints: z.array(histogramPoint) }),
  }),
]);

export const tracesSchema = z.strictObject({
  resourceSpans: z.array(
    z.strictObject({ resource, scopeSpans: z.array(z.strictObject({ scope, spans: z.array(span) })) }),
  ),
});
export const metricsSchema = z.strictObject({
  resourceMetrics: z.array(
    z.strictObject({ resource, scopeMetrics: z.array(z.strictObject({ scope, metrics: z.array(metric) })) }),
  ),
});
