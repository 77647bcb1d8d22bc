// The metrics of a registry as OTLP says (opentelemetry/proto/metrics/v1/metrics.proto). They keep the names that the metrics endpoint
// shows; temporality is cumulative, as there.
import type { MetricFamily, Sample } from '@cess/metrics';
import { type KeyValue, type OtlpOrigin, toKeyValues, toUnixNano } from './otlp.js';

interface Times {
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
}

type Point = Times & { readonly attributes: readonly KeyValue[] } & Readonly<Record<string, unknown>>;

const cumulative = 2;

/** An ExportMetricsServiceRequest. `startMs`: when the process began to count. */
export function metricsRequest(
  { resource, scope }: OtlpOrigin,
  families: readonly MetricFamily[],
  { startMs, nowMs }: { readonly startMs: number; readonly nowMs: number },
): object {
  const times = { startTimeUnixNano: toUnixNano(startMs), timeUnixNano: toUnixNano(nowMs) };
  const metrics = families
    .filter(({ samples }) => samples.length > 0)
    .map((family) => ({
      name: family.name,
      description: family.help,
      ...unitOf(family.name),
      ...dataOf(family, times),
    }));
  return { resourceMetrics: [{ resource, scopeMetrics: [{ scope, metrics }] }] };
}

/** By UCUM. */
function unitOf(name: string): { readonly unit?: string } {
  const base = name.replace(/_total$/, '');
  if (base.endsWith('_seconds')) return { unit: 's' };
  return base.endsWith('_bytes') ? { unit: 'By' } : {};
}

function dataOf({ type, samples, name }: MetricFamily, times: Times): object {
  if (type === 'histogram')
    return { histogram: { aggregationTemporality: cumulative, dataPoints: histogramPoints(name, samples, times) } };
  const dataPoints = samples
    .filter(({ value }) => Number.isFinite(value))
    .map(({ labels, value }): Point => ({ ...times, attributes: toKeyValues(labels), asDouble: value }));
  if (type === 'counter') return { sum: { aggregationTemporality: cumulative, isMonotonic: true, dataPoints } };
  return { gauge: { dataPoints } };
}

interface Series {
  readonly labels: Sample['labels'];
  /** Cumulative counts by upper bound, in ascending order of the bounds; the last is that of infinity. */
  readonly buckets: (readonly [bound: number, count: number])[];
  sum: number;
}

function histogramPoints(name: string, samples: readonly Sample[], times: Times): Point[] {
  const all = new Map<string, Series>();
  for (const { name: sampled, labels: given, value } of samples) {
    const { le, ...labels } = given;
    const key = JSON.stringify(Object.entries(labels).sort());
    const series = all.get(key) ?? { labels, buckets: [], sum: 0 };
    all.set(key, series);
    if (le !== undefined) series.buckets.push([le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), value]);
    else if (sampled === `${name}_sum`) series.sum = value;
  }
  return [...all.values()].map(({ labels, buckets, sum }) => {
    buckets.sort(([one], [other]) => (one < other ? -1 : 1));
    return {
      ...times,
      attributes: toKeyValues(labels),
      count: String(buckets.at(-1)?.[1] ?? 0),
      sum,
      bucketCounts: buckets.map(([, count], index) => String(count - (buckets[index - 1]?.[1] ?? 0))),
      explicitBounds: buckets.map(([bound]) => bound).filter(Number.isFinite),
    };
  });
}
