// The port for metrics. Roles declare what they count; an adapter (@cess/metrics) gives it to whoever asks. Names follow the
// conventions of Prometheus: `cess_<role>_<what>_<unit>`, base units (seconds, bytes), counters end in `_total`.
//
// Values of labels come from small fixed sets: operations, outcomes, codes. Never from users, peers or the chain.

/** The labels that go with a value: an object with all names, or nothing where none were declared. */
export type LabelsOf<L extends string> = [L] extends [never]
  ? readonly []
  : readonly [labels: Readonly<Record<L, string>>];

/** Name, help and labels of a metric. */
export interface MetricInit<L extends string = never> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly L[];
}

/** A histogram and its buckets. */
export interface HistogramInit<L extends string = never> extends MetricInit<L> {
  /** Upper bounds, ascending. Default: `secondsBuckets`. */
  readonly buckets?: readonly number[];
}

/** What a metric is at the moment of asking: a number, one for each set of labels, or nothing. */
export type Reading<L extends string = never> =
  | number
  | undefined
  | Iterable<readonly [labels: Readonly<Record<L, string>>, value: number]>;

/** Asked at every scrape and never in between. What it throws is no reading. */
export type ReadMetric<L extends string = never> = () => Reading<L> | Promise<Reading<L>>;

/** A number that only grows. */
export interface Counter<L extends string = never> {
  add(amount: number, ...labels: LabelsOf<L>): void;
}

/** A number that rises and falls. */
export interface Gauge<L extends string = never> {
  set(value: number, ...labels: LabelsOf<L>): void;
}

/** Counts of values by bucket. */
export interface Histogram<L extends string = never> {
  observe(value: number, ...labels: LabelsOf<L>): void;
}

/**
 * Takes declarations. Repeating a declaration, as a restarted role does, returns the existing metric; its callback
 * takes the place of the earlier one.
 */
export interface Metrics {
  /** With `read`, a count that is kept elsewhere. */
  counter<L extends string = never>(init: MetricInit<L>, read?: ReadMetric<L>): Counter<L>;
  gauge<L extends string = never>(init: MetricInit<L>, read?: ReadMetric<L>): Gauge<L>;
  histogram<L extends string = never>(init: HistogramInit<L>): Histogram<L>;
}

/** For what takes between a millisecond and a minute. */
export const secondsBuckets: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

const nothing = { add: () => {}, set: () => {}, observe: () => {} };

/** Counts nothing. */
export const noMetrics: Metrics = {
  counter: () => nothing,
  gauge: () => nothing,
  histogram: () => nothing,
};
