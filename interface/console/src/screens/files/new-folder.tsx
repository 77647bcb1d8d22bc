// A folder without objects is an empty object whose key ends with a slash, as other S3 clients make it.
import { useState } from 'react';
import { isAddressable, putEmpty } from '../../api/s3.js';
import { useTexts } from '../../components/context.js';
import { FormDialog } from '../../components/dialog.js';
import { Field } from '../../components/field.js';
import { useAction } from '../../components/use-action.js';

interface NewFolderProps {
  readonly bucket: string;
  readonly prefix: string;
  readonly onClose: () => void;
}

export function NewFolder({ bucket, prefix, onClose }: NewFolderProps) {
  const { t } = useTexts();
  const [name, setName] = useState('');
  const action = useAction();
  const create = () =>
    action.run(async () => {
      const key = `${prefix}${name}/`;
      if (!isAddressable(key)) throw new Error(t('files.key.invalid'));
      await putEmpty({ bucket, key });
      onClose();
    });
  return (
    <FormDialog
      title={t('files.folder.new')}
      submit={t('action.create')}
      {...action.state}
      onClose={onClose}
      onSubmit={create}
    >
      <Field label={t('files.folder.name')} value={name} onChange={setName} isRequired hasFocus />
    </FormDialog>
  );
}
