// The text format 0.0.4 of Prometheus, read (https://prometheus.io/docs/instrumenting/exposition_formats/), and several such
// texts made into one: every sample gets the labels of its source, every metric keeps one HELP and one TYPE with all samples
// behind them. Reads what our own registry writes, and is strict about it: anything else is a broken source.
import { CessError, elementAt } from '@cess/primitives';

export interface Sample {
  /** With the endings of histograms (`_bucket`, `_sum`, `_count`). */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface MetricFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface ExpositionSource {
  /** Added to every sample; a sample's own label of that name goes. */
  readonly labels: Readonly<Record<string, string>>;
  readonly text: string;
}

const helpLine = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/;
const typeLine = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)$/;
const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const labelPair = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(,|$)/y;

interface OpenFamily {
  readonly name: string;
  readonly help: string;
  type: string;
  readonly samples: Sample[];
}

/** The metrics of a text. Throws `METRICS_MALFORMED`. */
export function parseExposition(text: string): MetricFamily[] {
  const families = new Map<string, OpenFamily>();
  let current: OpenFamily | undefined;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const help = helpLine.exec(line);
    if (help !== null) {
      const [, name = '', text = ''] = help;
      if (families.has(name)) throw malformed(line);
      current = { name, help: text, type: 'untyped', samples: [] };
      families.set(name, current);
      continue;
    }
    const type = typeLine.exec(line);
    if (type !== null) {
      if (current === undefined || current.name !== type[1] || current.samples.length > 0) throw malformed(line);
      current.type = elementAt(type, 2);
      continue;
    }
    const sample = sampleOf(line);
    if (current === undefined || !belongs(sample.name, current)) throw malformed(line);
    current.samples.push(sample);
  }
  return [...families.values()];
}

/** One text of many, in which families stand together. Throws `METRICS_MALFORMED`. */
export function mergeExpositions(sources: readonly ExpositionSource[]): string {
  const merged = new Map<string, OpenFamily>();
  for (const { labels, text } of sources) {
    for (const { name, help, type, samples } of parseExposition(text)) {
      const family = merged.get(name) ?? { name, help, type, samples: [] };
      merged.set(name, family);
      // Two versions of a role may declare a name differently: the first declaration wins.
      if (family.type !== type) continue;
      for (const sample of samples) family.samples.push({ ...sample, labels: { ...sample.labels, ...labels } });
    }
  }
  return [...merged.values()].map(renderFamily).join('');
}

function renderFamily({ name, help, type, samples }: OpenFamily): string {
  const lines = samples.map((sample) => {
    const labels = Object.entries(sample.labels).map(([label, value]) => `${label}="${escaped(value)}"`);
    const braces = labels.length === 0 ? '' : `{${labels.join(',')}}`;
    return `${sample.name}${braces} ${renderValue(sample.value)}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function belongs(sample: string, { name, type }: OpenFamily): boolean {
  if (sample === name) return type !== 'histogram';
  return type === 'histogram' && ['_bucket', '_sum', '_count'].some((ending) => sample === name + ending);
}

function sampleOf(line: string): Sample {
  const match = sampleLine.exec(line);
  const value = parseValue(match?.[3] ?? '');
  if (match === null || value === undefined) throw malformed(line);
  return { name: elementAt(match, 1), labels: labelsOf(match[2] ?? '', line), value };
}

function labelsOf(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  labelPair.lastIndex = 0;
  while (labelPair.lastIndex < text.length) {
    const match = labelPair.exec(text);
    if (match === null || Object.hasOwn(labels, elementAt(match, 1))) throw malformed(line);
    labels[elementAt(match, 1)] = elementAt(match, 2).replace(/\\(.)/g, (_, next: string) =>
      next === 'n' ? '\n' : next,
    );
  }
  return labels;
}

function parseValue(text: string): number | undefined {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  if (!/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text)) return undefined;
  return Number(text);
}

function renderValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function malformed(line: string): CessError {
  return new CessError('METRICS_MALFORMED', `This is no line of a metrics text: ${line.slice(0, 200)}`);
}
