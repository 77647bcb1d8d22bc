// Events of a bucket as they happen.
import { type SubmitEvent, useEffect, useState } from 'react';
import { followEvents, type ObjectEvent } from '../../api/events.js';
import { listBuckets } from '../../api/s3.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { Failed } from '../../components/failed.js';
import { Field } from '../../components/field.js';
import { Content, Empty, reasonOf } from '../../components/states.js';
import { useLoad } from '../../components/use-load.js';

interface Followed {
  readonly bucket: string;
  readonly prefix: string;
}

/** Older ones leave the list. */
const shownEvents = 200;

export function LiveEvents() {
  const { t } = useTexts();
  const buckets = useLoad('buckets', listBuckets);
  const [bucket, setBucket] = useState<string>();
  const [prefix, setPrefix] = useState('');
  const [followed, setFollowed] = useState<Followed>();
  return (
    <section className="stack" aria-label={t('account.events')}>
      <Content of={buckets}>
        {(list) => {
          const [first] = list;
          if (first === undefined) return <Empty icon="bucket" title={t('files.empty')} text={t('files.empty.text')} />;
          const chosen = bucket ?? first.name;
          const toggle = (event: SubmitEvent) => {
            event.preventDefault();
            setFollowed(followed === undefined ? { bucket: chosen, prefix } : undefined);
          };
          const isFollowing = followed !== undefined;
          return (
            <form className="row end" onSubmit={toggle}>
              <label className="field">
                <span>{t('usage.bucket')}</span>
                <select
                  className="input"
                  value={chosen}
                  disabled={isFollowing}
                  onChange={(event) => setBucket(event.target.value)}
                >
                  {list.map(({ name }) => (
                    <option key={name} value={name}>
                      {name}
                    </option>
                  ))}
                </select>
              </label>
              <Field label={t('events.prefix')} value={prefix} onChange={setPrefix} type="search" />
              <Button type="submit" icon={isFollowing ? 'pause' : 'play'} kind="primary">
                {t(isFollowing ? 'events.stop' : 'events.follow')}
              </Button>
            </form>
          );
        }}
      </Content>
      {followed === undefined ? <p className="soft">{t('events.text')}</p> : <Stream {...followed} />}
    </section>
  );
}

function Stream({ bucket, prefix }: Followed) {
  const texts = useTexts();
  const { t, bytes, date } = texts;
  const [events, setEvents] = useState<readonly ObjectEvent[]>([]);
  const [isOpen, setIsOpen] = useState(false);
  const [hasGap, setHasGap] = useState(false);
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    const stop = new AbortController();
    followEvents({
      bucket,
      prefix,
      signal: stop.signal,
      onOpen: () => setIsOpen(true),
      onGap: () => setHasGap(true),
      onEvents: (added) => setEvents((before) => [...added.toReversed(), ...before].slice(0, shownEvents)),
    }).catch((error: unknown) => setFailure(reasonOf(error, texts)));
    return () => stop.abort();
  }, [bucket, prefix, texts]);
  return (
    <>
      <Failed reason={failure} />
      {failure !== undefined ? null : (
        <p className="soft" role="status">
          {t(!isOpen ? 'state.loading' : events.length === 0 ? 'events.none' : 'events.following')}
        </p>
      )}
      {hasGap ? <p className="notice">{t('events.gap')}</p> : null}
      <div role="log" aria-label={t('account.events')}>
        <ul className="rows">
          {events.map(({ id, time, name, who, key, size }) => (
            <li key={`${id} ${key}`} className="stack tight">
              <div className="row">
                <span className={`badge ${name.startsWith('ObjectRemoved') ? 'warn' : 'good'}`}>{name}</span>
                <strong className="break">{key}</strong>
              </div>
              <div className="faint">{[date(time), ...(size === undefined ? [] : [bytes(size)]), who].join(' · ')}</div>
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}
