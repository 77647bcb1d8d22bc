// Copies an object to another key of its bucket, and deletes the first where it is moved.
import { useState } from 'react';
import { copyObject, deleteObject, isAddressable } from '../../api/s3.js';
import { useTexts, useToast } from '../../components/context.js';
import { FormDialog } from '../../components/dialog.js';
import { Field } from '../../components/field.js';
import { useAction } from '../../components/use-action.js';

interface RelocateProps {
  readonly bucket: string;
  readonly from: string;
  readonly isCopy: boolean;
  readonly onClose: () => void;
}

export function Relocate({ bucket, from, isCopy, onClose }: RelocateProps) {
  const { t } = useTexts();
  const toast = useToast();
  const [key, setKey] = useState(from);
  const action = useAction();
  const relocate = () =>
    action.run(async () => {
      if (!isAddressable(key) || key === from) throw new Error(t('files.key.invalid'));
      await copyObject({ bucket, key: from }, { bucket, key });
      // The copy is stored: if the deletion fails, there are two objects and nothing is lost.
      if (!isCopy) await deleteObject({ bucket, key: from });
      toast(t(isCopy ? 'files.copied' : 'files.moved', { key }));
      onClose();
    });
  const title = t(isCopy ? 'files.copyTo' : 'files.move');
  return (
    <FormDialog title={title} submit={title} {...action.state} onClose={onClose} onSubmit={relocate}>
      <Field label={t('files.move.target', { bucket })} value={key} onChange={setKey} isRequired hasFocus isMono />
    </FormDialog>
  );
}
