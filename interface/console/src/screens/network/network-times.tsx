// How long rounds and repairs took, live: of what ended in the blocks that were read.
import { followTimes } from '../../api/follow-times.js';
import type { Duration, NetworkTimes } from '../../api/network-times.js';
import { useTexts } from '../../components/context.js';
import { Content } from '../../components/states.js';
import type { Texts } from '../../i18n/texts.js';
import { useFollowed } from '../use-followed.js';

export function TimesSection() {
  const { t } = useTexts();
  const times = useFollowed(followTimes);
  return (
    <section className="stack tight" aria-label={t('network.times')}>
      <h2>{t('network.times')}</h2>
      <Content of={times}>{(read) => <Times times={read} />}</Content>
    </section>
  );
}

function Times({ times }: { readonly times: NetworkTimes }) {
  const texts = useTexts();
  const { t, number, date, duration } = texts;
  const { first, last, firstMs, lastMs, cycle, rows, unknown } = times;
  return (
    <>
      <p className="soft">
        {t('network.times.period', {
          ...{ first: number(first), last: number(last), from: date(firstMs), to: date(lastMs) },
        })}
      </p>
      <div className="scroll-x">
        <table className="table">
          <caption className="visually-hidden">{t('network.times')}</caption>
          <thead>
            <tr>
              <th>{t('network.times.what')}</th>
              <th className="number">{t('network.times.count')}</th>
              <th className="number">{t('network.times.median')}</th>
              <th className="number">{t('network.times.longest')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ kind, count, median, longest }) => (
              <tr key={kind}>
                <th scope="row">{t(`network.times.${kind}`)}</th>
                <td className="number">{number(count)}</td>
                <td className="number">{durationOf(median, texts)}</td>
                <td className="number">{durationOf(longest, texts)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="soft">
        {cycle.ms === undefined
          ? t('network.times.cycle.blocks', { blocks: number(cycle.blocks) })
          : t('network.times.cycle', { blocks: number(cycle.blocks), duration: duration(cycle.ms) })}
      </p>
      {unknown === 0 ? null : <p className="soft">{t('network.times.unknown', { count: number(unknown) })}</p>}
    </>
  );
}

function durationOf(of: Duration | undefined, { t, number, duration }: Texts): string {
  if (of === undefined) return t('network.times.none');
  const blocks = number(of.blocks);
  return of.ms === undefined
    ? t('network.times.blocks', { blocks })
    : t('network.times.duration', { blocks, duration: duration(of.ms) });
}
