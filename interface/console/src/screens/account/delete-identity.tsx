// The button that deletes a user, group or role, and asks before.
import { useState } from 'react';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { FormDialog } from '../../components/dialog.js';
import { useAction } from '../../components/use-action.js';

interface DeleteIdentityProps {
  readonly title: string;
  /** What ends with it. */
  readonly text: string;
  readonly onDelete: () => Promise<void>;
}

export function DeleteIdentity({ title, text, onDelete }: DeleteIdentityProps) {
  const { t } = useTexts();
  const [isAsking, setIsAsking] = useState(false);
  const action = useAction();
  return (
    <>
      <div className="row">
        <Button icon="trash" kind="danger" onClick={() => setIsAsking(true)}>
          {title}
        </Button>
      </div>
      {isAsking ? (
        <FormDialog
          title={title}
          submit={t('action.delete')}
          isDanger
          {...action.state}
          onClose={() => setIsAsking(false)}
          onSubmit={() => action.run(onDelete)}
        >
          <p className="break">{text}</p>
        </FormDialog>
      ) : null}
    </>
  );
}
