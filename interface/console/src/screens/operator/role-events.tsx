// Events of a role in the newest blocks; earlier ones on request, as every block costs a request.
import { useState } from 'react';
import { connectChain } from '../../api/chain.js';
import { type FoundEvents, type RoleEvent, readRoleEvents } from '../../api/role-events.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { Failed } from '../../components/failed.js';
import { Content } from '../../components/states.js';
import { useAction } from '../../components/use-action.js';
import { ValueView } from '../../components/value-view.js';
import { hrefOf } from '../../router.js';
import { useChain } from '../use-chain.js';

const firstBlocks = 100;
const moreBlocks = 500;

interface RoleEventsProps {
  /** Of the role: a new one is searched anew. */
  readonly id: string;
  readonly isOf: (event: RoleEvent) => boolean;
}

export function RoleEvents({ id, isOf }: RoleEventsProps) {
  const { t } = useTexts();
  const found = useChain(`events/${id}`, (client) => readRoleEvents(client, { blocks: firstBlocks, isOf }));
  return (
    <section className="stack tight" aria-label={t('operator.events')}>
      <h2>{t('operator.events')}</h2>
      <Content of={found}>{(first) => <Found first={first} isOf={isOf} />}</Content>
    </section>
  );
}

function Found({ first, isOf }: { readonly first: FoundEvents; readonly isOf: RoleEventsProps['isOf'] }) {
  const { t, number } = useTexts();
  const [pages, setPages] = useState<readonly FoundEvents[]>([first]);
  const action = useAction();
  const oldest = pages.at(-1) ?? first;
  const events = pages.flatMap((page) => page.events);
  const load = () =>
    action.run(async () => {
      const search = { from: oldest.first - 1, blocks: moreBlocks, isOf };
      const page = await readRoleEvents(await connectChain(), search);
      setPages([...pages, page]);
    });
  return (
    <>
      <p className="faint" role="status">
        {t(events.length === 0 ? 'operator.events.none' : 'operator.events.searched', {
          first: number(oldest.first),
          last: number(first.last),
        })}
      </p>
      <ul className="stack tight plain">
        {events.map((event) => (
          <li key={`${event.block}/${event.at}`} className="card entry">
            <Event event={event} />
          </li>
        ))}
      </ul>
      {oldest.isEnd ? (
        <p className="soft">{t('operator.events.end')}</p>
      ) : (
        <div className="row">
          <Button disabled={action.state.isBusy} onClick={load}>
            {t('operator.events.more', { count: number(moreBlocks) })}
          </Button>
        </div>
      )}
      <Failed reason={action.state.failure} />
    </>
  );
}

function Event({ event: { block, pallet, name, value } }: { readonly event: RoleEvent }) {
  const { t, number } = useTexts();
  return (
    <details>
      <summary className="row">
        <strong>{`${pallet}.${name}`}</strong>
        <span className="faint">{t('explorer.block.title', { number: number(block) })}</span>
      </summary>
      <div className="stack tight">
        <ValueView value={value} />
        <a href={hrefOf(['explorer', 'block', String(block)])}>
          {t('explorer.block.title', { number: number(block) })}
        </a>
      </div>
    </details>
  );
}
