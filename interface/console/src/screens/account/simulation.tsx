// What policies decide about actions on resources, asked of the gateway, with the statement that decided.
import { type SubmitEvent, useState } from 'react';
import { iam, iamList } from '../../api/admin.js';
import {
  type Group,
  type Identity,
  readInlinePolicy,
  readManagedPolicy,
  type SimulatedDecision,
  type SimulatedPolicies,
  simulate,
} from '../../api/iam.js';
import { readBucketPolicy } from '../../api/s3.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { Failed } from '../../components/failed.js';
import { TextArea } from '../../components/text-area.js';
import { useAction } from '../../components/use-action.js';
import type { Texts } from '../../i18n/texts.js';
import { BucketChoice } from './bucket-choice.js';
import { statementInWords } from './statement-words.js';

interface SimulationProps {
  readonly policies: SimulatedPolicies;
  /** Whose inline policies can be read for the statement that decided. */
  readonly identity?: Identity;
}

interface Shown {
  readonly decision: SimulatedDecision;
  /** Document of the policy that decided; undefined where none did, or where it cannot be read. */
  readonly document: string | undefined;
}

interface Simulated {
  /** Whose policy was asked for; empty: no bucket. */
  readonly bucket: string;
  readonly hasBucketPolicy: boolean;
  readonly shown: readonly Shown[];
}

export function Simulation({ policies, identity }: SimulationProps) {
  const { t } = useTexts();
  const [actions, setActions] = useState('s3:GetObject');
  const [resources, setResources] = useState('arn:aws:s3:::bucket/key');
  const [conditions, setConditions] = useState('');
  const [bucket, setBucket] = useState('');
  const [results, setResults] = useState<Simulated>();
  const action = useAction();
  const run = (event: SubmitEvent) => {
    event.preventDefault();
    action.run(async () => {
      setResults(undefined);
      const resourcePolicy = bucket === '' ? undefined : await readBucketPolicy(bucket);
      const request = {
        resourcePolicy,
        actions: wordsOf(actions),
        resources: linesOf(resources),
        conditions: linesOf(conditions).map((line) => pairOf(line)),
      };
      const decisions = await simulate(policies, request);
      const shown: Shown[] = [];
      for (const decision of decisions)
        shown.push({ decision, document: await documentOf(decision, { policies, resourcePolicy }, identity) });
      setResults({ bucket, hasBucketPolicy: resourcePolicy !== undefined, shown });
    });
  };
  return (
    <form className="stack" onSubmit={run}>
      <TextArea
        label={t('simulate.actions')}
        hint={t('simulate.actions.hint')}
        value={actions}
        onChange={setActions}
        rows={2}
        isRequired
      />
      <TextArea
        label={t('simulate.resources')}
        hint={t('simulate.resources.hint')}
        value={resources}
        onChange={setResources}
        rows={2}
      />
      <TextArea
        label={t('simulate.conditions')}
        hint={t('simulate.conditions.hint')}
        value={conditions}
        onChange={setConditions}
        rows={2}
      />
      {/* A policy of a bucket cannot name a group, and a document that is being written has no principal. */}
      {identity === undefined || identity.kind === 'Group' ? null : (
        <BucketChoice value={bucket} onChange={setBucket} />
      )}
      <div className="row">
        <Button type="submit" icon="play" disabled={action.state.isBusy}>
          {t('simulate.run')}
        </Button>
      </div>
      <Failed reason={action.state.failure} />
      <div role="status">{results === undefined ? null : <Results {...results} />}</div>
    </form>
  );
}

