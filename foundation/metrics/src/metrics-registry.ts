// The port for metrics over prom-client: one registry for one role. Numbers are plain additions in memory; callbacks run at a
// scrape and never in between. What would grow without bound does not: past `maxSeries` sets of labels, new ones of a metric
// are left out.
import {
  type Counter,
  type Gauge,
  type Histogram,
  type HistogramInit,
  invariant,
  type Logger,
  type MetricInit,
  type Metrics,
  messageOf,
  type Reading,
  type ReadMetric,
  secondsBuckets,
  silentLogger,
} from '@cess/primitives';
import type * as prom from 'prom-client';
import PromCounter from 'prom-client/lib/counter.js';
import PromGauge from 'prom-client/lib/gauge.js';
import PromHistogram from 'prom-client/lib/histogram.js';
import PromRegistry from 'prom-client/lib/registry.js';

type Kind = 'counter' | 'gauge' | 'histogram';
type Labels = Readonly<Record<string, string>>;
type AnyRead = ReadMetric<string>;

/** Sets of labels of one metric. */
const maxSeries = 512;
const namePattern = /^(cess|process|nodejs)_[a-z0-9]+(_[a-z0-9]+)*$/;
const labelPattern = /^[a-z]+(_[a-z]+)*$/;

interface Declared {
  readonly kind: Kind;
  readonly labels: readonly string[];
  readonly handle: { add(...args: never): void; set(...args: never): void; observe(...args: never): void };
  read: AnyRead | undefined;
}

export interface MetricsRegistryInit {
  readonly logger?: Logger;
}

export class MetricsRegistry implements Metrics {
  readonly #registry = new PromRegistry();
  readonly #declared = new Map<string, Declared>();
  readonly #logger: Logger;

  constructor({ logger = silentLogger }: MetricsRegistryInit = {}) {
    this.#logger = logger;
  }

  counter<L extends string = never>(init: MetricInit<L>, read?: ReadMetric<L>): Counter<L> {
    invariant(/_total$/.test(init.name), 'names of counters end in _total');
    return this.#declare('counter', init, read as AnyRead | undefined) as Counter<L>;
  }

  gauge<L extends string = never>(init: MetricInit<L>, read?: ReadMetric<L>): Gauge<L> {
    return this.#declare('gauge', init, read as AnyRead | undefined) as Gauge<L>;
  }

  histogram<L extends string = never>(init: HistogramInit<L>): Histogram<L> {
    return this.#declare('histogram', init, undefined) as Histogram<L>;
  }

  /** Everything in the text format 0.0.4 of Prometheus. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #declare(kind: Kind, init: HistogramInit<string>, read: AnyRead | undefined) {
    const { name, labels = [] } = init;
    const before = this.#declared.get(name);
    if (before !== undefined) {
      invariant(before.kind === kind && String(before.labels) === String(labels), 'a name stands for one metric');
      if (read !== undefined) before.read = read;
      return before.handle;
    }
    invariant(namePattern.test(name), 'metrics are named cess_<role>_<what>_<unit>');
    invariant(
      labels.every((label) => labelPattern.test(label)),
      'labels are lower-case words',
    );
    const handle = this.#create(kind, init, read !== undefined);
    this.#declared.set(name, { kind, labels, handle, read });
    return handle;
  }

  #create(kind: Kind, { name, help, labels = [], buckets = secondsBuckets }: HistogramInit<string>, isRead: boolean) {
    const series = new Set<string>();
    const admits = (given: Labels): boolean => {
      if (labels.length === 0) return true;
      const key = labels.map((label) => given[label]).join('\n');
      if (series.has(key)) return true;
      if (series.size >= maxSeries) return false;
      series.add(key);
      return true;
    };
    const registers = [this.#registry];
    const common = { name, help, labelNames: [...labels], registers };
    if (kind === 'histogram') {
      const histogram = new PromHistogram<string>({ ...common, buckets: [...buckets] });
      const observe = (value: number, given: Labels = {}) => {
        if (Number.isFinite(value) && admits(given)) histogram.observe(given, value);
      };
      return { add: unused, set: unused, observe };
    }
    const Type = kind === 'counter' ? PromCounter : PromGauge;
    const collect = isRead ? { collect: () => this.#collect(name, metric, put) } : {};
    const metric: prom.Counter<string> | prom.Gauge<string> = new Type<string>({ ...common, ...collect });
    const put = (value: number, given: Labels = {}) => {
      const isValid = Number.isFinite(value) && (kind === 'gauge' || value >= 0);
      if (isValid && admits(given)) metric.inc(given, value);
    };
    const set = (value: number, given: Labels = {}) => {
      if (Number.isFinite(value) && admits(given) && metric instanceof PromGauge) metric.set(given, value);
    };
    return { add: put, set, observe: unused };
  }

  /** Asks the callback; what it does not give is not in the answer, not zero. */
  async #collect(
    name: string,
    metric: prom.Counter<string> | prom.Gauge<string>,
    put: (value: number, labels?: Labels) => void,
  ): Promise<void> {
    let reading: Reading<string>;
    try {
      reading = await this.#declared.get(name)?.read?.();
    } catch (error) {
      this.#logger.debug({ metric: name, cause: messageOf(error) }, 'a metric could not be read');
    }
    // In one synchronous step, so that concurrent scrapes do not add to each other.
    metric.reset();
    if (typeof reading === 'number' && Number.isFinite(reading)) return put(reading);
    if (typeof reading === 'number' || reading === undefined) return void metric.remove({});
    for (const [labels, value] of reading) put(value, labels);
  }
}

function unused(): void {
  invariant(false, 'a metric is used as what it was declared as');
}
