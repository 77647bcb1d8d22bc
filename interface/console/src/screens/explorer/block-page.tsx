// A block: its header, transactions and events.
import { readBlock, type ShownBlock, type ShownEvent, type ShownExtrinsic } from '../../api/chain.js';
import { useTexts } from '../../components/context.js';
import { Content, Empty } from '../../components/states.js';
import { ValueView } from '../../components/value-view.js';
import { hrefOf } from '../../router.js';
import { useChain } from '../use-chain.js';

export function BlockPage({ id }: { readonly id: string }) {
  const { t } = useTexts();
  const block = useChain(id, (client) => readBlock(client, id));
  return (
    <Content of={block}>
      {(shown) =>
        shown === undefined ? (
          <Empty icon="search" title={t('explorer.block.none')} text={t('explorer.block.none.text')} />
        ) : (
          <Block block={shown} />
        )
      }
    </Content>
  );
}

function Block({ block }: { readonly block: ShownBlock }) {
  const { t, number, date } = useTexts();
  const { events, extrinsics } = block;
  const blockHref = (id: string) => hrefOf(['explorer', 'block', id]);
  return (
    <div className="stack">
      <div className="row between">
        <h2>{t('explorer.block.title', { number: number(block.number) })}</h2>
        <nav className="row" aria-label={t('explorer.block.neighbours')}>
          {block.number > 0 ? <a href={blockHref(String(block.number - 1))}>{t('explorer.block.before')}</a> : null}
          {block.hasNext ? <a href={blockHref(String(block.number + 1))}>{t('explorer.block.next')}</a> : null}
        </nav>
      </div>
      <dl className="facts">
        <dt>{t('explorer.finality')}</dt>
        <dd>
          <span className={`badge ${block.isFinal ? 'good' : 'warn'}`}>
            {t(block.isFinal ? 'explorer.isFinal' : 'explorer.notFinal')}
          </span>
        </dd>
        <dt>{t('explorer.time')}</dt>
        <dd>{block.timeMs === undefined ? t('explorer.time.unknown') : date(block.timeMs)}</dd>
        <dt>{t('explorer.hash')}</dt>
        <dd className="mono break">{block.hash}</dd>
        <dt>{t('explorer.parent')}</dt>
        <dd className="mono break">
          {block.number === 0 ? block.parent : <a href={blockHref(block.parent)}>{block.parent}</a>}
        </dd>
        <dt>{t('explorer.stateRoot')}</dt>
        <dd className="mono break">{block.stateRoot}</dd>
        <dt>{t('explorer.extrinsicsRoot')}</dt>
        <dd className="mono break">{block.extrinsicsRoot}</dd>
      </dl>
      <section className="stack tight" aria-label={t('explorer.extrinsics')}>
        <h3>{t('explorer.extrinsics')}</h3>
        {extrinsics.length === 0 ? <p className="soft">{t('explorer.extrinsics.none')}</p> : null}
        {extrinsics.map((extrinsic) => (
          <Extrinsic
            key={extrinsic.index}
            extrinsic={extrinsic}
            events={(events ?? []).filter((event) => event.extrinsic === extrinsic.index)}
          />
        ))}
      </section>
      <section className="stack tight" aria-label={t('explorer.hooks')}>
        <h3>{t('explorer.hooks')}</h3>
        {events === undefined ? (
          <p className="soft">{t('explorer.events.pruned')}</p>
        ) : (
          <Events events={events.filter(({ extrinsic }) => extrinsic === undefined)} />
        )}
      </section>
    </div>
  );
}

interface ExtrinsicProps {
  readonly extrinsic: ShownExtrinsic;
  readonly events: readonly ShownEvent[];
}

function Extrinsic({ extrinsic, events }: ExtrinsicProps) {
  const { t, bytes } = useTexts();
  const { pallet, call, signer, args, isSuccess } = extrinsic;
  return (
    <details className="card entry">
      <summary className="row">
        <strong>{`${pallet}.${call}`}</strong>
        {isSuccess === undefined ? null : (
          <span className={`badge ${isSuccess ? 'good' : 'bad'}`}>
            {t(isSuccess ? 'explorer.success' : 'explorer.failure')}
          </span>
        )}
        <span className="faint">{bytes(extrinsic.bytes)}</span>
      </summary>
      <div className="stack tight">
        {signer === undefined ? (
          <p className="soft">{t('explorer.inherent')}</p>
        ) : (
          <p>
            {t('explorer.signer')}{' '}
            <a className="mono break" href={hrefOf(['explorer', 'account', signer])}>
              {signer}
            </a>
          </p>
        )}
        <ValueView value={args} />
        <Events events={events} />
      </div>
    </details>
  );
}

function Events({ events }: { readonly events: readonly ShownEvent[] }) {
  const { t } = useTexts();
  if (events.length === 0) return <p className="soft">{t('explorer.events.none')}</p>;
  return (
    <ul className="stack tight plain" aria-label={t('explorer.events')}>
      {events.map((event, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: events of a block have no other identity than their place
        <li key={at}>
          <details>
            <summary>{`${event.pallet}.${event.name}`}</summary>
            <ValueView value={event.value} />
          </details>
        </li>
      ))}
    </ul>
  );
}
