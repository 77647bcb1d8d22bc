// One TEE worker: what to do now, the calls for it, its record, the rounds that it judges, keys and credit, and what happened to it.
import type { RoleEvent } from '../../api/role-events.js';
import { readWorker, type WorkerState } from '../../api/tee-workers.js';
import { useTexts } from '../../components/context.js';
import { Figures } from '../../components/figures.js';
import { Content, Empty } from '../../components/states.js';
import { hrefOf } from '../../router.js';
import { CreditTable } from '../operator/credit-table.js';
import { DutyList } from '../operator/duty-list.js';
import { RoleCalls } from '../operator/role-calls.js';
import { RoleEvents } from '../operator/role-events.js';
import { useLiveChain } from '../use-chain.js';
import { teeCalls } from './tee-calls.js';
import { teeDuties } from './tee-duties.js';

export function TeePage({ name }: { readonly name: string }) {
  const { t } = useTexts();
  const worker = useLiveChain(name, (client) => readWorker(client, name));
  return (
    <Content of={worker}>
      {(shown) =>
        shown === undefined ? (
          <Empty icon="search" title={t('tee.none')} text={t('tee.none.text')} />
        ) : (
          <Worker worker={shown} onChanged={worker.reload} />
        )
      }
    </Content>
  );
}

interface WorkerProps {
  readonly worker: WorkerState;
  readonly onChanged: () => void;
}

function Worker({ worker, onChanged }: WorkerProps) {
  const { t, number, bytes, tokens } = useTexts();
  const { index, state, block, stake, requiredStake, missed, wrong } = worker;
  return (
    <div className="stack">
      <div className="row">
        <h2>{t('tee.number', { index: number(index) })}</h2>
        <span className={`badge ${state === 'Active' ? 'good' : 'bad'}`}>{t(`tee.state.${state}`)}</span>
      </div>
      <p className="faint" role="status">
        {t('network.asOf', { block: number(block) })}
      </p>
      <DutyList duties={teeDuties(worker)} />
      <RoleCalls address={worker.controller} calls={teeCalls(worker)} onPlaced={onChanged} />
      <Figures
        figures={[
          {
            label: t('tee.stake'),
            value: tokens(stake),
            hint: t('tee.stake.required', { amount: tokens(requiredStake) }),
            ...(stake < requiredStake ? { tone: 'warn' as const } : {}),
          },
          { label: t('tee.tagged'), value: bytes(worker.taggedBytes) },
          { label: t('tee.verified'), value: bytes(worker.verifiedBytes) },
          { label: t('tee.verdicts'), value: number(worker.verdicts) },
          {
            label: t('tee.missed'),
            value: number(missed),
            hint: t('tee.missed.hint', { count: number(worker.missedInARow) }),
            ...(worker.missedInARow > 0 ? { tone: 'bad' as const } : {}),
          },
          { label: t('tee.wrong'), value: number(wrong), ...(wrong > 0 ? { tone: 'warn' as const } : {}) },
          {
            label: t('tee.rounds'),
            value: number(worker.dutyCount),
            hint: t('tee.rounds.hint', { count: number(worker.verifiers) }),
          },
        ]}
      />
      <Rounds worker={worker} />
      <Keys worker={worker} />
      <section className="stack tight" aria-label={t('tee.credit')}>
        <h2>{t('tee.credit')}</h2>
        {worker.bond === undefined ? (
          <p>{t('tee.credit.none')}</p>
        ) : (
          <>
            <p>
              {t('tee.credit.for')}{' '}
              <a className="mono break" href={hrefOf(['validator', worker.bond])}>
                {worker.bond}
              </a>
            </p>
            <CreditTable credit={worker.credit} />
          </>
        )}
      </section>
      <section className="card facts-card" aria-label={t('operator.about')}>
        <dl className="facts">
          <dt>{t('tee.controller')}</dt>
          <dd>
            <a className="mono break" href={hrefOf(['explorer', 'account', worker.controller])}>
              {worker.controller}
            </a>
          </dd>
          <dt>{t('operator.endpoint')}</dt>
          <dd className="mono break">{worker.endpoint}</dd>
          <dt>{t('tee.signerKey')}</dt>
          <dd className="mono break">{worker.signerKey}</dd>
          <dt>{t('operator.registered')}</dt>
          <dd>{t('explorer.block.title', { number: number(worker.registeredAt) })}</dd>
        </dl>
      </section>
      <RoleEvents id={`tee/${index}`} isOf={(event) => isOfWorker(event, index)} />
    </div>
  );
}

function isOfWorker({ value }: RoleEvent, index: number): boolean {
  return typeof value === 'object' && value !== null && 'worker' in value && value.worker === index;
}

function Rounds({ worker: { duties } }: { readonly worker: WorkerState }) {
  const { t, number, bytes } = useTexts();
  return (
    <section className="stack tight" aria-label={t('tee.duties')}>
      <h2>{t('tee.duties')}</h2>
      {duties.length === 0 ? (
        <p>{t('tee.duties.none')}</p>
      ) : (
        <div className="scroll-x">
          <table className="table">
            <caption className="visually-hidden">{t('tee.duties')}</caption>
            <thead>
              <tr>
                <th>{t('proof.provider')}</th>
                <th className="number">{t('tee.round')}</th>
                <th className="number">{t('tee.bytes')}</th>
                <th>{t('tee.waitsFor')}</th>
                <th className="number">{t('provider.until')}</th>
              </tr>
            </thead>
            <tbody>
              {duties.map(({ provider, keyId, round, bytes: size, waitsFor, passed, until }) => (
                <tr key={`${provider}/${keyId}`}>
                  <td>
                    <a href={hrefOf(['provider', String(provider)])}>
                      {t('provider.number', { index: number(provider) })}
                    </a>
                  </td>
                  <td className="number">{number(round)}</td>
                  <td className="number">{bytes(size)}</td>
                  <td>{t(stageOf(waitsFor, passed))}</td>
                  <td className="number">{number(until)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function stageOf(waitsFor: 'Verdict' | 'Dispute', passed: boolean | undefined) {
  if (waitsFor === 'Verdict') return 'tee.waits.verdict';
  return passed === true ? 'tee.waits.passed' : 'tee.waits.failed';
}

function Keys({ worker: { tagKeys } }: { readonly worker: WorkerState }) {
  const { t, number } = useTexts();
  return (
    <section className="stack tight" aria-label={t('tee.keys')}>
      <h2>{t('tee.keys')}</h2>
      <ul className="stack tight plain">
        {tagKeys.map(({ id, epoch, registeredAt, isCurrent }) => (
          <li key={id} className="card entry row between">
            <span className="mono break">{id}</span>
            <span className={`badge ${isCurrent ? 'good' : ''}`}>
              {t(isCurrent ? 'tee.key.current' : 'tee.key.former')}
            </span>
            <span className="faint">{t('tee.key.since', { epoch: number(epoch), block: number(registeredAt) })}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
