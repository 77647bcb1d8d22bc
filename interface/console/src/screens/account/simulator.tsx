// The simulator: whether a user, group or role may do something, and why.
import { useState } from 'react';
import { iamList, type User } from '../../api/admin.js';
import type { Group, Identity, IdentityKind, Role } from '../../api/iam.js';
import { useTexts } from '../../components/context.js';
import { Content, Empty } from '../../components/states.js';
import { useLoad } from '../../components/use-load.js';
import { Simulation } from './simulation.js';

interface Choice extends Identity {
  readonly arn: string;
}

export function Simulator() {
  const { t } = useTexts();
  const choices = useLoad('simulator', readIdentities);
  const [arn, setArn] = useState<string>();
  return (
    <section className="stack narrow" aria-label={t('account.simulator')}>
      <p className="soft">{t('simulate.text')}</p>
      <Content of={choices}>
        {(list) => {
          const chosen = list.find((one) => one.arn === arn) ?? list[0];
          if (chosen === undefined)
            return <Empty icon="user" title={t('simulate.none')} text={t('simulate.none.text')} />;
          return (
            <>
              <label className="field">
                <span>{t('simulate.who')}</span>
                <select className="input" value={chosen.arn} onChange={(event) => setArn(event.target.value)}>
                  {list.map(({ kind, name, arn: value }) => (
                    <option key={value} value={value}>
                      {t(`simulate.who.${kind}`, { name })}
                    </option>
                  ))}
                </select>
              </label>
              <Simulation key={chosen.arn} policies={{ arn: chosen.arn }} identity={chosen} />
            </>
          );
        }}
      </Content>
    </section>
  );
}

async function readIdentities(): Promise<readonly Choice[]> {
  const named = (kind: IdentityKind) => (name: string, arn: string) => ({ kind, name, arn });
  const users = await iamList<User>('ListUsers', 'Users');
  const groups = await iamList<Group>('ListGroups', 'Groups');
  const roles = await iamList<Role>('ListRoles', 'Roles');
  return [
    ...users.map(({ UserName, Arn }) => named('User')(UserName, Arn)),
    ...groups.map(({ GroupName, Arn }) => named('Group')(GroupName, Arn)),
    ...roles.map(({ RoleName, Arn }) => named('Role')(RoleName, Arn)),
  ];
}
