// The space that the owner has leased: size, use and end of each territory; more of it, or longer.

import type { Territory as Lease } from '@cess/sdk/territory';
import { useState } from 'react';
import { readAccount } from '../../api/admin.js';
import { accountOf, connectChain } from '../../api/chain.js';
import { type LeasedSpace, readLeasedSpace, timeOfBlock } from '../../api/territory.js';
import { Button } from '../../components/button.js';
import { useSession, useTexts } from '../../components/context.js';
import { Content, Empty } from '../../components/states.js';
import { useLoad } from '../../components/use-load.js';
import { type ConnectedWallet, ConnectWallet, signerOf } from '../calls/connect-wallet.js';
import { type OrderKind, TerritoryOrder } from './territory-order.js';

interface Opened {
  readonly kind: OrderKind;
  readonly territory?: Lease;
}

export function Territory() {
  const { t } = useTexts();
  const { gateway } = useSession();
  return gateway.hasChain ? (
    <Leases />
  ) : (
    <Empty icon="warning" title={t('territory.noChain')} text={t('territory.noChain.text')} />
  );
}

function Leases() {
  const { t, tokens } = useTexts();
  const leased = useLoad('territory', async () => {
    const { owner } = await readAccount();
    const account = accountOf(owner);
    if (account === undefined) throw new Error(t('explorer.account.none'));
    return { owner, account, space: await readLeasedSpace(await connectChain(), account) };
  });
  const [wallet, setWallet] = useState<ConnectedWallet>();
  const [opened, setOpened] = useState<Opened>();
  return (
    <section className="stack" aria-label={t('account.territory')}>
      <Content of={leased}>
        {({ owner, account, space }) => (
          <>
            <dl className="facts">
              <dt>{t('account.owner')}</dt>
              <dd className="mono break">{owner}</dd>
              <dt>{t('territory.balance')}</dt>
              <dd>{tokens(space.balance)}</dd>
              <dt>{t('territory.unitPrice')}</dt>
              <dd>{t('territory.unitPrice.value', { price: tokens(space.unitPrice) })}</dd>
            </dl>
            <ConnectWallet
              address={owner}
              wallet={wallet}
              text={t('territory.wallet.text')}
              other={t('territory.wallet.other')}
              onConnected={setWallet}
            />
            {space.isOversold ? <p className="notice">{t('territory.oversold')}</p> : null}
            <div className="row">
              <Button icon="plus" kind="primary" onClick={() => setOpened({ kind: 'buy' })}>
                {t('territory.buy')}
              </Button>
            </div>
            {space.territories.length === 0 ? (
              <Empty icon="chart" title={t('territory.none')} text={t('territory.none.text')} />
            ) : (
              <ul className="territories plain" aria-label={t('explorer.territories')}>
                {space.territories.map((territory) => (
                  <LeaseCard
                    key={territory.name}
                    territory={territory}
                    space={space}
                    onOrder={(kind) => setOpened({ kind, territory })}
                  />
                ))}
              </ul>
            )}
            {opened === undefined ? null : (
              <TerritoryOrder
                {...opened}
                account={account}
                space={space}
                signer={signerOf(wallet)}
                onClose={() => setOpened(undefined)}
                onPlaced={() => {
                  setOpened(undefined);
                  leased.reload();
                }}
              />
            )}
          </>
        )}
      </Content>
    </section>
  );
}

interface LeaseCardProps {
  readonly territory: Lease;
  readonly space: LeasedSpace;
  readonly onOrder: (kind: 'expand' | 'renew') => void;
}

function LeaseCard({ territory, space, onOrder }: LeaseCardProps) {
  const { t, bytes, number, date } = useTexts();
  const { name, state, totalBytes, usedBytes, lockedBytes, remainingBytes, deadline } = territory;
  const [total, used, locked, remaining] = [totalBytes, usedBytes, lockedBytes, remainingBytes].map(Number);
  const shown = t('explorer.territory.space', { used: bytes(used ?? 0), total: bytes(total ?? 0) });
  return (
    <li className="card territory stack tight">
      <div className="row between">
        <h2 className="break">{name}</h2>
        <span className={`badge ${state === 'Active' ? 'good' : 'bad'}`}>{t(`territory.state.${state}`)}</span>
      </div>
      <progress value={used} max={total} aria-label={t('territory.used', { name })} />
      <p className="soft">{shown}</p>
      <dl className="facts">
        <dt>{t('territory.locked')}</dt>
        <dd>{bytes(locked ?? 0)}</dd>
        <dt>{t('territory.free')}</dt>
        <dd>{bytes(remaining ?? 0)}</dd>
        <dt>{t('territory.ends')}</dt>
        <dd>{t('territory.ends.value', { date: date(timeOfBlock(deadline, space)), block: number(deadline) })}</dd>
      </dl>
      {state === 'Expired' ? null : (
        <div className="row">
          {state === 'Active' ? (
            <Button onClick={() => onOrder('expand')}>{t('territory.expand', { name })}</Button>
          ) : null}
          <Button onClick={() => onOrder('renew')}>{t('territory.renew', { name })}</Button>
        </div>
      )}
    </li>
  );
}
