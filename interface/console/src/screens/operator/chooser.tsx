// A field that narrows the list of those that run a role. Enter opens the first of them.
import { type FormEvent, useState } from 'react';
import { Button } from '../../components/button.js';
import { useTexts } from '../../components/context.js';

interface ChooserProps {
  readonly label: string;
  readonly text: string;
  readonly onChange: (text: string) => void;
  /** Gives whether there was one to open. */
  readonly onOpen: (text: string) => boolean;
}

export function Chooser({ label, text, onChange, onOpen }: ChooserProps) {
  const { t } = useTexts();
  const [isMissing, setIsMissing] = useState(false);
  const open = (event: FormEvent) => {
    event.preventDefault();
    setIsMissing(!onOpen(text.trim()));
  };
  return (
    <search className="find">
      <form className="row" onSubmit={open}>
        <input
          type="search"
          className="input"
          aria-label={label}
          placeholder={label}
          value={text}
          spellCheck={false}
          onChange={(event) => {
            setIsMissing(false);
            onChange(event.target.value);
          }}
        />
        <Button type="submit" icon="search" label={t('operator.open')} />
      </form>
      {isMissing ? (
        <p className="notice bad" role="alert">
          {t('operator.none')}
        </p>
      ) : null}
    </search>
  );
}

/** Whether one of the words contains the text, whatever its case. */
export function isNamed(text: string, words: readonly string[]): boolean {
  const wanted = text.trim().toLowerCase();
  return words.some((word) => word.toLowerCase().includes(wanted));
}
