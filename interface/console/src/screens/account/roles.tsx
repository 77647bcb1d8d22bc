// Roles of the account: who may assume them (the trust policy), for how long, and what they may do.
import { useState } from 'react';
import { iam, iamList } from '../../api/admin.js';
import { deletePolicies, type Role, shownDocument } from '../../api/iam.js';
import { Button } from '../../components/button.js';
import { useSession, useTexts } from '../../components/context.js';
import { Dialog, FormDialog } from '../../components/dialog.js';
import { Failed } from '../../components/failed.js';
import { Field } from '../../components/field.js';
import { Content } from '../../components/states.js';
import { useAction } from '../../components/use-action.js';
import { useLoad } from '../../components/use-load.js';
import { DeleteIdentity } from './delete-identity.js';
import { IdentityList } from './identity-list.js';
import { IdentityPolicies } from './identity-policies.js';
import { PolicyDialog } from './policy-dialog.js';
import { formFailureOf, PolicyField } from './policy-field.js';

/** Hours that a session of a role may last at most, as the gateway takes them. */
const hours = [1, 2, 4, 8, 12];

export function Roles() {
  const { t } = useTexts();
  const roles = useLoad('roles', async () => {
    const list = await iamList<Role>('ListRoles', 'Roles');
    return list.map(({ RoleName, CreateDate }) => ({ name: RoleName, created: CreateDate }));
  });
  return (
    <IdentityList
      label={t('account.roles')}
      create={t('roles.create')}
      none={{ title: t('roles.empty'), text: t('roles.empty.text') }}
      of={roles}
      newDialog={(onClose) => <NewRole onClose={onClose} />}
      panel={(name, onClose) => <RolePanel name={name} onClose={onClose} />}
    />
  );
}

function NewRole({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTexts();
  const { account } = useSession();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [seconds, setSeconds] = useState(3600);
  const [trust, setTrust] = useState(() => sampleTrust(account));
  const action = useAction();
  const create = () =>
    action.run(async () => {
      await iam('CreateRole', {
        RoleName: name,
        Description: description,
        MaxSessionDuration: String(seconds),
        AssumeRolePolicyDocument: trust,
      });
      onClose();
    });
  return (
    <FormDialog
      title={t('roles.create')}
      submit={t('action.create')}
      {...formFailureOf(action.state)}
      onClose={onClose}
      onSubmit={create}
    >
      <Field label={t('roles.name')} value={name} onChange={setName} isRequired hasFocus pattern="[\w+=,.@\-]{1,64}" />
      <Field label={t('roles.description')} value={description} onChange={setDescription} />
      <SessionLength seconds={seconds} onChange={setSeconds} />
      <PolicyField value={trust} onChange={setTrust} isTrust state={action.state} />
    </FormDialog>
  );
}

function RolePanel({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const { t } = useTexts();
  const role = useLoad(
    `role ${name}`,
    async () => (await iam<{ readonly Role: Role }>('GetRole', { RoleName: name })).Role,
  );
  const [isEdited, setIsEdited] = useState(false);
  return (
    <Dialog title={name} isPanel onClose={onClose}>
      <Content of={role}>
        {({ Arn, Description, MaxSessionDuration, AssumeRolePolicyDocument }) => {
          const trust = shownDocument(AssumeRolePolicyDocument);
          return (
            <section className="stack" aria-label={t('roles.trust')}>
              <p className="faint mono break">{Arn}</p>
              {Description === undefined ? null : <p className="break">{Description}</p>}
              <ChangeLength name={name} stored={MaxSessionDuration} />
              <h2>{t('roles.trust')}</h2>
              {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard */}
              <pre className="scroll-x" tabIndex={0}>
                {trust}
              </pre>
              <div className="row">
                <Button onClick={() => setIsEdited(true)}>{t('roles.trust.edit')}</Button>
              </div>
              {isEdited ? (
                <PolicyDialog
                  title={t('roles.trust.edit')}
                  name={name}
                  document={trust}
                  isTrust
                  onSave={async (_, PolicyDocument) => {
                    await iam('UpdateAssumeRolePolicy', { RoleName: name, PolicyDocument });
                    role.reload();
                  }}
                  onClose={() => setIsEdited(false)}
                />
              ) : null}
            </section>
          );
        }}
      </Content>
      <IdentityPolicies identity={{ kind: 'Role', name }} />
      <DeleteIdentity
        title={t('roles.delete')}
        text={t('roles.delete.text', { name })}
        onDelete={async () => {
          await deletePolicies({ kind: 'Role', name });
          await iam('DeleteRole', { RoleName: name });
          onClose();
        }}
      />
    </Dialog>
  );
}

function ChangeLength({ name, stored }: { readonly name: string; readonly stored: number }) {
  const [seconds, setSeconds] = useState(stored);
  const action = useAction();
  const change = (to: number) =>
    action.run(async () => {
      await iam('UpdateRole', { RoleName: name, MaxSessionDuration: String(to) });
      setSeconds(to);
    });
  return (
    <>
      <SessionLength seconds={seconds} onChange={change} />
      <Failed reason={action.state.failure} />
    </>
  );
}

interface SessionLengthProps {
  readonly seconds: number;
  readonly onChange: (seconds: number) => void;
}

function SessionLength({ seconds, onChange }: SessionLengthProps) {
  const { t, number } = useTexts();
  const offered = [...new Set([...hours.map((hour) => hour * 3600), seconds])].sort((a, b) => a - b);
  return (
    <label className="field">
      <span>{t('roles.session')}</span>
      <select className="input" value={seconds} onChange={(event) => onChange(Number(event.target.value))}>
        {offered.map((value) => (
          <option key={value} value={value}>
            {t('roles.session.hours', { hours: number(Math.round(value / 36) / 100) })}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Users and roles of the own account, as far as their own policies let them assume the role. */
function sampleTrust(account: string): string {
  const statement = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] }, undefined, 2);
}
