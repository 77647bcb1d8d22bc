// Providers: the list of all, and the page of the one that the address names by index or account.
import { useState } from 'react';
import { readProviders, type ShownProvider } from '../../api/network.js';
import { useTexts } from '../../components/context.js';
import { Content, Empty } from '../../components/states.js';
import { hrefOf, navigate } from '../../router.js';
import { ProviderTable } from '../network/provider-table.js';
import { Chooser, isNamed } from '../operator/chooser.js';
import type { ScreenProps } from '../screen.js';
import { useChain } from '../use-chain.js';
import { ProviderPage } from './provider-page.js';

export function ProviderView({ parts: [name] }: ScreenProps) {
  const { t } = useTexts();
  return (
    <div className="page">
      <div className="page-head">
        <h1 tabIndex={-1}>{t('provider.title')}</h1>
        {name === undefined ? null : <a href={hrefOf(['provider'])}>{t('provider.all')}</a>}
      </div>
      {name === undefined ? <AllProviders /> : <ProviderPage key={name} name={name} />}
    </div>
  );
}

function AllProviders() {
  const { t } = useTexts();
  const all = useChain('providers', async (client) => readProviders(client, await client.finalizedHash()));
  return <Content of={all}>{(providers) => <Choice providers={providers} title={t('network.empty')} />}</Content>;
}

interface ChoiceProps {
  readonly providers: readonly ShownProvider[];
  readonly title: string;
}

function Choice({ providers, title }: ChoiceProps) {
  const { t, number } = useTexts();
  const [text, setText] = useState('');
  if (providers.length === 0) return <Empty icon="network" title={title} text={t('network.empty.text')} />;
  const shown = providers.filter(({ index, address, endpoint, state }) =>
    isNamed(text, [String(index), address, endpoint, state]),
  );
  const open = (wanted: string) => {
    const found = shown.find(({ index }) => String(index) === wanted) ?? shown[0];
    if (found !== undefined) navigate(['provider', String(found.index)]);
    return found !== undefined;
  };
  return (
    <div className="stack">
      <Chooser label={t('provider.search')} text={text} onChange={setText} onOpen={open} />
      <p className="faint" role="status">
        {t('operator.shown', { shown: number(shown.length), all: number(providers.length) })}
      </p>
      <ProviderTable providers={shown} />
    </div>
  );
}
