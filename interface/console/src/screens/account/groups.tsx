// Groups of the account: their members, and the policies that all of them have.
import { useState } from 'react';
import { iam, iamList, type User } from '../../api/admin.js';
import { deletePolicies, type Group } from '../../api/iam.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { Dialog, FormDialog } from '../../components/dialog.js';
import { Failed } from '../../components/failed.js';
import { Field } from '../../components/field.js';
import { Content } from '../../components/states.js';
import { useAction } from '../../components/use-action.js';
import { useLoad } from '../../components/use-load.js';
import { DeleteIdentity } from './delete-identity.js';
import { IdentityList } from './identity-list.js';
import { IdentityPolicies } from './identity-policies.js';

export function Groups() {
  const { t } = useTexts();
  const groups = useLoad('groups', async () => {
    const list = await iamList<Group>('ListGroups', 'Groups');
    return list.map(({ GroupName, CreateDate }) => ({ name: GroupName, created: CreateDate }));
  });
  return (
    <IdentityList
      label={t('account.groups')}
      create={t('groups.create')}
      none={{ title: t('groups.none'), text: t('groups.none.text') }}
      of={groups}
      newDialog={(onClose) => <NewGroup onClose={onClose} />}
      panel={(name, onClose) => <GroupPanel name={name} onClose={onClose} />}
    />
  );
}

function NewGroup({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTexts();
  const [name, setName] = useState('');
  const action = useAction();
  const create = () =>
    action.run(async () => {
      await iam('CreateGroup', { GroupName: name });
      onClose();
    });
  return (
    <FormDialog
      title={t('groups.create')}
      submit={t('action.create')}
      {...action.state}
      onClose={onClose}
      onSubmit={create}
    >
      <Field
        label={t('groups.name')}
        value={name}
        onChange={setName}
        isRequired
        hasFocus
        pattern="[\w+=,.@\-]{1,128}"
      />
    </FormDialog>
  );
}

function GroupPanel({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const { t } = useTexts();
  return (
    <Dialog title={name} isPanel onClose={onClose}>
      <Members name={name} />
      <IdentityPolicies identity={{ kind: 'Group', name }} />
      <DeleteIdentity
        title={t('groups.delete')}
        text={t('groups.delete.text', { name })}
        onDelete={async () => {
          await deleteGroup(name);
          onClose();
        }}
      />
    </Dialog>
  );
}

const membersOf = (GroupName: string) => iamList<User>('GetGroup', 'Users', { GroupName });

function Members({ name }: { readonly name: string }) {
  const { t } = useTexts();
  const members = useLoad(`members ${name}`, async () => ({
    inside: await membersOf(name),
    all: await iamList<User>('ListUsers', 'Users'),
  }));
  const action = useAction();
  const change = (operation: string, UserName: string) =>
    action.run(async () => {
      await iam(operation, { GroupName: name, UserName });
      members.reload();
    });
  return (
    <section className="stack" aria-label={t('groups.members')}>
      <h2>{t('groups.members')}</h2>
      <Content of={members}>
        {({ inside, all }) => (
          <>
            {inside.length === 0 ? <p className="soft">{t('groups.members.none')}</p> : null}
            <ul className="rows">
              {inside.map(({ UserName }) => (
                <li key={UserName} className="row between">
                  <span className="break">{UserName}</span>
                  <Button
                    icon="close"
                    kind="quiet"
                    label={t('groups.members.remove', { name: UserName })}
                    onClick={() => change('RemoveUserFromGroup', UserName)}
                  />
                </li>
              ))}
            </ul>
            <AddMember
              offered={all
                .map(({ UserName }) => UserName)
                .filter((user) => inside.every((one) => one.UserName !== user))}
              onAdd={(user) => change('AddUserToGroup', user)}
            />
          </>
        )}
      </Content>
      <Failed reason={action.state.failure} />
    </section>
  );
}

interface AddMemberProps {
  readonly offered: readonly string[];
  readonly onAdd: (name: string) => void;
}

function AddMember({ offered, onAdd }: AddMemberProps) {
  const { t } = useTexts();
  const [chosen, setChosen] = useState('');
  const isOffered = offered.includes(chosen);
  return (
    <div className="row end">
      <label className="field">
        <span>{t('groups.members.user')}</span>
        <select className="input" value={isOffered ? chosen : ''} onChange={(event) => setChosen(event.target.value)}>
          <option value="">–</option>
          {offered.map((user) => (
            <option key={user} value={user}>
              {user}
            </option>
          ))}
        </select>
      </label>
      <Button disabled={!isOffered} onClick={() => onAdd(chosen)}>
        {t('groups.members.add')}
      </Button>
    </div>
  );
}

/** A group can be deleted when it has no members and no policies. An interruption leaves fewer of both; it can be deleted again. */
async function deleteGroup(GroupName: string): Promise<void> {
  for (const { UserName } of await membersOf(GroupName)) await iam('RemoveUserFromGroup', { GroupName, UserName });
  await deletePolicies({ kind: 'Group', name: GroupName });
  await iam('DeleteGroup', { GroupName });
}
