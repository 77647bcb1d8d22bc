// An account: tokens, territories, and what else it is on the chain.
import { accountOf, readAccount } from '../../api/chain.js';
import { useTexts } from '../../components/context.js';
import { Figures } from '../../components/figures.js';
import { Content, Empty } from '../../components/states.js';
import { ValueView } from '../../components/value-view.js';
import { useChain } from '../use-chain.js';

export function AccountPage({ address }: { readonly address: string }) {
  const { t, number, bytes, tokens } = useTexts();
  const account = useChain(address, async (client) => {
    const id = accountOf(address);
    return id === undefined ? undefined : readAccount(client, id);
  });
  return (
    <Content of={account}>
      {(shown) =>
        shown === undefined ? (
          <Empty icon="user" title={t('explorer.account.none')} text={t('explorer.account.none.text')} />
        ) : (
          <div className="stack">
            <h2>{t('explorer.account')}</h2>
            <p className="mono break">{shown.address}</p>
            <Figures
              figures={[
                { label: t('explorer.free'), value: tokens(shown.free) },
                { label: t('explorer.held'), value: tokens(shown.held) },
                { label: t('explorer.nonce'), value: number(shown.nonce) },
              ]}
            />
            {shown.provider === undefined && !shown.isCandidate ? null : (
              <p className="row">
                {shown.provider === undefined ? null : (
                  <span className="badge good">{t('explorer.isProvider', { index: number(shown.provider) })}</span>
                )}
                {shown.isCandidate ? <span className="badge good">{t('explorer.isCandidate')}</span> : null}
              </p>
            )}
            <section className="stack tight" aria-label={t('explorer.territories')}>
              <h3>{t('explorer.territories')}</h3>
              {shown.territories.length === 0 ? <p className="soft">{t('explorer.territories.none')}</p> : null}
              <ul className="stack tight plain">
                {shown.territories.map(({ name, state, totalBytes, usedBytes, deadline }) => (
                  <li key={name} className="card entry row between">
                    <strong>{name}</strong>
                    <span className={`badge ${state === 'Active' ? 'good' : 'bad'}`}>{state}</span>
                    <span>{t('explorer.territory.space', { used: bytes(usedBytes), total: bytes(totalBytes) })}</span>
                    <span className="faint">{t('explorer.territory.until', { block: number(deadline) })}</span>
                  </li>
                ))}
              </ul>
            </section>
            <section className="stack tight" aria-label={t('explorer.holds')}>
              <h3>{t('explorer.holds')}</h3>
              <ValueView value={shown.holds} />
            </section>
          </div>
        )
      }
    </Content>
  );
}
