// The design system: its tokens and components, as all screens use them.
import { useState } from 'react';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { Field } from '../../components/field.js';
import { Empty, Failure, Loading } from '../../components/states.js';
import { Tabs } from '../../components/tabs.js';
import type { Screen } from '../screen.js';

const colours = [
  'ground',
  'surface',
  'sunken',
  'line',
  'ink',
  'ink-soft',
  'ink-faint',
  'accent',
  'accent-soft',
  'danger',
  'warning',
];
const sizes = ['xs', 's', 'm', 'l', 'xl', 'xxl'];
const spaces = [1, 2, 3, 4, 5, 6, 7];

function DesignScreen() {
  const { t } = useTexts();
  const [text, setText] = useState('');
  const [tab, setTab] = useState('one');
  const sample = t('design.sample');
  return (
    <div className="page">
      <div className="page-head">
        <h1 tabIndex={-1}>{t('design.title')}</h1>
      </div>
      <p className="soft">{t('design.text')}</p>
      <section className="stack" aria-labelledby="design-colours">
        <h2 id="design-colours">{t('design.colours')}</h2>
        <div className="row">
          {colours.map((name) => (
            <figure key={name} className="stack tight">
              <div className="card" style={{ width: '6rem', height: '3rem', background: `var(--${name})` }} />
              <figcaption className="mono">{name}</figcaption>
            </figure>
          ))}
        </div>
      </section>
      <section className="stack" aria-labelledby="design-type">
        <h2 id="design-type">{t('design.type')}</h2>
        {sizes.map((name) => (
          <p key={name} style={{ fontSize: `var(--text-${name})` }}>
            {`${sample} text-${name} 0123456789`}
          </p>
        ))}
        <p className="mono">{`${sample} mono 0x0f6b57`}</p>
      </section>
      <section className="stack" aria-labelledby="design-spacing">
        <h2 id="design-spacing">{t('design.spacing')}</h2>
        {spaces.map((step) => (
          <div key={step} className="row">
            <div style={{ width: `var(--space-${step})`, height: '0.75rem', background: 'var(--accent)' }} />
            <span className="mono">{`space-${step}`}</span>
          </div>
        ))}
      </section>
      <section className="stack" aria-labelledby="design-components">
        <h2 id="design-components">{t('design.components')}</h2>
        <div className="row">
          <Button kind="primary">{sample}</Button>
          <Button icon="upload">{sample}</Button>
          <Button kind="danger" icon="trash">
            {sample}
          </Button>
          <Button kind="quiet">{sample}</Button>
          <Button disabled>{sample}</Button>
          <Button icon="copy" label={t('action.copy')} />
        </div>
        <div className="row">
          <span className="badge">{sample}</span>
          <span className="badge good">{sample}</span>
          <span className="badge warn">{sample}</span>
          <span className="badge bad">{sample}</span>
        </div>
        <div style={{ maxWidth: '20rem' }}>
          <Field label={sample} hint={sample} value={text} onChange={setText} />
        </div>
        <progress value={0.6} max={1} aria-label={sample} />
        <Tabs
          label={sample}
          selected={tab}
          onSelect={setTab}
          tabs={['one', 'two'].map((id) => ({
            id,
            label: `${sample} ${id}`,
            content: () => <p>{`${sample} ${id}`}</p>,
          }))}
        />
      </section>
      <section className="stack" aria-labelledby="design-states">
        <h2 id="design-states">{t('design.states')}</h2>
        <div className="card">
          <Empty icon="folder" title={t('files.folder.empty')} text={t('files.folder.empty.text')} />
        </div>
        <div className="card">
          <Loading />
        </div>
        <div className="card">
          <Failure error={new Error(sample)} onRetry={() => {}} />
        </div>
      </section>
    </div>
  );
}

export const designScreen: Screen = {
  path: 'design',
  title: 'nav.design',
  icon: 'swatch',
  component: DesignScreen,
  isHidden: true,
};
