// The storage of the pallets, page by page, as of the last finalized block.
import { useState } from 'react';
import { connectChain, readStorage, type StoragePage, storageItems } from '../../api/chain.js';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { Content, Empty } from '../../components/states.js';
import { useAction } from '../../components/use-action.js';
import { textOf, ValueView } from '../../components/value-view.js';
import { navigate } from '../../router.js';
import { useChain } from '../use-chain.js';

interface StateProps {
  /** '' before one is chosen. */
  readonly pallet: string;
  readonly item: string;
}

export function StatePage({ pallet, item }: StateProps) {
  const { t } = useTexts();
  const pallets = storageItems();
  const items = pallets.get(pallet) ?? [];
  const chosen = items.find((each) => each.item === item);
  return (
    <div className="stack">
      <div className="row">
        <Choice
          label={t('explorer.pallet')}
          value={pallet}
          options={[...pallets.keys()]}
          onChange={(next) => navigate(['explorer', 'state', next])}
        />
        <Choice
          label={t('explorer.item')}
          value={item}
          options={items.map((each) => each.item)}
          onChange={(next) => navigate(['explorer', 'state', pallet, next])}
        />
      </div>
      {chosen === undefined ? (
        <Empty icon="search" title={t('explorer.state.choose')} text={t('explorer.state.choose.text')} />
      ) : (
        <>
          <p className="soft">{chosen.docs}</p>
          <Entries pallet={pallet} item={item} />
        </>
      )}
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly string[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps) {
  const { t } = useTexts();
  return (
    <label className="field">
      <span>{label}</span>
      <select
        className="input"
        value={value}
        disabled={options.length === 0}
        onChange={(event) => onChange(event.target.value)}
      >
        <option value="" disabled>
          {t('explorer.choose')}
        </option>
        {options.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}

function Entries({ pallet, item }: StateProps) {
  const { t } = useTexts();
  const first = useChain(`${pallet}.${item}`, (client) => readStorage(client, { pallet, item }));
  const [more, setMore] = useState<readonly StoragePage[]>([]);
  const action = useAction();
  return (
    <Content of={first}>
      {(page) => {
        const pages = page === undefined ? [] : [page, ...more];
        const entries = pages.flatMap((each) => each.entries);
        const next = pages.at(-1)?.next;
        const load = () =>
          action.run(async () => {
            const loaded = await readStorage(await connectChain(), { pallet, item, after: next });
            if (loaded !== undefined) setMore([...more, loaded]);
          });
        if (entries.length === 0) return <p className="soft">{t('explorer.state.empty')}</p>;
        return (
          <div className="stack tight">
            {entries.map(({ raw, keys, value }) => (
              <section key={raw} className="card entry stack tight" aria-label={raw}>
                {keys.length === 0 ? null : (
                  <p className="mono break faint">{keys.map((key) => `[${textOf(key)}]`).join(' ')}</p>
                )}
                <ValueView value={value} />
              </section>
            ))}
            {next === undefined ? null : (
              <Button disabled={action.state.isBusy} onClick={load}>
                {t('explorer.more')}
              </Button>
            )}
            {action.state.failure === undefined ? null : (
              <p className="notice bad" role="alert">
                {action.state.failure}
              </p>
            )}
          </div>
        );
      }}
    </Content>
  );
}