function Results({ bucket, hasBucketPolicy, shown }: Simulated) {
  const texts = useTexts();
  const { t } = texts;
  return (
    <>
      {bucket === '' || hasBucketPolicy ? null : <p className="notice">{t('simulate.bucket.missing', { bucket })}</p>}
      <ul className="rows" aria-label={t('simulate.results')}>
        {shown.map(({ decision, document }) => {
          const { EvalActionName: name, EvalResourceName: resource, EvalDecision } = decision;
          const isAllowed = EvalDecision === 'allowed';
          const [by] = decision.MatchedStatements;
          const words =
            document === undefined || by === undefined
              ? undefined
              : statementInWords(document, by.StatementIndex, texts);
          return (
            <li key={`${name} ${resource}`} className="stack tight">
              <div className="row">
                <span className={`badge ${isAllowed ? 'good' : 'bad'}`}>
                  {t(isAllowed ? 'simulate.allowed' : 'simulate.denied')}
                </span>
                <strong className="break">{name}</strong>
                <span className="break">{resource === '*' ? t('statement.everything') : resource}</span>
              </div>
              <p className="soft break">{reasonOf(decision, bucket, texts)}</p>
              {words === undefined ? null : <p className="soft break">{words}</p>}
            </li>
          );
        })}
      </ul>
    </>
  );
}

function reasonOf(decision: SimulatedDecision, bucket: string, { t }: Texts): string {
  const [by] = decision.MatchedStatements;
  if (by === undefined) {
    const isLimited = decision.PermissionsBoundaryDecisionDetail?.AllowedByPermissionsBoundary === false;
    return t(isLimited ? 'simulate.boundary' : 'simulate.nothing');
  }
  const { SourcePolicyId, StatementIndex, Sid } = by;
  const policy = isResourcePolicy(by)
    ? t('simulate.bucket.policy', { bucket })
    : SourcePolicyId.startsWith('PolicyInputList.')
      ? t('simulate.draft')
      : SourcePolicyId.slice(SourcePolicyId.lastIndexOf('/') + 1);
  const number = StatementIndex + 1;
  const statement = Sid === undefined ? `${number}` : `${number} (${Sid})`;
  return t(decision.EvalDecision === 'allowed' ? 'simulate.by' : 'simulate.deniedBy', { statement, policy });
}

function isResourcePolicy({ SourcePolicyType }: SimulatedDecision['MatchedStatements'][number]): boolean {
  return SourcePolicyType === 'Resource Policy';
}

/** The statement is an addition: the decision stands without it where the reader may not see the policy. */
async function documentOf(
  { MatchedStatements: [by] }: SimulatedDecision,
  { policies, resourcePolicy }: { readonly policies: SimulatedPolicies; readonly resourcePolicy: string | undefined },
  identity: Identity | undefined,
): Promise<string | undefined> {
  if (by === undefined) return undefined;
  if (isResourcePolicy(by)) return resourcePolicy;
  if ('document' in policies) return policies.document;
  const { SourcePolicyId: id } = by;
  try {
    if (!id.startsWith('arn:')) return identity === undefined ? undefined : await inlineDocumentOf(identity, id);
    const { Policy } = await iam<{ readonly Policy: { readonly DefaultVersionId: string } }>('GetPolicy', {
      PolicyArn: id,
    });
    return await readManagedPolicy(id, Policy.DefaultVersionId);
  } catch {
    return undefined;
  }
}

/** An inline policy of the identity; of a user also one of a group that has it. */
async function inlineDocumentOf(identity: Identity, policy: string): Promise<string | undefined> {
  const groups =
    identity.kind === 'User' ? await iamList<Group>('ListGroupsForUser', 'Groups', { UserName: identity.name }) : [];
  const found: string[] = [];
  for (const holder of [identity, ...groups.map(({ GroupName }) => ({ kind: 'Group', name: GroupName }) as const)]) {
    const names = await iamList<string>(`List${holder.kind}Policies`, 'PolicyNames', {
      [`${holder.kind}Name`]: holder.name,
    });
    if (names.includes(policy)) found.push(await readInlinePolicy(holder, policy));
  }
  // Policies of one name do not say which of them decided.
  return found.length === 1 ? found[0] : undefined;
}

const wordsOf = (text: string): readonly string[] => text.split(/[\s,]+/).filter((word) => word !== '');
const linesOf = (text: string): readonly string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** `aws:SourceIp=10.0.0.1`. */
function pairOf(line: string): readonly [string, string] {
  const at = line.indexOf('=');
  return at < 0 ? [line, ''] : [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}
