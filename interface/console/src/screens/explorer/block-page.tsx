// One block: its header, its calls with their events, and the events of no call.
import type { ShownBlock, ShownCall, ShownEvent } from '../../api/chain.js';
import { useTexts } from '../../components/context.js';
import { Content } from '../../components/states.js';
import { useLoad } from '../../components/use-load.js';
import { hrefOf } from '../../router.js';
import { PlainData } from './plain-data.js';

export function BlockPage({ hash }: { readonly hash: string }) {
  const { t } = useTexts();
  const block = useLoad(hash, async () => (await import('../../api/chain.js')).readBlock(hash));
  return (
    <div className="page">
      <nav aria-label={t('files.crumbs')}>
        <a href={hrefOf(['explorer'])}>{t('nav.explorer')}</a>
      </nav>
      <h1 tabIndex={-1}>{t('explorer.block')}</h1>
      <Content of={block}>{(value) => <Block block={value} />}</Content>
    </div>
  );
}

function Block({ block }: { readonly block: ShownBlock }) {
  const { t, number } = useTexts();
  const { calls, events } = block;
  return (
    <>
      <section className="card facts-card" aria-label={t('explorer.header')}>
        <dl className="facts">
          <dt>{t('explorer.number')}</dt>
          <dd>
            {number(block.number)}{' '}
            {block.hasJustification ? <span className="badge good">{t('explorer.justified')}</span> : null}
          </dd>
          <dt>{t('explorer.hash')}</dt>
          <dd className="mono break">{block.hash}</dd>
          <dt>{t('explorer.parent')}</dt>
          <dd className="mono break">
            {block.number === 0 ? (
              block.parent
            ) : (
              <a href={hrefOf(['explorer', 'block', block.parent])}>{block.parent}</a>
            )}
          </dd>
          <dt>{t('explorer.stateRoot')}</dt>
          <dd className="mono break">{block.stateRoot}</dd>
          <dt>{t('explorer.extrinsicsRoot')}</dt>
          <dd className="mono break">{block.extrinsicsRoot}</dd>
        </dl>
      </section>
      <section className="stack tight" aria-label={t('explorer.calls')}>
        <h2>{t('explorer.calls')}</h2>
        {calls.length === 0 ? <p className="soft">{t('explorer.calls.none')}</p> : null}
        <ul className="rows">
          {calls.map((call) => (
            <Call key={call.index} call={call} />
          ))}
        </ul>
      </section>
      {events.length === 0 ? null : (
        <section className="stack tight" aria-label={t('explorer.events')}>
          <h2>{t('explorer.events')}</h2>
          <Events events={events} />
        </section>
      )}
    </>
  );
}

function Call({ call }: { readonly call: ShownCall }) {
  const { t } = useTexts();
  const { name, signer, isFailed, args, events } = call;
  return (
    <li className="stack tight">
      <div className="row between">
        <strong>{name}</strong>
        {isFailed ? <span className="badge bad">{t('explorer.failed')}</span> : null}
      </div>
      <span className="faint mono break">{signer ?? t('explorer.inherent')}</span>
      <PlainData data={args} label={t('explorer.args')} />
      <Events events={events} />
    </li>
  );
}

function Events({ events }: { readonly events: readonly ShownEvent[] }) {
  return (
    <ul className="events">
      {events.map(({ name, fields }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: events of a block never change
        <li key={index}>
          <PlainData data={fields} label={name} />
          {fields === null ? <span>{name}</span> : null}
        </li>
      ))}
    </ul>
  );
}
