// Policies of the account's own: a document in JSON, which the gateway checks as a whole before it takes it.
import { useState } from 'react';
import { iam, iamList, type Policy } from '../../api/admin.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { Dialog, FormDialog } from '../../components/dialog.js';
import { Failed } from '../../components/failed.js';
import { Field } from '../../components/field.js';
import { Content, Empty } from '../../components/states.js';
import { useAction } from '../../components/use-action.js';
import { useLoad } from '../../components/use-load.js';

const sample = JSON.stringify(
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

export function Policies() {
  const { t, number } = useTexts();
  const policies = useLoad('own policies', () => iamList<Policy>('ListPolicies', 'Policies', { Scope: 'Local' }));
  const [isNew, setIsNew] = useState(false);
  const [shown, setShown] = useState<Policy>();
  const action = useAction();
  const remove = (PolicyArn: string) =>
    action.run(async () => {
      await iam('DeletePolicy', { PolicyArn });
      policies.reload();
    });
  return (
    <section className="stack" aria-label={t('account.policies')}>
      <Content of={policies}>
        {(list) => (
          <>
            <div className="row">
              <Button icon="plus" kind="primary" onClick={() => setIsNew(true)}>
                {t('policies.create')}
              </Button>
            </div>
            {list.length === 0 ? <Empty icon="lock" title={t('policies.none')} text={t('policies.none.text')} /> : null}
            <ul className="rows">
              {list.map((policy) => (
                <li key={policy.Arn} className="row between">
                  <div>
                    <strong className="break">{policy.PolicyName}</strong>
                    <div className="faint">{t('policies.attached', { count: number(policy.AttachmentCount) })}</div>
                  </div>
                  <div className="row">
                    <Button onClick={() => setShown(policy)}>{t('policies.show')}</Button>
                    <Button
                      icon="trash"
                      kind="quiet"
                      label={t('policies.delete', { name: policy.PolicyName })}
                      onClick={() => remove(policy.Arn)}
                    />
                  </div>
                </li>
              ))}
            </ul>
          </>
        )}
      </Content>
      <Failed reason={action.state.failure} />
      {isNew ? (
        <NewPolicy
          onClose={() => {
            setIsNew(false);
            policies.reload();
          }}
        />
      ) : null}
      {shown === undefined ? null : <ShownPolicy policy={shown} onClose={() => setShown(undefined)} />}
    </section>
  );
}

function NewPolicy({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTexts();
  const [name, setName] = useState('');
  const [document, setDocument] = useState(sample);
  const action = useAction();
  const problem = problemOf(document);
  const create = () =>
    action.run(async () => {
      await iam('CreatePolicy', { PolicyName: name, PolicyDocument: document });
      onClose();
    });
  return (
    <FormDialog
      title={t('policies.create')}
      submit={t('action.create')}
      {...action.state}
      onClose={onClose}
      onSubmit={create}
    >
      <Field
        label={t('policies.name')}
        value={name}
        onChange={setName}
        isRequired
        hasFocus
        pattern="[\w+=,.@\-]{1,128}"
      />
      <label className="field">
        <span>{t('policies.document')}</span>
        <textarea
          className="input"
          rows={14}
          spellCheck={false}
          value={document}
          aria-invalid={problem !== undefined}
          onChange={(event) => setDocument(event.target.value)}
        />
        <small>{problem === undefined ? t('policies.valid') : t('policies.invalid', { reason: problem })}</small>
      </label>
    </FormDialog>
  );
}

function ShownPolicy({ policy, onClose }: { readonly policy: Policy; readonly onClose: () => void }) {
  const { Arn: PolicyArn, DefaultVersionId: VersionId, PolicyName } = policy;
  const document = useLoad(`${PolicyArn} ${VersionId}`, async () => {
    const { PolicyVersion } = await iam<{ readonly PolicyVersion: { readonly Document: string } }>('GetPolicyVersion', {
      PolicyArn,
      VersionId,
    });
    return decodeURIComponent(PolicyVersion.Document);
  });
  return (
    <Dialog title={PolicyName} onClose={onClose}>
      <p className="faint mono break">{PolicyArn}</p>
      <Content of={document}>
        {(text) => (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard
          <pre className="scroll-x" tabIndex={0}>
            {text}
          </pre>
        )}
      </Content>
    </Dialog>
  );
}

/** Why a text is no JSON; what a policy may say is the gateway's to decide. */
function problemOf(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
