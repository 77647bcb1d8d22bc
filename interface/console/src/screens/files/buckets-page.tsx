// The buckets of the account.
import { useState } from 'react';
import { type Bucket, createBucket, deleteBucket, enableVersioning, listBuckets } from '../../api/s3.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { FormDialog } from '../../components/dialog.js';
import { Field } from '../../components/field.js';
import { Icon } from '../../components/icon.js';
import { Content, Empty } from '../../components/states.js';
import { useAction } from '../../components/use-action.js';
import { useLoad } from '../../components/use-load.js';
import { hrefOf, navigate } from '../../router.js';

export function BucketsPage() {
  const { t } = useTexts();
  const buckets = useLoad('buckets', listBuckets);
  const [isNew, setIsNew] = useState(false);
  const [deleted, setDeleted] = useState<string>();
  const close = () => {
    setIsNew(false);
    setDeleted(undefined);
    buckets.reload();
  };
  const create = (
    <Button icon="plus" kind="primary" onClick={() => setIsNew(true)}>
      {t('files.bucket.new')}
    </Button>
  );
  return (
    <div className="page">
      <div className="page-head">
        <h1 tabIndex={-1}>{t('files.title')}</h1>
        {create}
      </div>
      <Content of={buckets}>
        {(list) =>
          list.length === 0 ? (
            <Empty icon="bucket" title={t('files.empty')} text={t('files.empty.text')}>
              {create}
            </Empty>
          ) : (
            <ul className="buckets" aria-label={t('files.buckets')}>
              {list.map((bucket) => (
                <BucketCard key={bucket.name} bucket={bucket} onDelete={() => setDeleted(bucket.name)} />
              ))}
            </ul>
          )
        }
      </Content>
      {isNew ? <NewBucket onClose={close} /> : null}
      {deleted === undefined ? null : <DeleteBucket name={deleted} onClose={close} />}
    </div>
  );
}

function BucketCard({
  bucket: { name, created },
  onDelete,
}: {
  readonly bucket: Bucket;
  readonly onDelete: () => void;
}) {
  const { t, date } = useTexts();
  return (
    <li className="card bucket">
      <Icon name="bucket" />
      <div>
        <a href={hrefOf(['files', name])} className="break">
          {name}
        </a>
        <div className="faint">{t('files.bucket.created', { date: date(created) })}</div>
      </div>
      <Button icon="trash" kind="quiet" label={t('files.bucket.delete', { name })} onClick={onDelete} />
    </li>
  );
}

function NewBucket({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTexts();
  const [name, setName] = useState('');
  const [isVersioned, setIsVersioned] = useState(true);
  const action = useAction();
  const create = () =>
    action.run(async () => {
      await createBucket(name);
      if (isVersioned) await enableVersioning(name);
      onClose();
      navigate(['files', name]);
    });
  return (
    <FormDialog
      title={t('files.bucket.new')}
      submit={t('action.create')}
      {...action.state}
      onClose={onClose}
      onSubmit={create}
    >
      <Field
        label={t('files.bucket.name')}
        hint={t('files.bucket.hint')}
        value={name}
        onChange={setName}
        isRequired
        hasFocus
        pattern="[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]"
      />
      <label className="row">
        <input type="checkbox" checked={isVersioned} onChange={(event) => setIsVersioned(event.target.checked)} />
        {t('files.bucket.versioning')}
      </label>
    </FormDialog>
  );
}

function DeleteBucket({ name, onClose }: { readonly name: string; readonly onClose: () => void }) {
  const { t } = useTexts();
  const action = useAction();
  const remove = () =>
    action.run(async () => {
      await deleteBucket(name);
      onClose();
    });
  return (
    <FormDialog
      title={t('files.bucket.delete', { name })}
      submit={t('action.delete')}
      isDanger
      {...action.state}
      onClose={onClose}
      onSubmit={remove}
    >
      <p>{t('files.bucket.delete.text')}</p>
    </FormDialog>
  );
}
