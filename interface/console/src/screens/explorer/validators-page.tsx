// Who makes blocks and votes in this era.
import { readElection } from '../../api/chain.js';
import { useTexts } from '../../components/context.js';
import { Figures } from '../../components/figures.js';
import { Content, Empty } from '../../components/states.js';
import { hrefOf } from '../../router.js';
import { useChain } from '../use-chain.js';

export function ValidatorsPage() {
  const { t, number, tokens } = useTexts();
  const election = useChain('election', readElection);
  return (
    <Content of={election}>
      {(shown) =>
        shown === undefined ? (
          <Empty icon="network" title={t('explorer.election.none')} text={t('explorer.election.none.text')} />
        ) : (
          <div className="stack">
            <Figures
              figures={[
                {
                  label: t('explorer.era'),
                  value: number(shown.era),
                  hint: t('explorer.epoch', { epoch: number(shown.epoch) }),
                },
                { label: t('explorer.validators'), value: number(shown.validators.length) },
                { label: t('explorer.candidates'), value: number(shown.candidates) },
                { label: t('explorer.set'), value: number(shown.setId) },
              ]}
            />
            <div className="scroll-x">
              <table className="table">
                <caption className="visually-hidden">{t('explorer.validators')}</caption>
                <thead>
                  <tr>
                    <th className="number">{t('explorer.seat')}</th>
                    <th>{t('explorer.account')}</th>
                    <th className="number">{t('explorer.stake')}</th>
                    <th className="number">{t('explorer.blocks')}</th>
                    <th className="number">{t('explorer.missed')}</th>
                  </tr>
                </thead>
                <tbody>
                  {shown.validators.map(({ seat, address, stake, blocks, missed }) => (
                    <tr key={seat}>
                      <td className="number">{number(seat)}</td>
                      <td>
                        <a className="mono break" href={hrefOf(['validator', address])}>
                          {address}
                        </a>
                      </td>
                      <td className="number">{stake === undefined ? '' : tokens(stake)}</td>
                      <td className="number">{number(blocks)}</td>
                      <td className="number">{number(missed)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </div>
        )
      }
    </Content>
  );
}
