// Users of the account: their policies and access keys.
import { useState } from 'react';
import {
  type AccessKey,
  type AttachedPolicy,
  iam,
  iamList,
  type MfaDevice,
  type Policy,
  type User,
} from '../../api/admin.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { Dialog, FormDialog } from '../../components/dialog.js';
import { Failed } from '../../components/failed.js';
import { Field } from '../../components/field.js';
import { Content, Empty } from '../../components/states.js';
import { useAction } from '../../components/use-action.js';
import { useLoad } from '../../components/use-load.js';
import { AccessKeys } from './access-keys.js';

export function Users() {
  const { t, date } = useTexts();
  const users = useLoad('users', () => iamList<User>('ListUsers', 'Users'));
  const [isNew, setIsNew] = useState(false);
  const [opened, setOpened] = useState<string>();
  const close = () => {
    setIsNew(false);
    setOpened(undefined);
    users.reload();
  };
  return (
    <section className="stack" aria-label={t('account.users')}>
      <Content of={users}>
        {(list) => (
          <>
            <div className="row">
              <Button icon="plus" kind="primary" onClick={() => setIsNew(true)}>
                {t('users.create')}
              </Button>
            </div>
            {list.length === 0 ? (
              <Empty icon="user" title={t('users.none')} text={t('users.none.text')} />
            ) : (
              <ul className="rows">
                {list.map(({ UserName: name, CreateDate: created }) => (
                  <li key={name} className="row between">
                    <div>
                      <strong className="break">{name}</strong>
                      <div className="faint">{t('created', { date: date(created) })}</div>
                    </div>
                    <Button onClick={() => setOpened(name)}>{t('users.manage', { name })}</Button>
                  </li>
                ))}
              </ul>
            )}
          </>
        )}
      </Content>
      {isNew ? <NewUser onClose={close} /> : null}
      {opened === undefined ? null : <UserPanel name={opened} onClose={close} />}
    </section>
  );
}

function NewUser({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTexts();
  const [name, setName] = useState('');
  const action = useAction();
  const create = () =>
    action.run(async () => {
      await iam('CreateUser', { UserName: name });
      onClose();
    });
  return (
    <FormDialog
      title={t('users.create')}
      submit={t('action.create')}
      {...action.state}
      onClose={onClose}
      onSubmit={create}
    >
      <Field label={t('users.name')} value={name} onChange={setName} isRequired hasFocus pattern="[\w+=,.@\-]{1,64}" />
    </FormDialog>
  );
}

function UserPanel({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const { t } = useTexts();
  const [isDeleting, setIsDeleting] = useState(false);
  const action = useAction();
  const remove = () =>
    action.run(async () => {
      await deleteUser(name);
      onClose();
    });
  return (
    <Dialog title={name} isPanel onClose={onClose}>
      <UserPolicies name={name} />
      <AccessKeys userName={name} />
      <div className="row">
        <Button icon="trash" kind="danger" onClick={() => setIsDeleting(true)}>
          {t('users.delete')}
        </Button>
      </div>
      {isDeleting ? (
        <FormDialog
          title={t('users.delete')}
          submit={t('action.delete')}
          isDanger
          {...action.state}
          onClose={() => setIsDeleting(false)}
          onSubmit={remove}
        >
          <p>{t('users.delete.text', { name })}</p>
        </FormDialog>
      ) : null}
    </Dialog>
  );
}

function UserPolicies({ name }: { readonly name: string }) {
  const { t } = useTexts();
  const policies = useLoad(`policies ${name}`, async () => ({
    attached: await iamList<AttachedPolicy>('ListAttachedUserPolicies', 'AttachedPolicies', { UserName: name }),
    offered: await iamList<Policy>('ListPolicies', 'Policies', { Scope: 'All' }),
  }));
  const [chosen, setChosen] = useState('');
  const action = useAction();
  const change = (operation: string, PolicyArn: string) =>
    action.run(async () => {
      await iam(operation, { UserName: name, PolicyArn });
      policies.reload();
    });
  return (
    <section className="stack" aria-label={t('account.policies')}>
      <h2>{t('account.policies')}</h2>
      <Content of={policies}>
        {({ attached, offered }) => (
          <>
            {attached.length === 0 ? <p className="soft">{t('users.policies.none')}</p> : null}
            <ul className="rows">
              {attached.map(({ PolicyArn: arn, PolicyName: policy }) => (
                <li key={arn} className="row between">
                  <span className="break">{policy}</span>
                  <Button
                    icon="close"
                    kind="quiet"
                    label={t('users.policies.detach', { policy })}
                    onClick={() => change('DetachUserPolicy', arn)}
                  />
                </li>
              ))}
            </ul>
            <div className="row end">
              <label className="field">
                <span>{t('users.policies.add')}</span>
                <select className="input" value={chosen} onChange={(event) => setChosen(event.target.value)}>
                  <option value="">–</option>
                  {offered
                    .filter(({ Arn }) => attached.every(({ PolicyArn }) => PolicyArn !== Arn))
                    .map(({ Arn, PolicyName }) => (
                      <option key={Arn} value={Arn}>
                        {PolicyName}
                      </option>
                    ))}
                </select>
              </label>
              <Button disabled={chosen === ''} onClick={() => change('AttachUserPolicy', chosen)}>
                {t('users.policies.attach')}
              </Button>
            </div>
          </>
        )}
      </Content>
      <Failed reason={action.state.failure} />
    </section>
  );
}

/** A user can be deleted when nothing belongs to it any more. An interruption leaves a user with less; it can be deleted again. */
async function deleteUser(UserName: string): Promise<void> {
  const user = { UserName };
  for (const { AccessKeyId } of await iamList<AccessKey>('ListAccessKeys', 'AccessKeyMetadata', user))
    await iam('DeleteAccessKey', { ...user, AccessKeyId });
  for (const { SerialNumber } of await iamList<MfaDevice>('ListMFADevices', 'MFADevices', user)) {
    await iam('DeactivateMFADevice', { ...user, SerialNumber });
    await iam('DeleteVirtualMFADevice', { SerialNumber });
  }
  for (const { PolicyArn } of await iamList<AttachedPolicy>('ListAttachedUserPolicies', 'AttachedPolicies', user))
    await iam('DetachUserPolicy', { ...user, PolicyArn });
  for (const PolicyName of await iamList<string>('ListUserPolicies', 'PolicyNames', user))
    await iam('DeleteUserPolicy', { ...user, PolicyName });
  for (const { GroupName } of await iamList<{ readonly GroupName: string }>('ListGroupsForUser', 'Groups', user))
    await iam('RemoveUserFromGroup', { ...user, GroupName });
  await iam('DeleteUser', user);
}
