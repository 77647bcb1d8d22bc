// The default storage class of a bucket.
import { useState } from 'react';
import { type BucketSettings, readBucket, setDefaultClass } from '../../api/buckets.js';
import { useTexts, useToast } from '../../components/context.js';
import { Dialog, FormDialog } from '../../components/dialog.js';
import { Content } from '../../components/states.js';
import { useAction } from '../../components/use-action.js';
import { useLoad } from '../../components/use-load.js';
import { ClassSelect } from './class-select.js';

interface BucketClassProps {
  readonly bucket: string;
  readonly onClose: () => void;
}

export function BucketClass({ bucket, onClose }: BucketClassProps) {
  const { t } = useTexts();
  const settings = useLoad(`settings ${bucket}`, () => readBucket(bucket));
  if (settings.status === 'ready') return <ClassForm settings={settings.value} onClose={onClose} />;
  return (
    <Dialog title={t('class.default')} onClose={onClose}>
      <Content of={settings}>{() => null}</Content>
    </Dialog>
  );
}

interface ClassFormProps {
  readonly settings: BucketSettings;
  readonly onClose: () => void;
}

function ClassForm({ settings: { name, defaultStorageClass = 'STANDARD' }, onClose }: ClassFormProps) {
  const { t } = useTexts();
  const toast = useToast();
  const [chosen, setChosen] = useState(defaultStorageClass);
  const action = useAction();
  const save = () =>
    action.run(async () => {
      await setDefaultClass(name, chosen);
      toast(t('class.saved', { name: chosen }));
      onClose();
    });
  return (
    <FormDialog
      title={t('class.default')}
      submit={t('action.save')}
      {...action.state}
      onClose={onClose}
      onSubmit={save}
    >
      <p className="soft">{t('class.default.text')}</p>
      <ClassSelect label={t('object.class')} value={chosen} onChange={setChosen} />
    </FormDialog>
  );
}
