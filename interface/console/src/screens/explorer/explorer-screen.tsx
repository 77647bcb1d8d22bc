// Explorer: the newest finalized blocks as they come, one block with its calls and events, and a search.
import { type SubmitEvent, useEffect, useState } from 'react';
import type { BlockHead, Found } from '../../api/chain.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { Failed } from '../../components/failed.js';
import { Field } from '../../components/field.js';
import { Content, Empty } from '../../components/states.js';
import { useAction } from '../../components/use-action.js';
import { useLoad } from '../../components/use-load.js';
import { hrefOf, navigate } from '../../router.js';
import type { Screen, ScreenProps } from '../screen.js';
import { BlockPage } from './block-page.js';
import { FoundCard } from './found-card.js';

const shownBlocks = 30;

function ExplorerScreen({ parts }: ScreenProps) {
  const [kind, hash] = parts;
  return kind === 'block' && hash !== undefined ? <BlockPage hash={hash} /> : <Overview />;
}

function Overview() {
  const { t } = useTexts();
  const [text, setText] = useState('');
  const [found, setFound] = useState<Exclude<Found, { kind: 'block' }> | 'nothing'>();
  const action = useAction();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    action.run(async () => {
      const { search } = await import('../../api/chain.js');
      const result = await search(text.trim());
      if (result?.kind === 'block') navigate(['explorer', 'block', result.hash]);
      else setFound(result ?? 'nothing');
    });
  };
  return (
    <div className="page">
      <div className="page-head">
        <h1 tabIndex={-1}>{t('nav.explorer')}</h1>
        <span className="badge">{t('explorer.unverified')}</span>
      </div>
      <form className="row end" onSubmit={submit}>
        <div className="search wide">
          <Field label={t('explorer.search')} value={text} onChange={setText} type="search" isMono />
        </div>
        <Button type="submit" icon="search" disabled={action.state.isBusy}>
          {t('audit.search')}
        </Button>
      </form>
      <Failed reason={action.state.failure} />
      {found === 'nothing' ? (
        <Empty icon="search" title={t('explorer.nothing')} text={t('explorer.nothing.text')} />
      ) : null}
      {found === undefined || found === 'nothing' ? null : <FoundCard found={found} />}
      <Blocks />
    </div>
  );
}

function Blocks() {
  const { t, number } = useTexts();
  const latest = useLoad('latest', async () => (await import('../../api/chain.js')).latestBlocks(shownBlocks));
  const [added, setAdded] = useState<readonly BlockHead[]>([]);
  useEffect(() => {
    let stop = () => {};
    let isGone = false;
    import('../../api/chain.js').then(({ followBlocks }) => {
      if (!isGone)
        stop = followBlocks((head) => setAdded((before) => [head, ...before].slice(0, shownBlocks)), latest.reload);
    }, latest.reload);
    return () => {
      isGone = true;
      stop();
    };
  }, [latest.reload]);
  return (
    <section className="stack tight" aria-label={t('explorer.blocks')}>
      <h2>{t('explorer.blocks')}</h2>
      <Content of={latest}>
        {(first) => (
          <ul className="rows" aria-live="off">
            {merged(added, first).map(({ number: height, hash }) => (
              <li key={hash} className="row between">
                <a href={hrefOf(['explorer', 'block', hash])}>{number(height)}</a>
                <span className="mono faint break">{hash}</span>
              </li>
            ))}
          </ul>
        )}
      </Content>
    </section>
  );
}

/** Each block once, the newest first. */
function merged(added: readonly BlockHead[], first: readonly BlockHead[]): readonly BlockHead[] {
  const byHash = new Map([...first, ...added].map((head) => [head.hash, head]));
  return [...byHash.values()].sort((a, b) => b.number - a.number).slice(0, shownBlocks);
}

export const explorerScreen: Screen = {
  path: 'explorer',
  title: 'nav.explorer',
  icon: 'search',
  component: ExplorerScreen,
  needsChain: true,
};
