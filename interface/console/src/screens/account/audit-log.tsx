// The newest operations of the account, and the check of the log against what the gateway committed itself to on the chain.
import { useState } from 'react';
import { type AuditedOperation, type LogCheck, readAudit, verifyAudit } from '../../api/admin.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { Failed } from '../../components/failed.js';
import { Field } from '../../components/field.js';
import { Content, Empty } from '../../components/states.js';
import { useAction } from '../../components/use-action.js';
import { useLoad } from '../../components/use-load.js';

export function AuditLog() {
  const { t } = useTexts();
  const [operation, setOperation] = useState('');
  const [isFailed, setIsFailed] = useState(false);
  const [applied, setApplied] = useState('');
  const entries = useLoad(`audit ${applied} ${isFailed}`, () => readAudit({ operation: applied, isFailed }));
  return (
    <section className="stack" aria-label={t('account.audit')}>
      <form
        className="row end"
        onSubmit={(event) => {
          event.preventDefault();
          setApplied(operation.trim());
          entries.reload();
        }}
      >
        <Field label={t('audit.operation')} value={operation} onChange={setOperation} type="search" />
        <label className="row check-line">
          <input type="checkbox" checked={isFailed} onChange={(event) => setIsFailed(event.target.checked)} />
          {t('audit.failed')}
        </label>
        <Button type="submit" icon="search">
          {t('audit.search')}
        </Button>
      </form>
      <Verify />
      <Content of={entries}>
        {(list) => (list.length === 0 ? <Empty icon="search" title={t('audit.none')} /> : <Entries entries={list} />)}
      </Content>
    </section>
  );
}

function Verify() {
  const { t, number } = useTexts();
  const [check, setCheck] = useState<LogCheck>();
  const action = useAction();
  const verify = () => action.run(async () => setCheck(await verifyAudit()));
  const values = {
    entries: number(check?.entries ?? 0),
    anchored: number(check?.anchoredEntries ?? 0),
    anchors: number(check?.anchors ?? 0),
  };
  return (
    <>
      <div className="row">
        <Button icon="shield" disabled={action.state.isBusy} onClick={verify}>
          {t(action.state.isBusy ? 'proof.verifying' : 'audit.verify')}
        </Button>
      </div>
      <Failed reason={action.state.failure} />
      {check === undefined ? null : (
        <p className={`notice ${check.sound ? 'good' : 'bad'}`} role="status">
          {t(check.sound ? 'audit.sound' : 'audit.unsound', values)}
        </p>
      )}
    </>
  );
}

function Entries({ entries }: { readonly entries: readonly AuditedOperation[] }) {
  const { t, date } = useTexts();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling area must be reachable by keyboard
    <div className="scroll-x" tabIndex={0}>
      <table className="table">
        <thead>
          <tr>
            <th>{t('audit.time')}</th>
            <th>{t('audit.operation')}</th>
            <th>{t('audit.caller')}</th>
            <th>{t('audit.resource')}</th>
            <th>{t('audit.source')}</th>
            <th>{t('audit.outcome')}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map(({ sequence, time, operation, principal, source, bucket, key, status, errorCode }) => (
            <tr key={sequence}>
              <td>{date(time)}</td>
              <td>{operation}</td>
              <td className="break">{principal.replace(/^arn:aws:\w+::\d*:/, '')}</td>
              <td className="break">{resourceOf(operation, bucket, key)}</td>
              <td>{source}</td>
              <td>
                <span className={`badge ${status >= 400 || status === 0 ? 'bad' : 'good'}`}>
                  {errorCode === '' ? status : `${status} ${errorCode}`}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Requests of the admin API have paths and no buckets; accounts that the operator serves stand in the key. */
function resourceOf(operation: string, bucket: string, key: string): string {
  if (operation.includes(':')) return '';
  return key === '' ? bucket : `${bucket}/${key}`;
}
