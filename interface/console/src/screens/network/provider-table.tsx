// All providers in rows, each with a link to its page.
import type { ShownProvider } from '../../api/network.js';
import { useTexts } from '../../components/context.js';
import { VirtualList } from '../../components/virtual-list.js';
import { hrefOf } from '../../router.js';

/** As `--row` in the tokens. */
const rowPx = 40;

export function ProviderTable({ providers }: { readonly providers: readonly ShownProvider[] }) {
  const { t, number, bytes, percent, tokens } = useTexts();
  return (
    <div className="providers" role="table" aria-label={t('network.providers')} aria-rowcount={providers.length + 1}>
      <div role="rowgroup">
        <div className="provider-row head" role="row" aria-rowindex={1}>
          {(['index', 'state', 'endpoint', 'declared', 'stored', 'proven', 'stake'] as const).map((column) => (
            <span key={column} role="columnheader">
              {t(`network.column.${column}`)}
            </span>
          ))}
        </div>
      </div>
      <VirtualList
        count={providers.length}
        rowPx={rowPx}
        label={t('network.providers')}
        onEnd={noMore}
        render={(at) => {
          const provider = providers[at];
          if (provider === undefined) return null;
          const { index, state, endpoint, declaredBytes, serviceBytes, provenBytes, stake } = provider;
          return (
            <div key={index} className="provider-row" role="row" aria-rowindex={at + 2}>
              <span role="cell">
                <a href={hrefOf(['provider', String(index)])}>{number(index)}</a>
              </span>
              <span role="cell">
                <span className={`badge ${state === 'Positive' ? 'good' : 'bad'}`}>{state}</span>
              </span>
              <span role="cell" className="mono">
                {endpoint}
              </span>
              <span role="cell">{bytes(declaredBytes)}</span>
              <span role="cell">{bytes(serviceBytes)}</span>
              <span role="cell">{serviceBytes === 0 ? '–' : percent(provenBytes / serviceBytes)}</span>
              <span role="cell">{tokens(stake)}</span>
            </div>
          );
        }}
      />
    </div>
  );
}

function noMore(): void {}
