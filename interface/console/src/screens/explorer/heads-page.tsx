// The newest finalized blocks.

import { followHeads } from '../../api/chain.js';
import { useTexts } from '../../components/context.js';
import { Figures } from '../../components/figures.js';
import { Content } from '../../components/states.js';
import { hrefOf } from '../../router.js';
import { useFollowed } from '../use-followed.js';

export function HeadsPage() {
  const { t, number } = useTexts();
  const heads = useFollowed(followHeads);
  return (
    <Content of={heads}>
      {({ best, finalized, blocks }) => (
        <div className="stack">
          <Figures
            figures={[
              { label: t('explorer.finalized'), value: number(finalized) },
              { label: t('explorer.best'), value: number(best) },
              { label: t('explorer.behind'), value: number(best - finalized) },
            ]}
          />
          <div className="scroll-x">
            <table className="table">
              <caption className="visually-hidden">{t('explorer.newest')}</caption>
              <thead>
                <tr>
                  <th>{t('explorer.block')}</th>
                  <th>{t('explorer.hash')}</th>
                  <th className="number">{t('explorer.extrinsics')}</th>
                </tr>
              </thead>
              <tbody>
                {blocks.map((block) => (
                  <tr key={block.hash}>
                    <td>
                      <a href={hrefOf(['explorer', 'block', String(block.number)])}>{number(block.number)}</a>
                    </td>
                    <td className="mono">{block.hash.slice(0, 24)}…</td>
                    <td className="number">{number(block.extrinsics)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </div>
      )}
    </Content>
  );
}
