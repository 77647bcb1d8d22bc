// What the account stored and transferred over time, as charts, and every sample in a table.
import { useState } from 'react';
import { readUsage, type UsageOverTime, type UsagePeriod, type UsageSample, usagePeriods } from '../../api/admin.js';
import { useTexts } from '../../components/context.js';
import { LineChart } from '../../components/line-chart.js';
import { Content, Empty } from '../../components/states.js';
import { useLoad } from '../../components/use-load.js';

export function UsageHistory() {
  const { t } = useTexts();
  const [period, setPeriod] = useState<UsagePeriod>('month');
  const usage = useLoad(`usage ${period}`, () => readUsage(period));
  return (
    <section className="stack" aria-label={t('usage.history')}>
      <h2>{t('usage.history')}</h2>
      <label className="field narrow">
        <span>{t('usage.period')}</span>
        <select
          className="input"
          value={period}
          onChange={({ target }) => setPeriod(usagePeriods.find((each) => each === target.value) ?? 'month')}
        >
          {usagePeriods.map((each) => (
            <option key={each} value={each}>
              {t(`usage.period.${each}`)}
            </option>
          ))}
        </select>
      </label>
      <Content of={usage}>{(read) => <Samples usage={read} />}</Content>
    </section>
  );
}

function Samples({ usage: { interval, samples, nextSampleAt } }: { readonly usage: UsageOverTime }) {
  const { t, bytes, number, date } = useTexts();
  const next = t('usage.history.next', { time: date(nextSampleAt) });
  if (samples.length === 0) return <Empty icon="search" title={t('usage.history.none')} text={next} />;
  return (
    <>
      <div className="charts">
        <Chart title={t('usage.bytes')} samples={samples} of={(sample) => sample.bytes} valueText={bytes} />
        <Chart title={t('usage.objects')} samples={samples} of={(sample) => sample.objects} valueText={number} />
        <Sums
          title={t(`usage.requests.${interval}`)}
          samples={samples}
          of={(sample) => sample.requests}
          valueText={number}
        />
        <Sums
          title={t(`usage.received.${interval}`)}
          samples={samples}
          of={(sample) => sample.receivedBytes}
          valueText={bytes}
        />
        <Sums
          title={t(`usage.sent.${interval}`)}
          samples={samples}
          of={(sample) => sample.sentBytes}
          valueText={bytes}
        />
      </div>
      <p className="faint">{next}</p>
      <details>
        <summary>{t('usage.history.table')}</summary>
        <SampleTable samples={samples} />
      </details>
    </>
  );
}

interface ChartProps {
  readonly title: string;
  /** At least one. */
  readonly samples: readonly UsageSample[];
  readonly of: (sample: UsageSample) => number;
  readonly valueText: (value: number) => string;
}

/** A chart of what adds up, with its sum. */
function Sums(props: ChartProps) {
  const { t } = useTexts();
  const { title, samples, of, valueText } = props;
  const sum = samples.reduce((total, sample) => total + of(sample), 0);
  return <Chart {...props} title={t('usage.total', { what: title, sum: valueText(sum) })} />;
}

function Chart({ title, samples, of, valueText }: ChartProps) {
  const { t, date } = useTexts();
  const points = samples.map((sample) => ({ timeMs: Date.parse(sample.time), value: of(sample) }));
  const [first, last] = [points[0], points.at(-1)];
  const description = t('usage.chart', {
    what: title,
    first: valueText(first?.value ?? 0),
    from: date(first?.timeMs ?? 0),
    last: valueText(last?.value ?? 0),
    to: date(last?.timeMs ?? 0),
    most: valueText(Math.max(...points.map(({ value }) => value))),
  });
  return <LineChart title={title} description={description} points={points} valueText={valueText} timeText={date} />;
}

function SampleTable({ samples }: { readonly samples: readonly UsageSample[] }) {
  const { t, bytes, number, date } = useTexts();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard
    <div className="scroll-x" tabIndex={0}>
      <table className="table">
        <caption className="visually-hidden">{t('usage.history')}</caption>
        <thead>
          <tr>
            <th>{t('usage.time')}</th>
            <th className="number">{t('usage.objects')}</th>
            <th className="number">{t('usage.versions')}</th>
            <th className="number">{t('usage.bytes')}</th>
            <th className="number">{t('usage.requests')}</th>
            <th className="number">{t('usage.received')}</th>
            <th className="number">{t('usage.sent')}</th>
          </tr>
        </thead>
        <tbody>
          {samples.toReversed().map((sample) => (
            <tr key={sample.time}>
              <td>{date(sample.time)}</td>
              <td className="number">{number(sample.objects)}</td>
              <td className="number">{number(sample.versions)}</td>
              <td className="number">{bytes(sample.bytes)}</td>
              <td className="number">{number(sample.requests)}</td>
              <td className="number">{bytes(sample.receivedBytes)}</td>
              <td className="number">{bytes(sample.sentBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
