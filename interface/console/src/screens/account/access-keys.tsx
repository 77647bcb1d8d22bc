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
  const { t } = useTexts();
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
              {list.map((key) => (
                <KeyRow key={key.AccessKeyId} accessKey={key} whose={whose} change={change} />
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

interface KeyRowProps {
  readonly accessKey: AccessKey;
  readonly whose: Readonly<Record<string, string>>;
  readonly change: (work: () => Promise<unknown>) => void;
}

function KeyRow({ accessKey, whose, change }: KeyRowProps) {
  const { t, date } = useTexts();
  const { AccessKeyId, Status, CreateDate } = accessKey;
  const isActive = Status === 'Active';
  // Keys of the configuration have no date, and only the operator changes them.
  const isConfigured = Date.parse(CreateDate) === 0;
  return (
    <li className="row between">
      <div>
        <span className="mono break">{AccessKeyId}</span>
        <div className="faint">{isConfigured ? t('keys.configured') : t('created', { date: date(CreateDate) })}</div>
      </div>
      <div className="row">
        <span className={`badge ${isActive ? 'good' : ''}`}>{t(isActive ? 'keys.active' : 'keys.inactive')}</span>
        {isConfigured ? null : (
          <>
            <Button
              onClick={() =>
                change(() =>
                  iam('UpdateAccessKey', { ...whose, AccessKeyId, Status: isActive ? 'Inactive' : 'Active' }),
                )
              }
            >
              {t(isActive ? 'keys.disable' : 'keys.enable')}
            </Button>
            <Button
              icon="trash"
              kind="quiet"
              label={t('keys.delete', { id: AccessKeyId })}
              onClick={() => change(() => iam('DeleteAccessKey', { ...whose, AccessKeyId }))}
            />
          </>
        )}
      </div>
    </li>
  );
}
