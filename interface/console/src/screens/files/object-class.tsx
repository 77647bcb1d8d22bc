// The storage class of an object, and its change.
import { useState } from 'react';
import { changeStorageClass, type ObjectName } from '../../api/s3.js';
import { Button } from '../../components/button.js';
import { useTexts, useToast } from '../../components/context.js';
import { FormDialog } from '../../components/dialog.js';
import { useAction } from '../../components/use-action.js';
import { ClassSelect } from './class-select.js';

interface ObjectClassProps {
  readonly object: ObjectName;
  readonly storageClass: string;
  readonly onChanged: () => void;
}

export function ObjectClass({ object, storageClass, onChanged }: ObjectClassProps) {
  const { t } = useTexts();
  const toast = useToast();
  const [isOpen, setIsOpen] = useState(false);
  const [chosen, setChosen] = useState(storageClass);
  const action = useAction();
  const change = () =>
    action.run(async () => {
      await changeStorageClass(object, chosen);
      toast(t('class.saved', { name: chosen }));
      setIsOpen(false);
      onChanged();
    });
  return (
    <>
      <div className="row">
        <Button onClick={() => setIsOpen(true)}>{t('class.change')}</Button>
      </div>
      {isOpen ? (
        <FormDialog
          title={t('class.change')}
          submit={t('action.save')}
          {...action.state}
          isBusy={action.state.isBusy || chosen === storageClass}
          onClose={() => setIsOpen(false)}
          onSubmit={change}
        >
          <p className="soft">{t('class.change.text')}</p>
          <ClassSelect label={t('object.class')} value={chosen} onChange={setChosen} />
        </FormDialog>
      ) : null}
    </>
  );
}
