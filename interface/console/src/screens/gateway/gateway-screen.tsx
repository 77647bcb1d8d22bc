// Gateway: its health and its backlog.
import { type GatewayHealth, readGateway } from '../../api/admin.js';
import { Button } from '../../components/button.js';
import { useSession, useTexts } from '../../components/context.js';
import { Content } from '../../components/states.js';
import { useLoad } from '../../components/use-load.js';
import type { Screen } from '../screen.js';

function GatewayScreen() {
  const { t } = useTexts();
  const health = useLoad('gateway', readGateway);
  return (
    <div className="page">
      <div className="page-head">
        <h1 tabIndex={-1}>{t('nav.gateway')}</h1>
        <Button icon="refresh" onClick={health.reload}>
          {t('action.refresh')}
        </Button>
      </div>
      <Content of={health}>{(value) => <Health health={value} />}</Content>
    </div>
  );
}

function Health({ health }: { readonly health: GatewayHealth }) {
  const { t, number, date } = useTexts();
  const { gateway } = useSession();
  const { undeclaredFiles, unrecordedFiles, setAsideRecords, usableProviders, suspectProviders } = health;
  const waiting = sumOf(unrecordedFiles);
  const aside = sumOf(setAsideRecords);
  return (
    <>
      <ul className="stats">
        <Figure label={t('gateway.requests')} value={number(health.activeRequests)} />
        <Figure label={t('gateway.backlog')} value={number(undeclaredFiles)} hint={t('gateway.backlog.hint')} />
        <Figure
          label={t('gateway.providers')}
          value={number(usableProviders)}
          hint={t('gateway.suspect', { count: number(suspectProviders) })}
        />
        <Figure
          label={t('gateway.waiting')}
          value={number(waiting)}
          hint={detailOf(unrecordedFiles)}
          isBad={waiting > 0}
        />
        <Figure label={t('gateway.aside')} value={number(aside)} hint={detailOf(setAsideRecords)} isBad={aside > 0} />
      </ul>
      <section className="card facts-card" aria-label={t('gateway.about')}>
        <dl className="facts">
          <dt>{t('gateway.region')}</dt>
          <dd>{health.region}</dd>
          <dt>{t('gateway.started')}</dt>
          <dd>{date(health.startedAt)}</dd>
          <dt>{t('gateway.endpoint')}</dt>
          <dd className="mono break">{gateway.s3Endpoint}</dd>
          <dt>{t('gateway.classes')}</dt>
          <dd>{health.storageClasses.join(', ')}</dd>
          <dt>{t('gateway.genesis')}</dt>
          <dd className="mono break">{gateway.genesis}</dd>
        </dl>
      </section>
    </>
  );
}

interface FigureProps {
  readonly label: string;
  readonly value: string;
  readonly hint?: string;
  readonly isBad?: boolean;
}

function Figure({ label, value, hint = '', isBad = false }: FigureProps) {
  return (
    <li className={`card stat${isBad ? ' is-bad' : ''}`}>
      <span className="label">{label}</span>
      <strong>{value}</strong>
      <span className="faint break">{hint}</span>
    </li>
  );
}

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function detailOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name}: ${count}`)
    .join(', ');
}

export const gatewayScreen: Screen = {
  path: 'gateway',
  title: 'nav.gateway',
  icon: 'chart',
  component: GatewayScreen,
};
