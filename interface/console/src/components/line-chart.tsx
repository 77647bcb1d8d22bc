// A line over time from zero to the highest value. It is a picture with a description; whoever uses it puts the values into a table beside it.
export interface ChartPoint {
  /** Unix milliseconds. */
  readonly timeMs: number;
  readonly value: number;
}

interface LineChartProps {
  readonly title: string;
  /** What the picture shows, in words. */
  readonly description: string;
  /** By time, at least one. */
  readonly points: readonly ChartPoint[];
  readonly valueText: (value: number) => string;
  readonly timeText: (timeMs: number) => string;
}

export function LineChart({ title, description, points, valueText, timeText }: LineChartProps) {
  const { line, end, most, fromMs, toMs } = plotOf(points);
  return (
    <figure className="card chart">
      <figcaption>{title}</figcaption>
      <div className="chart-values" aria-hidden="true">
        <span>{most === 0 ? '' : valueText(most)}</span>
        <span>{valueText(0)}</span>
      </div>
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label={description}>
        <path className="chart-grid" d="M0 0H100M0 50H100" />
        <path d={line} />
        <path className="chart-end" d={end} />
      </svg>
      <div className="chart-times" aria-hidden="true">
        <span>{toMs === fromMs ? '' : timeText(fromMs)}</span>
        <span>{timeText(toMs)}</span>
      </div>
    </figure>
  );
}

/** Paths in a square of 100 units; the newest point is marked. A single point stands at the right end. */
export function plotOf(points: readonly ChartPoint[]): {
  readonly line: string;
  readonly end: string;
  readonly most: number;
  readonly fromMs: number;
  readonly toMs: number;
} {
  const most = points.reduce((highest, { value }) => Math.max(highest, value), 0);
  const [fromMs, toMs] = [points[0]?.timeMs ?? 0, points.at(-1)?.timeMs ?? 0];
  const places = points.map(({ timeMs, value }) => {
    const x = toMs === fromMs ? 100 : ((timeMs - fromMs) / (toMs - fromMs)) * 100;
    const y = most === 0 ? 100 : 100 - (value / most) * 100;
    return `${round(x)} ${round(y)}`;
  });
  return { line: `M${places.join('L')}`, end: `M${places.at(-1) ?? ''}h0`, most, fromMs, toMs };
}

function round(coordinate: number): number {
  return Math.round(coordinate * 100) / 100;
}
