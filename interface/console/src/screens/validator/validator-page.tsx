// One candidate or member: what to do now, the calls for it, seat, stake, points, score and credit, slashes, and what happened to it.
import { toHex } from '@cess/primitives';
import { accountOf } from '../../api/chain.js';
import type { RoleEvent } from '../../api/role-events.js';
import { readValidator, type ValidatorState } from '../../api/validators.js';
import { useTexts } from '../../components/context.js';
import { Figures } from '../../components/figures.js';
import { Content, Empty } from '../../components/states.js';
import { hrefOf } from '../../router.js';
import { CreditTable } from '../operator/credit-table.js';
import { DutyList } from '../operator/duty-list.js';
import { RoleCalls } from '../operator/role-calls.js';
import { RoleEvents } from '../operator/role-events.js';
import { useLiveChain } from '../use-chain.js';
import { validatorCalls } from './validator-calls.js';
import { validatorDuties } from './validator-duties.js';

export function ValidatorPage({ address }: { readonly address: string }) {
  const { t } = useTexts();
  const validator = useLiveChain(address, (client) => readValidator(client, address));
  return (
    <Content of={validator}>
      {(shown) =>
        shown === undefined ? (
          <Empty icon="search" title={t('validator.none')} text={t('validator.none.text')} />
        ) : (
          <Validator validator={shown} onChanged={validator.reload} />
        )
      }
    </Content>
  );
}

interface ValidatorProps {
  readonly validator: ValidatorState;
  readonly onChanged: () => void;
}

function Validator({ validator, onChanged }: ValidatorProps) {
  const { t, number } = useTexts();
  const { address, candidate, seat } = validator;
  return (
    <div className="stack">
      <div className="row">
        <h2 className="mono break">{address}</h2>
        {candidate === undefined ? null : (
          <span className={`badge ${candidate.state === 'Active' ? 'good' : 'bad'}`}>
            {t(`validator.state.${candidate.state}`)}
          </span>
        )}
        {seat === undefined ? null : (
          <span className="badge good">{t('validator.seat.number', { seat: number(seat.number) })}</span>
        )}
      </div>
      <p className="faint" role="status">
        {t('network.asOf', { block: number(validator.block) })}
      </p>
      <DutyList duties={validatorDuties(validator)} />
      <RoleCalls address={address} calls={validatorCalls(validator)} onPlaced={onChanged} />
      <ValidatorFigures validator={validator} />
      <Slashes validator={validator} />
      <section className="stack tight" aria-label={t('operator.credit')}>
        <h2>{t('operator.credit')}</h2>
        <p className="row">
          {validator.workers.length === 0 ? t('validator.workers.none') : t('validator.workers')}
          {validator.workers.map(({ index }) => (
            <a key={index} href={hrefOf(['tee', String(index)])}>
              {t('tee.number', { index: number(index) })}
            </a>
          ))}
        </p>
        <CreditTable credit={validator.eraCredits} />
      </section>
      <Keys validator={validator} />
      <RoleEvents id={`validator/${address}`} isOf={(event) => isOfAccount(event, address)} />
    </div>
  );
}

function ValidatorFigures({ validator }: { readonly validator: ValidatorState }) {
  const { t, number, tokens } = useTexts();
  const { candidate, era, epoch, points, election, credit, creditThreshold, minimumStake } = validator;
  const score =
    election &&
    t('validator.score.parts', {
      stake: number(election.stakeScore),
      credit: number(election.credit),
      vrf: number(election.vrfScore),
    });
  return (
    <Figures
      figures={[
        { label: t('explorer.era'), value: number(era), hint: t('explorer.epoch', { epoch: number(epoch) }) },
        {
          label: t('explorer.stake'),
          value: candidate === undefined ? '–' : tokens(candidate.stake),
          hint: t('validator.stake.minimum', { amount: tokens(minimumStake) }),
        },
        {
          label: t('validator.points'),
          value: number(points.total),
          hint: t('validator.points.hint', { blocks: number(points.blocks), missed: number(points.missed) }),
        },
        {
          label: t('validator.score'),
          value: election === undefined ? '–' : number(election.score / 10),
          hint: score ?? t('validator.score.none'),
        },
        {
          label: t('validator.credit'),
          value: number(credit),
          hint: t('validator.credit.hint', { threshold: number(creditThreshold) }),
        },
        { label: t('validator.slashed'), value: candidate === undefined ? '–' : tokens(candidate.slashed) },
      ]}
    />
  );
}

function Slashes({ validator: { slashes, offences } }: { readonly validator: ValidatorState }) {
  const { t, number, tokens } = useTexts();
  return (
    <section className="stack tight" aria-label={t('validator.slashes')}>
      <h2>{t('validator.slashes')}</h2>
      {offences.length === 0 && slashes.length === 0 ? <p>{t('validator.slashes.none')}</p> : null}
      <ul className="stack tight plain">
        {offences.map(({ era, stake, charged }) => (
          <li key={era} className="card entry">
            {t('validator.offence', { era: number(era), stake: tokens(stake), charged: tokens(charged) })}
          </li>
        ))}
        {slashes.map(({ amount, offenceEra, takenIn }) => (
          <li key={`${offenceEra}/${takenIn}/${amount}`} className="card entry">
            {t('validator.slash', { amount: tokens(amount), era: number(offenceEra), taken: number(takenIn) })}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Keys({ validator: { address, candidate, seat, isElected } }: { readonly validator: ValidatorState }) {
  const { t, number } = useTexts();
  const eraOf = (era: number | undefined) => (era === undefined ? '–' : number(era));
  return (
    <section className="card facts-card" aria-label={t('operator.about')}>
      <dl className="facts">
        <dt>{t('explorer.account')}</dt>
        <dd>
          <a className="mono break" href={hrefOf(['explorer', 'account', address])}>
            {address}
          </a>
        </dd>
        <dt>{t('validator.key')}</dt>
        <dd className="mono break">{candidate?.key ?? '–'}</dd>
        <dt>{t('validator.key.seat')}</dt>
        <dd className="mono break">{seat?.key ?? '–'}</dd>
        <dt>{t('validator.elected')}</dt>
        <dd>
          {t(
            isElected === undefined ? 'validator.elected.open' : isElected ? 'validator.seat.yes' : 'validator.seat.no',
          )}
        </dd>
        <dt>{t('validator.proof')}</dt>
        <dd>{t(candidate?.hasPostedProof === true ? 'validator.proof.posted' : 'validator.proof.none')}</dd>
        <dt>{t('validator.since')}</dt>
        <dd>{eraOf(candidate?.enteredIn)}</dd>
        <dt>{t('validator.lastSeat')}</dt>
        <dd>{eraOf(candidate?.lastSeatIn)}</dd>
        <dt>{t('validator.exit')}</dt>
        <dd>{eraOf(candidate?.exitAnnouncedIn)}</dd>
      </dl>
    </section>
  );
}

/** Events of staking and of offences name the account; those of the session name who lost a seat. */
function isOfAccount({ pallet, value }: RoleEvent, address: string): boolean {
  const account = accountOf(address);
  if (account === undefined || typeof value !== 'object' || value === null) return false;
  if (pallet !== 'Staking' && pallet !== 'Offences' && pallet !== 'Session') return false;
  const named = 'account' in value ? value.account : 'removed' in value ? value.removed : undefined;
  return named instanceof Uint8Array && toHex(named) === toHex(account);
}
