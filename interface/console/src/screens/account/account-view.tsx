// Account: its space, users, groups, roles, policies, the reader's own keys and devices, and the audit log.
import { readAccount } from '../../api/admin.js';
import { useSession, useTexts } from '../../components/context.js';
import { Content } from '../../components/states.js';
import { Tabs } from '../../components/tabs.js';
import { useLoad } from '../../components/use-load.js';
import { navigate } from '../../router.js';
import { lazyScreen } from '../lazy-screen.js';
import type { ScreenProps } from '../screen.js';
import { AccessKeys } from './access-keys.js';
import { AuditLog } from './audit-log.js';
import { Groups } from './groups.js';
import { LiveEvents } from './live-events.js';
import { MfaDevices } from './mfa-devices.js';
import { Policies } from './policies.js';
import { Roles } from './roles.js';
import { Simulator } from './simulator.js';
import { Usage } from './usage.js';
import { Users } from './users.js';

const Territory = lazyScreen(async () => (await import('./territory.js')).Territory);

export function AccountView({ parts }: ScreenProps) {
  const { t } = useTexts();
  const { kind } = useSession();
  const tabs = [
    { id: 'overview', label: t('account.overview'), content: () => <Overview /> },
    ...(kind === 'role-session'
      ? []
      : [
          {
            id: 'security',
            label: t('account.security'),
            content: () => (
              <>
                <AccessKeys userName={undefined} />
                <MfaDevices />
              </>
            ),
          },
        ]),
    { id: 'users', label: t('account.users'), content: () => <Users /> },
    { id: 'groups', label: t('account.groups'), content: () => <Groups /> },
    { id: 'roles', label: t('account.roles'), content: () => <Roles /> },
    { id: 'policies', label: t('account.policies'), content: () => <Policies /> },
    { id: 'simulator', label: t('account.simulator'), content: () => <Simulator /> },
    { id: 'territory', label: t('account.territory'), content: () => <Territory /> },
    { id: 'usage', label: t('account.usage'), content: () => <Usage /> },
    { id: 'events', label: t('account.events'), content: () => <LiveEvents /> },
    { id: 'audit', label: t('account.audit'), content: () => <AuditLog /> },
  ];
  return (
    <div className="page">
      <div className="page-head">
        <h1 tabIndex={-1}>{t('nav.account')}</h1>
      </div>
      <Tabs
        label={t('nav.account')}
        tabs={tabs}
        selected={parts[0] ?? 'overview'}
        onSelect={(id) => navigate(['account', id])}
      />
    </div>
  );
}

function Overview() {
  const { t, bytes, date } = useTexts();
  const session = useSession();
  const account = useLoad('account', readAccount);
  return (
    <div className="card facts-card">
      <dl className="facts">
        <dt>{t('account.signedInAs')}</dt>
        <dd className="break">{session.name}</dd>
        <dt>{t('signin.key')}</dt>
        <dd className="mono break">{session.accessKeyId}</dd>
        <dt>{t('account.sessionEnds')}</dt>
        <dd>{date(session.endsAt)}</dd>
      </dl>
      <Content of={account}>
        {({ id, owner, territory, availableBytes }) => (
          <dl className="facts">
            <dt>{t('account.id')}</dt>
            <dd className="mono">{id}</dd>
            <dt>{t('account.owner')}</dt>
            <dd className="mono break">{owner}</dd>
            <dt>{t('account.territory')}</dt>
            <dd>{territory}</dd>
            <dt>{t('account.available')}</dt>
            <dd>{bytes(availableBytes)}</dd>
          </dl>
        )}
      </Content>
    </div>
  );
}
