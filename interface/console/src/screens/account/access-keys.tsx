// Access keys of a user, or of the reader. A secret is shown once, when its key is made.
import { useState } from 'react';
import { type AccessKey, iam, iamList, type NewAccessKey } from '../../api/admin.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { Dialog } from '../../components/dialog.js';
import { Failed } from '../../components/failed.js';
import { Content } from '../../components/states.js';
import { useAction } from '../../components/use-action.js';
import { useLoad } from '../../components/use-load.js';

export function AccessKeys({ userName }: { readonly userName: string | undefined }) {
  const { t, date } = useTexts();
  const whose: Readonly<Record<string, string>> = userName === undefined ? {} : { UserName: userName };
  const keys = useLoad(`keys ${userName}`, () => iamList<AccessKey>('ListAccessKeys', 'AccessKeyMetadata', whose));
  const [made, setMade] = useState<NewAccessKey>();
  const action = useAction();
  const change = (work: () => Promise<unknown>) =>
    action.run(async () => {
      await work();
      keys.reload();
    });
  const create = () =>
    change(async () => {
      const { AccessKey: key } = await iam<{ readonly AccessKey: NewAccessKey }>('CreateAccessKey', whose);
      setMade(key);
    });
  const setStatus = (AccessKeyId: string, Status: string) =>
    change(() => iam('UpdateAccessKey', { ...whose, AccessKeyId, Status }));
  return (
    <section className="stack" aria-label={t('keys.title')}>
      <div className="row between">
        <h2>{t('keys.title')}</h2>
        <Button icon="plus" disabled={action.state.isBusy} onClick={create}>
          {t('keys.create')}
        </Button>
      </div>
      <Failed reason={action.state.failure} />
      <Content of={keys}>
        {(list) =>
          list.length === 0 ? (
            <p className="soft">{t('keys.none')}</p>
          ) : (
            <ul className="rows">
              {list.map(({ AccessKeyId: id, Status: status, CreateDate: created }) => (
                <li key={id} className="row between">
                  <div>
                    <span className="mono break">{id}</span>
                    <div className="faint">{t('created', { date: date(created) })}</div>
                  </div>
                  <div className="row">
                    <span className={`badge ${status === 'Active' ? 'good' : ''}`}>
                      {t(status === 'Active' ? 'keys.active' : 'keys.inactive')}
                    </span>
                    <Button onClick={() => setStatus(id, status === 'Active' ? 'Inactive' : 'Active')}>
                      {t(status === 'Active' ? 'keys.disable' : 'keys.enable')}
                    </Button>
                    <Button
                      icon="trash"
                      kind="quiet"
                      label={t('keys.delete', { id })}
                      onClick={() => change(() => iam('DeleteAccessKey', { ...whose, AccessKeyId: id }))}
                    />
                  </div>
                </li>
              ))}
            </ul>
          )
        }
      </Content>
      {made === undefined ? null : (
        <Dialog title={t('keys.made')} onClose={() => setMade(undefined)}>
          <p>{t('keys.made.text')}</p>
          <dl className="facts">
            <dt>{t('signin.key')}</dt>
            <dd className="mono break">{made.AccessKeyId}</dd>
            <dt>{t('signin.secret')}</dt>
            <dd className="mono break">{made.SecretAccessKey}</dd>
          </dl>
        </Dialog>
      )}
    </section>
  );
}
