// Policies of the account's own: a document in JSON, which the gateway checks as a whole before it takes it.
import { useState } from 'react';
import { iam, iamList, type Policy } from '../../api/admin.js';
import { deleteManagedPolicy, readManagedPolicy, replaceManagedPolicy } from '../../api/iam.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { Dialog } from '../../components/dialog.js';
import { Failed } from '../../components/failed.js';
import { Content, Empty } from '../../components/states.js';
import { useAction } from '../../components/use-action.js';
import { useLoad } from '../../components/use-load.js';
import { PolicyDialog, samplePolicy } from './policy-dialog.js';

export function Policies() {
  const { t, number } = useTexts();
  const policies = useLoad('own policies', () => iamList<Policy>('ListPolicies', 'Policies', { Scope: 'Local' }));
  const [isNew, setIsNew] = useState(false);
  const [shown, setShown] = useState<Policy>();
  const action = useAction();
  const remove = (PolicyArn: string) =>
    action.run(async () => {
      await deleteManagedPolicy(PolicyArn);
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
        <PolicyDialog
          title={t('policies.create')}
          document={samplePolicy}
          onSave={async (PolicyName, PolicyDocument) => {
            await iam('CreatePolicy', { PolicyName, PolicyDocument });
            policies.reload();
          }}
          onClose={() => setIsNew(false)}
        />
      ) : null}
      {shown === undefined ? null : (
        <ShownPolicy
          policy={shown}
          onClose={() => {
            setShown(undefined);
            policies.reload();
          }}
        />
      )}
    </section>
  );
}

function ShownPolicy({ policy, onClose }: { readonly policy: Policy; readonly onClose: () => void }) {
  const { t } = useTexts();
  const { Arn, PolicyName } = policy;
  const document = useLoad(`${Arn} ${policy.DefaultVersionId}`, () => readManagedPolicy(Arn, policy.DefaultVersionId));
  const [isEdited, setIsEdited] = useState(false);
  return (
    <Dialog title={PolicyName} onClose={onClose}>
      <p className="faint mono break">{Arn}</p>
      <Content of={document}>
        {(text) => (
          <>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard */}
            <pre className="scroll-x" tabIndex={0}>
              {text}
            </pre>
            <div className="row">
              <Button onClick={() => setIsEdited(true)}>{t('policies.edit', { name: PolicyName })}</Button>
            </div>
            {isEdited ? (
              <PolicyDialog
                title={t('policies.edit', { name: PolicyName })}
                name={PolicyName}
                document={text}
                onSave={async (_, changed) => {
                  await replaceManagedPolicy(Arn, changed);
                  onClose();
                }}
                onClose={() => setIsEdited(false)}
              />
            ) : null}
          </>
        )}
      </Content>
    </Dialog>
  );
}
