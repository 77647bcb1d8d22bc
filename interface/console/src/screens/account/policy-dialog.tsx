// A policy document that is written or changed, with a name where it is new, and a place to try it out before it is saved.
import { useState } from 'react';
import { useTexts } from '../../components/context.js';
import { FormDialog } from '../../components/dialog.js';
import { Field } from '../../components/field.js';
import { useAction } from '../../components/use-action.js';
import { formFailureOf, PolicyField } from './policy-field.js';
import { Simulation } from './simulation.js';

interface PolicyDialogProps {
  readonly title: string;
  /** Undefined: the policy is new and gets a name here. */
  readonly name?: string | undefined;
  readonly document: string;
  readonly isTrust?: boolean;
  readonly onSave: (name: string, document: string) => Promise<void>;
  readonly onClose: () => void;
}

export const samplePolicy = JSON.stringify(
  {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: ['s3:ListBucket'], Resource: 'arn:aws:s3:::bucket' },
      { Effect: 'Allow', Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::bucket/*' },
    ],
  },
  undefined,
  2,
);

export function PolicyDialog(props: PolicyDialogProps) {
  const { title, name: given, document: stored, isTrust = false, onSave, onClose } = props;
  const { t } = useTexts();
  const [name, setName] = useState('');
  const [document, setDocument] = useState(stored);
  const action = useAction();
  const save = () =>
    action.run(async () => {
      await onSave(given ?? name, document);
      onClose();
    });
  return (
    <FormDialog
      title={title}
      submit={t(given === undefined ? 'action.create' : 'action.save')}
      {...formFailureOf(action.state)}
      onClose={onClose}
      onSubmit={save}
      below={isTrust ? null : <TryOut document={document} />}
    >
      {given === undefined ? (
        <Field
          label={t('policies.name')}
          value={name}
          onChange={setName}
          isRequired
          hasFocus
          pattern="[\w+=,.@\-]{1,128}"
        />
      ) : null}
      <PolicyField value={document} onChange={setDocument} isTrust={isTrust} state={action.state} />
    </FormDialog>
  );
}

function TryOut({ document }: { readonly document: string }) {
  const { t } = useTexts();
  return (
    <details>
      <summary>{t('simulate.try')}</summary>
      <Simulation policies={{ document }} />
    </details>
  );
}
