// Users of the account: their policies, groups and access keys.
import { useState } from 'react';
import { type AccessKey, iam, iamList, type MfaDevice, type User } from '../../api/admin.js';
import { deletePolicies, type Group } from '../../api/iam.js';
import { useTexts } from '../../components/context.js';
import { Dialog, FormDialog } from '../../components/dialog.js';
import { Field } from '../../components/field.js';
import { Content } from '../../components/states.js';
import { useAction } from '../../components/use-action.js';
import { useLoad } from '../../components/use-load.js';
import { AccessKeys } from './access-keys.js';
import { DeleteIdentity } from './delete-identity.js';
import { IdentityList } from './identity-list.js';
import { IdentityPolicies } from './identity-policies.js';

export function Users() {
  const { t } = useTexts();
  const users = useLoad('users', async () => {
    const list = await iamList<User>('ListUsers', 'Users');
    return list.map(({ UserName, CreateDate }) => ({ name: UserName, created: CreateDate }));
  });
  return (
    <IdentityList
      label={t('account.users')}
      create={t('users.create')}
      none={{ title: t('users.none'), text: t('users.none.text') }}
      of={users}
      newDialog={(onClose) => <NewUser onClose={onClose} />}
      panel={(name, onClose) => <UserPanel name={name} onClose={onClose} />}
    />
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
  return (
    <Dialog title={name} isPanel onClose={onClose}>
      <IdentityPolicies identity={{ kind: 'User', name }} />
      <UserGroups name={name} />
      <AccessKeys userName={name} />
      <DeleteIdentity
        title={t('users.delete')}
        text={t('users.delete.text', { name })}
        onDelete={async () => {
          await deleteUser(name);
          onClose();
        }}
      />
    </Dialog>
  );
}

function UserGroups({ name }: { readonly name: string }) {
  const { t } = useTexts();
  const groups = useLoad(`groups of ${name}`, () => iamList<Group>('ListGroupsForUser', 'Groups', { UserName: name }));
  return (
    <section className="stack" aria-label={t('account.groups')}>
      <h2>{t('account.groups')}</h2>
      <Content of={groups}>
        {(list) => (
          <p className="soft break">
            {list.length === 0 ? t('users.groups.none') : list.map(({ GroupName }) => GroupName).join(', ')}
          </p>
        )}
      </Content>
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
  await deletePolicies({ kind: 'User', name: UserName });
  for (const { GroupName } of await iamList<Group>('ListGroupsForUser', 'Groups', user))
    await iam('RemoveUserFromGroup', { ...user, GroupName });
  await iam('DeleteUser', user);
}
