// Validators: the members of the era and all candidates, and the page of the one that the address names.
import { useState } from 'react';
import { accountOf } from '../../api/chain.js';
import { type ListedCandidate, readCandidates } from '../../api/validators.js';
import { useTexts } from '../../components/context.js';
import { Content } from '../../components/states.js';
import { hrefOf, navigate } from '../../router.js';
import { ValidatorsPage } from '../explorer/validators-page.js';
import { Chooser, isNamed } from '../operator/chooser.js';
import type { ScreenProps } from '../screen.js';
import { useChain } from '../use-chain.js';
import { ValidatorPage } from './validator-page.js';

export function ValidatorView({ parts: [address] }: ScreenProps) {
  const { t } = useTexts();
  return (
    <div className="page">
      <div className="page-head">
        <h1 tabIndex={-1}>{t('validator.title')}</h1>
        {address === undefined ? null : <a href={hrefOf(['validator'])}>{t('validator.all')}</a>}
      </div>
      {address === undefined ? (
        <>
          <ValidatorsPage />
          <AllCandidates />
        </>
      ) : (
        <ValidatorPage key={address} address={address} />
      )}
    </div>
  );
}

function AllCandidates() {
  const all = useChain('candidates', readCandidates);
  // A chain without elections says so above.
  return <Content of={all}>{(found) => (found === undefined ? null : <Choice candidates={found} />)}</Content>;
}

function Choice({ candidates }: { readonly candidates: readonly ListedCandidate[] }) {
  const { t, number, tokens } = useTexts();
  const [text, setText] = useState('');
  const shown = candidates.filter(({ address, state }) => isNamed(text, [address, state]));
  const open = (wanted: string) => {
    const address = accountOf(wanted) === undefined ? shown[0]?.address : wanted;
    if (address !== undefined) navigate(['validator', address]);
    return address !== undefined;
  };
  return (
    <section className="stack" aria-label={t('explorer.candidates')}>
      <h2>{t('explorer.candidates')}</h2>
      <Chooser label={t('validator.search')} text={text} onChange={setText} onOpen={open} />
      <p className="faint" role="status">
        {t('operator.shown', { shown: number(shown.length), all: number(candidates.length) })}
      </p>
      <div className="scroll-x">
        <table className="table">
          <caption className="visually-hidden">{t('explorer.candidates')}</caption>
          <thead>
            <tr>
              <th className="number">{t('validator.rank')}</th>
              <th>{t('explorer.account')}</th>
              <th>{t('network.column.state')}</th>
              <th>{t('explorer.seat')}</th>
              <th className="number">{t('explorer.stake')}</th>
              <th className="number">{t('validator.score')}</th>
              <th className="number">{t('validator.credit')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ address, state, stake, hasSeat, election }) => (
              <tr key={address}>
                <td className="number">{election === undefined ? '–' : number(election.rank)}</td>
                <td>
                  <a className="mono break" href={hrefOf(['validator', address])}>
                    {address}
                  </a>
                </td>
                <td>
                  <span className={`badge ${state === 'Active' ? 'good' : 'bad'}`}>
                    {t(`validator.state.${state}`)}
                  </span>
                </td>
                <td>{t(hasSeat ? 'validator.seat.yes' : 'validator.seat.no')}</td>
                <td className="number">{tokens(stake)}</td>
                <td className="number">{election === undefined ? '–' : number(election.score / 10)}</td>
                <td className="number">{election === undefined ? '–' : number(election.credit)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
