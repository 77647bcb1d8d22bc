// Network: what the providers have declared, hold and have proven, which segments wait for repair and how long that takes, and who has
// the space where; live.
import { type NetworkState, readNetwork, type ShownProvider } from '../../api/network.js';
import { useTexts } from '../../components/context.js';
import { Figures } from '../../components/figures.js';
import { Content, Empty } from '../../components/states.js';
import { hrefOf } from '../../router.js';
import { useLiveChain } from '../use-chain.js';
import { GroupsSection } from './network-groups.js';
import { MarginsSection } from './network-margins.js';
import { TimesSection } from './network-times.js';
import { ProviderTable } from './provider-table.js';

export function NetworkView() {
  const { t } = useTexts();
  const state = useLiveChain('network', readNetwork);
  return (
    <div className="page">
      <div className="page-head">
        <h1 tabIndex={-1}>{t('network.title')}</h1>
      </div>
      <Content of={state}>{(read) => <Network state={read} />}</Content>
    </div>
  );
}

function Network({ state }: { readonly state: NetworkState }) {
  const { t, number, bytes, percent } = useTexts();
  const { providers, waiting, urgent, block, isCut } = state;
  const sum = (of: (provider: ShownProvider) => number) => providers.reduce((total, each) => total + of(each), 0);
  const active = providers.filter((each) => each.state === 'Positive').length;
  const [declared, service, proven] = [
    sum(({ declaredBytes }) => declaredBytes),
    sum(({ serviceBytes }) => serviceBytes),
    sum(({ provenBytes }) => provenBytes),
  ];
  const segments = waiting.reduce((total, each) => total + each.segments, 0);
  const lost = waiting.filter(({ margin }) => margin < 0).reduce((total, each) => total + each.segments, 0);
  if (providers.length === 0) return <Empty icon="network" title={t('network.empty')} text={t('network.empty.text')} />;
  return (
    <div className="stack">
      <p className="faint" role="status">
        {t('network.asOf', { block: number(block) })}
      </p>
      <Figures
        figures={[
          {
            label: t('network.providers'),
            value: number(providers.length),
            hint: t('network.providers.active', { active: number(active) }),
            ...(active < providers.length ? { tone: 'warn' as const } : {}),
          },
          { label: t('network.capacity'), value: bytes(declared), hint: t('network.capacity.hint') },
          { label: t('network.stored'), value: bytes(service), hint: t('network.stored.hint') },
          {
            label: t('network.proven'),
            value: service === 0 ? '–' : percent(proven / service),
            hint: t('network.proven.hint', { bytes: bytes(proven) }),
          },
          {
            label: t('network.waiting'),
            value: isCut ? t('network.more', { count: number(segments) }) : number(segments),
            hint: lost === 0 ? t('network.waiting.hint') : t('network.waiting.lost', { count: number(lost) }),
            ...(lost > 0 ? { tone: 'bad' as const } : segments > 0 ? { tone: 'warn' as const } : {}),
          },
        ]}
      />
      <section className="stack tight" aria-label={t('network.repair')}>
        <h2>{t('network.repair')}</h2>
        {waiting.length === 0 ? (
          <p className="notice good">{t('network.repair.none')}</p>
        ) : (
          <>
            <ul className="bars plain" aria-label={t('network.margins')}>
              {waiting.map(({ margin, segments: count }) => (
                <li key={margin}>
                  <span>{margin < 0 ? t('network.margin.lost') : t('network.margin', { margin: number(margin) })}</span>
                  <meter
                    min={0}
                    max={segments}
                    value={count}
                    aria-label={t('network.segments', { count: number(count) })}
                  />
                  <span className="number">{number(count)}</span>
                </li>
              ))}
            </ul>
            <div className="scroll-x">
              <table className="table">
                <caption className="visually-hidden">{t('network.urgent')}</caption>
                <thead>
                  <tr>
                    <th>{t('network.file')}</th>
                    <th className="number">{t('network.segment')}</th>
                    <th className="number">{t('network.margin.column')}</th>
                  </tr>
                </thead>
                <tbody>
                  {urgent.map(({ file, segment, margin }) => (
                    <tr key={`${file}/${segment}`}>
                      <td>
                        <a className="mono" href={hrefOf(['explorer', 'file', file])}>{`${file.slice(0, 24)}…`}</a>
                      </td>
                      <td className="number">{number(segment + 1)}</td>
                      <td className="number">{number(margin)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </>
        )}
      </section>
      <MarginsSection />
      <TimesSection />
      <GroupsSection />
      <section className="stack tight" aria-label={t('network.providers')}>
        <h2>{t('network.providers')}</h2>
        <ProviderTable providers={providers} />
      </section>
    </div>
  );
}
