// TEE workers: the list of all, and the page of the one that the address names by index or controller.
import { useState } from 'react';
import { type ListedWorker, readWorkers } from '../../api/tee-workers.js';
import { useTexts } from '../../components/context.js';
import { Content, Empty } from '../../components/states.js';
import { hrefOf, navigate } from '../../router.js';
import { Chooser, isNamed } from '../operator/chooser.js';
import type { ScreenProps } from '../screen.js';
import { useChain } from '../use-chain.js';
import { TeePage } from './tee-page.js';

export function TeeView({ parts: [name] }: ScreenProps) {
  const { t } = useTexts();
  return (
    <div className="page">
      <div className="page-head">
        <h1 tabIndex={-1}>{t('tee.title')}</h1>
        {name === undefined ? null : <a href={hrefOf(['tee'])}>{t('tee.all')}</a>}
      </div>
      {name === undefined ? <AllWorkers /> : <TeePage key={name} name={name} />}
    </div>
  );
}

function AllWorkers() {
  const all = useChain('tee', readWorkers);
  return <Content of={all}>{(workers) => <Choice workers={workers} />}</Content>;
}

function Choice({ workers }: { readonly workers: readonly ListedWorker[] }) {
  const { t, number, bytes, tokens } = useTexts();
  const [text, setText] = useState('');
  if (workers.length === 0) return <Empty icon="lock" title={t('tee.empty')} text={t('tee.empty.text')} />;
  const shown = workers.filter(({ index, controller, endpoint, state }) =>
    isNamed(text, [String(index), controller, endpoint, state]),
  );
  const open = (wanted: string) => {
    const found = shown.find(({ index }) => String(index) === wanted) ?? shown[0];
    if (found !== undefined) navigate(['tee', String(found.index)]);
    return found !== undefined;
  };
  return (
    <div className="stack">
      <Chooser label={t('tee.search')} text={text} onChange={setText} onOpen={open} />
      <p className="faint" role="status">
        {t('operator.shown', { shown: number(shown.length), all: number(workers.length) })}
      </p>
      <div className="scroll-x">
        <table className="table">
          <caption className="visually-hidden">{t('tee.title')}</caption>
          <thead>
            <tr>
              <th className="number">{t('network.column.index')}</th>
              <th>{t('network.column.state')}</th>
              <th>{t('operator.endpoint')}</th>
              <th className="number">{t('tee.stake')}</th>
              <th className="number">{t('tee.tagged')}</th>
              <th className="number">{t('tee.verdicts')}</th>
              <th className="number">{t('tee.missed')}</th>
              <th className="number">{t('tee.wrong')}</th>
            </tr>
          </thead>
          <tbody>
            {shown.map(({ index, state, endpoint, stake, taggedBytes, verdicts, missed, wrong }) => (
              <tr key={index}>
                <td className="number">
                  <a href={hrefOf(['tee', String(index)])}>{number(index)}</a>
                </td>
                <td>
                  <span className={`badge ${state === 'Active' ? 'good' : 'bad'}`}>{t(`tee.state.${state}`)}</span>
                </td>
                <td className="mono break">{endpoint}</td>
                <td className="number">{tokens(stake)}</td>
                <td className="number">{bytes(taggedBytes)}</td>
                <td className="number">{number(verdicts)}</td>
                <td className="number">{number(missed)}</td>
                <td className="number">{number(wrong)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}
