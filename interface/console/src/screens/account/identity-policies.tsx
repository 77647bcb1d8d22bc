// Policies of a user, group or role: managed ones that are attached, and those inside of it.
import { useState } from 'react';
import { type AttachedPolicy, iam, iamList, type Policy } from '../../api/admin.js';
import { type Identity, readInlinePolicy } from '../../api/iam.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { Failed } from '../../components/failed.js';
import { Content } from '../../components/states.js';
import { useAction } from '../../components/use-action.js';
import { useLoad } from '../../components/use-load.js';
import { PolicyDialog, samplePolicy } from './policy-dialog.js';

/** The inline policy that is open: with a name, or a new one. */
interface Draft {
  readonly name?: string;
  readonly document: string;
}

export function IdentityPolicies({ identity }: { readonly identity: Identity }) {
  const { t } = useTexts();
  const { kind, name } = identity;
  const whose = { [`${kind}Name`]: name };
  const policies = useLoad(`policies ${kind} ${name}`, async () => ({
    attached: await iamList<AttachedPolicy>(`ListAttached${kind}Policies`, 'AttachedPolicies', whose),
    inline: await iamList<string>(`List${kind}Policies`, 'PolicyNames', whose),
    offered: await iamList<Policy>('ListPolicies', 'Policies', { Scope: 'All' }),
  }));
  const [draft, setDraft] = useState<Draft>();
  const action = useAction();
  const change = (operation: string, parameters: Readonly<Record<string, string>>) =>
    action.run(async () => {
      await iam(operation, { ...whose, ...parameters });
      policies.reload();
    });
  const open = (policy: string) =>
    action.run(async () => setDraft({ name: policy, document: await readInlinePolicy(identity, policy) }));
  return (
    <section className="stack" aria-label={t('account.policies')}>
      <h2>{t('account.policies')}</h2>
      <Content of={policies}>
        {({ attached, inline, offered }) => (
          <>
            {attached.length + inline.length === 0 ? <p className="soft">{t(`policies.none.${kind}`)}</p> : null}
            <ul className="rows">
              {attached.map(({ PolicyArn, PolicyName: policy }) => (
                <li key={PolicyArn} className="row between">
                  <span className="break">{policy}</span>
                  <Button
                    icon="close"
                    kind="quiet"
                    label={t('users.policies.detach', { policy })}
                    onClick={() => change(`Detach${kind}Policy`, { PolicyArn })}
                  />
                </li>
              ))}
              {inline.map((policy) => (
                <li key={`inline ${policy}`} className="row between">
                  <span className="row">
                    <span className="break">{policy}</span>
                    <span className="badge">{t('policies.inline')}</span>
                  </span>
                  <span className="row">
                    <Button onClick={() => open(policy)}>{t('policies.edit', { name: policy })}</Button>
                    <Button
                      icon="trash"
                      kind="quiet"
                      label={t('policies.delete', { name: policy })}
                      onClick={() => change(`Delete${kind}Policy`, { PolicyName: policy })}
                    />
                  </span>
                </li>
              ))}
            </ul>
            <Attach
              offered={offered.filter(({ Arn }) => attached.every(({ PolicyArn }) => PolicyArn !== Arn))}
              onAttach={(PolicyArn) => change(`Attach${kind}Policy`, { PolicyArn })}
            />
            <div className="row">
              <Button icon="plus" onClick={() => setDraft({ document: samplePolicy })}>
                {t('policies.inline.new')}
              </Button>
            </div>
          </>
        )}
      </Content>
      <Failed reason={action.state.failure} />
      {draft === undefined ? null : (
        <PolicyDialog
          title={draft.name ?? t('policies.inline.new')}
          name={draft.name}
          document={draft.document}
          onSave={async (PolicyName, PolicyDocument) => {
            await iam(`Put${kind}Policy`, { ...whose, PolicyName, PolicyDocument });
            policies.reload();
          }}
          onClose={() => setDraft(undefined)}
        />
      )}
    </section>
  );
}

interface AttachProps {
  readonly offered: readonly Policy[];
  readonly onAttach: (arn: string) => void;
}

function Attach({ offered, onAttach }: AttachProps) {
  const { t } = useTexts();
  const [chosen, setChosen] = useState('');
  const isOffered = offered.some(({ Arn }) => Arn === chosen);
  return (
    <div className="row end">
      <label className="field">
        <span>{t('users.policies.add')}</span>
        <select className="input" value={isOffered ? chosen : ''} onChange={(event) => setChosen(event.target.value)}>
          <option value="">–</option>
          {offered.map(({ Arn, PolicyName }) => (
            <option key={Arn} value={Arn}>
              {PolicyName}
            </option>
          ))}
        </select>
      </label>
      <Button disabled={!isOffered} onClick={() => onAttach(chosen)}>
        {t('users.policies.attach')}
      </Button>
    </div>
  );
}
