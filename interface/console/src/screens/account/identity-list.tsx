// Users, groups and roles as a list: each opens in a panel, new ones are made in a dialog.
import { type ReactNode, useState } from 'react';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';
import { Content, Empty } from '../../components/states.js';
import type { Loaded } from '../../components/use-load.js';

interface IdentityListProps {
  readonly label: string;
  readonly create: string;
  readonly none: { readonly title: string; readonly text: string };
  readonly of: Loaded<readonly { readonly name: string; readonly created: string }[]>;
  readonly newDialog: (onClose: () => void) => ReactNode;
  readonly panel: (name: string, onClose: () => void) => ReactNode;
}

export function IdentityList({ label, create, none, of, newDialog, panel }: IdentityListProps) {
  const { t, date } = useTexts();
  const [isNew, setIsNew] = useState(false);
  const [opened, setOpened] = useState<string>();
  const close = () => {
    setIsNew(false);
    setOpened(undefined);
    of.reload();
  };
  return (
    <section className="stack" aria-label={label}>
      <Content of={of}>
        {(list) => (
          <>
            <div className="row">
              <Button icon="plus" kind="primary" onClick={() => setIsNew(true)}>
                {create}
              </Button>
            </div>
            {list.length === 0 ? (
              <Empty icon="user" title={none.title} text={none.text} />
            ) : (
              <ul className="rows">
                {list.map(({ name, created }) => (
                  <li key={name} className="row between">
                    <div>
                      <strong className="break">{name}</strong>
                      <div className="faint">{t('created', { date: date(created) })}</div>
                    </div>
                    <Button onClick={() => setOpened(name)}>{t('users.manage', { name })}</Button>
                  </li>
                ))}
              </ul>
            )}
          </>
        )}
      </Content>
      {isNew ? newDialog(close) : null}
      {opened === undefined ? null : panel(opened, close)}
    </section>
  );
}
