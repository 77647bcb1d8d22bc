// Explorer: blocks, transactions, accounts, files, validators and the storage of the chain.
import { type FormEvent, type ReactNode, useState } from 'react';
import { connectChain, findOnChain } from '../../api/chain.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { useAction } from '../../components/use-action.js';
import { hrefOf, navigate } from '../../router.js';
import type { ScreenProps } from '../screen.js';
import { AccountPage } from './account-page.js';
import { BlockPage } from './block-page.js';
import { FilePage } from './file-page.js';
import { HeadsPage } from './heads-page.js';
import { StatePage } from './state-page.js';
import { ValidatorsPage } from './validators-page.js';

const views = ['blocks', 'validators', 'state'] as const;

export function ExplorerView({ parts }: ScreenProps) {
  const { t } = useTexts();
  const [view = 'blocks', first = '', second = ''] = parts;
  return (
    <div className="page">
      <div className="page-head">
        <h1 tabIndex={-1}>{t('explorer.title')}</h1>
        <Search />
      </div>
      <nav className="views" aria-label={t('explorer.views')}>
        {views.map((each) => (
          <a key={each} href={hrefOf(['explorer', each])} aria-current={each === view ? 'page' : undefined}>
            {t(`explorer.view.${each}`)}
          </a>
        ))}
      </nav>
      {contentOf(view, first, second)}
    </div>
  );
}

function contentOf(view: string, first: string, second: string): ReactNode {
  if (view === 'block') return <BlockPage key={first} id={first} />;
  if (view === 'account') return <AccountPage key={first} address={first} />;
  if (view === 'file') return <FilePage key={first} id={first} />;
  if (view === 'validators') return <ValidatorsPage />;
  if (view === 'state') return <StatePage key={`${first}/${second}`} pallet={first} item={second} />;
  return <HeadsPage />;
}

function Search() {
  const { t } = useTexts();
  const [text, setText] = useState('');
  const action = useAction();
  const search = (event: FormEvent) => {
    event.preventDefault();
    action.run(async () => {
      const found = await findOnChain(await connectChain(), text);
      if (found === undefined) throw new Error(t('explorer.search.none'));
      setText('');
      navigate(found);
    });
  };
  return (
    <search className="find">
      <form className="row" onSubmit={search}>
        <input
          type="search"
          className="input"
          aria-label={t('explorer.search')}
          placeholder={t('explorer.search')}
          value={text}
          required
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit" icon="search" label={t('explorer.search.submit')} disabled={action.state.isBusy} />
      </form>
      {action.state.failure === undefined ? null : (
        <p className="notice bad" role="alert">
          {action.state.failure}
        </p>
      )}
    </search>
  );
}
